import Tensors

/// ONNX Sum, Mean, Min, Max over any number of inputs, with broadcasting.
public struct Variadic: Operator {
    public enum Function: String, Sendable, Hashable { case sum, mean, minimum, maximum }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let types = function == .mean ? [.float32] : ElementType.numeric
        var result = try inputs.operand(0, "data_0", types)
        for index in inputs.indices.dropFirst() {
            let next = try inputs.operand(index, "data_\(index)", types)
            guard next.elementType == result.elementType else {
                throw OperatorError("data_\(index) is \(next.elementType) but data_0 is \(result.elementType)")
            }
            result.shape = try result.broadcast(with: next)
        }
        return [ValueFacts(result.elementType, result.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        var result = inputs[0]
        for next in inputs.tensors.dropFirst() { result = try pairwise.evaluate([result, next])[0] }
        if function == .mean && inputs.tensors.count > 1 {
            let count = Float(inputs.tensors.count)
            result = mapElements(result) { (x: Float) in x / count }
        }
        return [result]
    }

    private var pairwise: Binary { Binary(function == .minimum ? .minimum : function == .maximum ? .maximum : .add) }
}

/// ONNX Where: condition, x, y with broadcasting.
public struct Where: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let condition = try inputs.operand(0, "condition", [.bool])
        let x = try inputs.operand(1, "X")
        let y = try inputs.operand(2, "Y")
        guard x.elementType == y.elementType else { throw OperatorError("X is \(x.elementType) but Y is \(y.elementType)") }
        let chosen = ValueFacts(x.elementType, try condition.broadcast(with: x))
        return [ValueFacts(x.elementType, try chosen.broadcast(with: y))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        switch inputs[1].elementType.byteCount {
        case 1: [select(inputs, UInt8.self)]
        case 4: [select(inputs, UInt32.self)]
        default: [select(inputs, UInt64.self)]
        }
    }

    private func select<Word: BitwiseCopyable>(_ inputs: Operands, _: Word.Type) -> Tensor {
        let shape = inputs.shape
        let loop = StridedLoop(shape.dims, (0..<3).map { inputs[$0].shape.strides(broadcastTo: shape) })
        let (run, stepC, stepX, stepY) = (loop.run, loop.step(0), loop.step(1), loop.step(2))
        let condition = inputs[0].pointer(of: Bool.self)
        let (x, y) = (inputs[1].baseAddress.assumingMemoryBound(to: Word.self), inputs[2].baseAddress.assumingMemoryBound(to: Word.self))
        return Tensor(shape, type: inputs[1].elementType) { out in
            var to = out.assumingMemoryBound(to: Word.self)
            loop.forEachRun { start in
                let (c, a, b) = (condition + start[0], x + start[1], y + start[2])
                for i in 0..<run { to[i] = c[i &* stepC] ? a[i &* stepX] : b[i &* stepY] }
                to += run
            }
        }
    }
}
