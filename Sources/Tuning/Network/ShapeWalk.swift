import Inference
import Models
import ONNXImport
import Tensors

/// The shapes of all values of a graph, worked out node by node, at two sizes of its input at once.
///
/// A node whose constants are right for the first size only is found where the walk comes to it; `explain` says what the constants are at the
/// second one.
struct ShapeWalk {
    /// A constant that has to be another one: input `index` of the node of this name, or the attribute `kernel_shape`.
    enum Change {
        case input(node: String, index: Int, integers: [Int])
        case kernel(node: String, extents: [Int])
    }

    private(set) var old: [ValueID: ValueFacts]
    private(set) var new: [ValueID: ValueFacts]
    private(set) var changes: [Change] = []

    /// - Parameters: `old`, `new`: the picture's shape [1, channels, height, width].
    /// - Throws: `DeepVidError` naming the node whose constants are of one size only.
    init(_ graph: Graph, model: String, picture name: String, old oldShape: Shape, new newShape: Shape) throws(DeepVidError) {
        (old, new) = ([:], [:])
        for (value, tensor) in graph.constants {
            old[value] = ValueFacts(constant: tensor)
            new[value] = ValueFacts(constant: tensor)
        }
        for input in graph.inputs where input.name == name {
            old[input.value] = ValueFacts(input.elementType, oldShape)
            new[input.value] = ValueFacts(input.elementType, newShape)
        }
        for node in graph.nodes { try place(node, model) }
    }

    private mutating func place(_ node: Node, _ model: String) throws(DeepVidError) {
        func refusal(_ reason: String) -> DeepVidError {
            DeepVidError(
                .unusableModel,
                "\(model): cannot be given another input size: node '\(node.name)' (\(node.kind)) \(reason); export it with a free height and width"
            )
        }
        let before = node.inputs.map { $0.flatMap { old[$0] } }
        var after = node.inputs.map { $0.flatMap { new[$0] } }
        var op = node.op
        switch try SizeConstants.explain(node, before, after) {
        case .fits: break
        case .input(let index, let integers):
            changes.append(.input(node: node.name, index: index, integers: integers))
            after[index] = ValueFacts(constant: Tensor([integers.count], integers.map { Int64($0) }))
        case .kernel(let pooling, let extents):
            changes.append(.kernel(node: node.name, extents: extents))
            op = pooling
        case .inexplicable(let reason): throw refusal(reason)
        }
        let oldOutputs = try Self.outputs(node.op, before) { refusal("is invalid: \($0)") }
        let newOutputs = try Self.outputs(op, after) { refusal("has constants for its own size only: \($0)") }
        for (index, output) in node.outputs.enumerated() where index < oldOutputs.count && index < newOutputs.count {
            guard let output else { continue }
            (old[output], new[output]) = (oldOutputs[index], newOutputs[index])
        }
    }

    /// Constants where all inputs are.
    private static func outputs(
        _ op: any Operator, _ inputs: [ValueFacts?], _ failure: (OperatorError) -> DeepVidError
    ) throws(DeepVidError) -> [ValueFacts] {
        do throws(OperatorError) {
            let facts = try op.outputs(for: inputs)
            guard inputs.allSatisfy({ $0 == nil || $0?.constant != nil }) else { return facts }
            return try op.evaluate(inputs.map { $0?.constant }).map { ValueFacts(constant: $0) }
        } catch { throw failure(error) }
    }
}
