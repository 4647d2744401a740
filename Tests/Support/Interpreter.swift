import Inference
import Tensors

/// Computes a graph node by node with the operators' reference kernels, on row-major tensors.
///
/// Slow and plain on purpose: what the planned engine is compared with, and what checks an import.
package struct Interpreter: Sendable {
    package let graph: Graph
    /// For every node, the values that nothing reads after it.
    private let lastUses: [[ValueID]]

    package init(graph: Graph) {
        self.graph = graph
        var seen = Set(graph.outputs.map(\.value))
        var lastUses = [[ValueID]](repeating: [], count: graph.nodes.count)
        for index in graph.nodes.indices.reversed() {
            let node = graph.nodes[index]
            for case let value? in node.inputs + node.outputs where seen.insert(value).inserted { lastUses[index].append(value) }
        }
        self.lastUses = lastUses
    }

    /// The graph's outputs, in their order.
    /// - Parameter inputs: one tensor per graph input, by name, of the declared type and shape; symbolic extents are
    ///   whatever the tensor has.
    /// - Throws: `.invalidInput` when a tensor is missing or does not fit, `.executionFailed` naming the node.
    package func run(_ inputs: [String: Tensor]) throws(InferenceError) -> [Tensor] {
        var values = graph.constants
        for input in graph.inputs { values[input.value] = try checked(inputs, input) }
        for (index, node) in graph.nodes.enumerated() {
            try step(node, &values)
            for value in lastUses[index] { values[value] = nil }
        }
        var results: [Tensor] = []
        for output in graph.outputs {
            guard let value = values[output.value] else {
                throw InferenceError(.invalidGraph, "nothing produced the output '\(output.name)'")
            }
            results.append(value)
        }
        return results
    }

    private func step(_ node: Node, _ values: inout [ValueID: Tensor]) throws(InferenceError) {
        var arguments: [Tensor?] = []
        for input in node.inputs {
            guard let input else {
                arguments.append(nil)
                continue
            }
            guard let tensor = values[input] else {
                throw InferenceError(.invalidGraph, "its input '\(graph.valueNames[input.index])' has no value", node: node.name)
            }
            arguments.append(tensor)
        }
        let results: [Tensor]
        do {
            results = try node.op.evaluate(arguments)
        } catch {
            throw InferenceError(.executionFailed, node.kind, node: node.name, cause: error)
        }
        for (index, output) in node.outputs.enumerated() {
            guard let output else { continue }
            guard index < results.count else {
                throw InferenceError(.invalidGraph, "\(node.kind) gives \(results.count) outputs, not \(index + 1)", node: node.name)
            }
            values[output] = results[index]
        }
    }

    private func checked(_ inputs: [String: Tensor], _ declaration: InputDeclaration) throws(InferenceError) -> Tensor {
        guard let tensor = inputs[declaration.name] else {
            throw InferenceError(.invalidInput, "the input '\(declaration.name)' is missing")
        }
        guard tensor.elementType == declaration.elementType else {
            throw InferenceError(
                .invalidInput, "the input '\(declaration.name)' must be \(declaration.elementType), not \(tensor.elementType)")
        }
        let fits = zip(declaration.dims, tensor.shape.dims).allSatisfy { dim, extent in
            if case .fixed(let fixed) = dim { fixed == extent } else { true }
        }
        guard fits, declaration.dims.count == tensor.shape.rank else {
            throw InferenceError(.invalidInput, "the input '\(declaration.name)' does not take the shape \(tensor.shape)")
        }
        return tensor
    }
}
