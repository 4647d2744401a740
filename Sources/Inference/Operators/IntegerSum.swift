import Tensors

/// Sums of products of whole numbers, computed in float32, as int32: what ConvInteger and MatMulInteger give. Exact while sums stay below 2²⁴,
/// and else to seven digits. O(n).
///
/// No model file holds it: the importer puts it behind a convolution or product of whole numbers. Where all that comes of it is float32
/// again, `removeIntegerSums` takes it out.
public struct IntegerSum: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        [ValueFacts(.int32, try inputs.operand(0, "sums", [.float32]).shape)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        [mapElements(inputs[0]) { (x: Float) in Int32(clamping: Double(x.rounded())) }]
    }
}

extension TypedGraph {
    /// IntegerSum, then Cast to float32: nothing, for the sums are whole numbers in float32 already.
    mutating func removeIntegerSums() {
        let producers = producers()
        var alias: [ValueID: ValueID] = [:]
        for node in graph.nodes {
            guard let cast = node.op as? Cast, cast.elementType == .float32, !cast.roundsToHalf, let input = node.inputs[0],
                let producer = producers[input], graph.nodes[producer].op is IntegerSum, let output = node.outputs[0]
            else { continue }
            alias[output] = graph.nodes[producer].inputs[0]
        }
        if alias.isEmpty { return }
        for index in graph.nodes.indices {
            graph.nodes[index].inputs = graph.nodes[index].inputs.map { $0.map { alias[$0] ?? $0 } }
        }
        graph.outputs = graph.outputs.map { ($0.name, alias[$0.value] ?? $0.value) }
        removeDeadCode()
    }
}
