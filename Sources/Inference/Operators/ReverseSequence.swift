import Tensors

/// ONNX ReverseSequence: input, lengths [batch]; the first `lengths[b]` steps of sequence b are put in reverse order. O(n), in rows of the
/// axes after the first two.
public struct ReverseSequence: Operator {
    public var batchAxis: Int
    public var timeAxis: Int
    public init(batchAxis: Int = 1, timeAxis: Int = 0) { (self.batchAxis, self.timeAxis) = (batchAxis, timeAxis) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        let lengths = try inputs.operand(1, "sequence_lens", ElementType.integers)
        guard (batchAxis, timeAxis) == (0, 1) || (batchAxis, timeAxis) == (1, 0) else {
            throw OperatorError("batch_axis \(batchAxis) and time_axis \(timeAxis) must be 0 and 1")
        }
        if let shape = x.shape {
            guard shape.rank >= 2 else { throw OperatorError("input has shape \(shape), fewer than 2 axes") }
            if let given = try lengths.shape(rank: 1, "sequence_lens"), given[0] != shape[batchAxis] {
                throw OperatorError("\(given[0]) lengths for a batch of \(shape[batchAxis])")
            }
        }
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (x, shape, lengths) = (inputs[0], inputs.shape, inputs[1].integerElements)
        let (batches, steps) = (shape[batchAxis], shape[timeAxis])
        for length in lengths where length < 0 || length > steps {
            throw OperatorError("a length of \(length) in sequences of \(steps)")
        }
        let bytes = shape.dims[2...].reduce(1, *) * x.elementType.byteCount
        let (batchStep, timeStep) = batchAxis == 0 ? (steps, 1) : (1, batches)
        let result = Tensor(shape, type: x.elementType) { out in
            for batch in 0..<batches {
                for step in 0..<steps {
                    let from = step < lengths[batch] ? lengths[batch] - 1 - step : step
                    (out + (batch * batchStep + step * timeStep) * bytes).copyMemory(
                        from: x.baseAddress + (batch * batchStep + from * timeStep) * bytes, byteCount: bytes)
                }
            }
        }
        return [result]
    }
}
