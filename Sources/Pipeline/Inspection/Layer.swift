import Inference
import Tensors

/// One node of a model as `inspect` shows it.
public struct Layer: Sendable {
    public let name: String
    /// The operator, as ONNX calls it.
    public let kind: String
    /// Nil where the shape depends on data.
    public let outputShapes: [Shape?]
    /// Multiply-accumulates for one frame; 0 for what only moves or maps elements.
    public let macs: Int
}

/// Walks a graph with fixed input shapes and notes what each node makes.
struct LayerWalk {
    private(set) var layers: [Layer] = []
    private var facts: [ValueID: ValueFacts] = [:]

    /// - Throws: `InferenceError` naming the node whose inputs do not fit.
    init(_ graph: Graph, inputShapes: [String: Shape]) throws(InferenceError) {
        for (value, tensor) in graph.constants { facts[value] = ValueFacts(constant: tensor) }
        for input in graph.inputs { facts[input.value] = ValueFacts(input.elementType, inputShapes[input.name]) }
        for node in graph.nodes { try visit(node) }
    }

    func shape(of value: ValueID) -> Shape? { facts[value]?.shape }

    private mutating func visit(_ node: Node) throws(InferenceError) {
        let inputs = node.inputs.map { value in value.flatMap { facts[$0] } }
        let results: [ValueFacts]
        do throws(OperatorError) {
            results = try outputs(of: node, inputs)
        } catch {
            throw InferenceError(.invalidGraph, error.message, node: node.name)
        }
        for (value, result) in zip(node.outputs, results) { if let value { facts[value] = result } }
        layers.append(
            Layer(
                name: node.name, kind: node.kind, outputShapes: results.map(\.shape),
                macs: Self.macs(kind: node.kind, inputs: inputs, output: results.first?.shape)))
    }

    /// The shape rule, or the values themselves where all inputs are known: shapes further on may depend on them.
    private func outputs(of node: Node, _ inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let ruled = try node.op.outputs(for: inputs)
        let isKnown = inputs.allSatisfy { $0 == nil || $0?.constant != nil }
        let size = ruled.compactMap(\.shape?.elementCount).max() ?? 0
        guard isKnown, !inputs.isEmpty, size < 1 << 16, ruled.contains(where: { $0.constant == nil }) else { return ruled }
        return try node.op.evaluate(inputs.map { $0?.constant }).map(ValueFacts.init(constant:))
    }

    private static func macs(kind: String, inputs: [ValueFacts?], output: Shape?) -> Int {
        func shape(_ index: Int) -> Shape? { index < inputs.count ? inputs[index]?.shape : nil }
        switch kind {
        case "Conv":
            guard let output, let weight = shape(1), weight.rank > 0, weight[0] > 0 else { return 0 }
            return output.elementCount * (weight.elementCount / weight[0])
        case "ConvTranspose":
            guard let input = shape(0), let weight = shape(1), weight.rank > 0, weight[0] > 0 else { return 0 }
            return input.elementCount * (weight.elementCount / weight[0])
        case "MatMul", "Gemm":
            // Every output element sums over the extent that both operands share: |a|·|b| = |shared|²·|out| for matrices.
            guard let output, let a = shape(0), let weight = shape(1), weight.rank > 0, output.elementCount > 0 else { return 0 }
            let rows = output.rank > 0 ? output.elementCount / max(output[output.rank - 1], 1) : 1
            return output.elementCount * (rows > 0 ? a.elementCount / rows : 0)
        default: return 0
        }
    }
}
