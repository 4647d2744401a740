import Tensors

/// What the tensors may take whose shapes depend on data: known only when an operator is about to make one.
package struct HostRoom: Sendable {
    let limit: MemoryLimit
    /// Bytes that the plan's own activations and weights take.
    let taken: Int
    /// Where such tensors are kept.
    let slots: [Int]

    /// See `MemoryLimit.excess`. What the last run left in `outputs` is replaced and does not count.
    func excess(
        _ op: any Operator, _ inputs: [Tensor?], _ tensors: [Tensor?], filling outputs: [Int?]
    ) throws(OperatorError) -> String? {
        var sum = taken
        for slot in slots where !outputs.contains(slot) {
            if let tensor = tensors[slot] { sum += tensor.shape.elementCount * tensor.elementType.byteCount }
        }
        return limit.excess(of: try op.outputs(for: inputs.map { $0.map { ValueFacts(constant: $0) } }), besides: sum)
    }
}
