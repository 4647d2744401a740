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
            if let a = result.shape, let b = next.shape {
                result.shape = try a.checkedBroadcast(with: b)
            } else {
                result.shape = nil
            }
        }
        return [ValueFacts(result.elementType, result.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        var result = try inputs.required(0, "data_0")
        for index in inputs.indices.dropFirst() {
            result = try Binary(pairwise).evaluate([result, inputs[index]])[0]
        }
        if function == .mean && inputs.count > 1 {
            let count = Float(inputs.count)
            result = mapElements(result) { (x: Float) in x / count }
        }
        return [result]
    }

    private var pairwise: Binary.Function {
        switch function {
        case .sum, .mean: .add
        case .minimum: .minimum
        case .maximum: .maximum
        }
    }
}

/// ONNX Where: condition, x, y with broadcasting.
public struct Where: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let condition = try inputs.operand(0, "condition", [.bool])
        let x = try inputs.operand(1, "X")
        let y = try inputs.operand(2, "Y")
        guard x.elementType == y.elementType else { throw OperatorError("X is \(x.elementType) but Y is \(y.elementType)") }
        var shape: Shape?
        if let a = condition.shape, let b = x.shape, let c = y.shape {
            shape = try a.checkedBroadcast(with: b).checkedBroadcast(with: c)
        }
        return [ValueFacts(x.elementType, shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let condition = try inputs.required(0, "condition")
        let x = try inputs.required(1, "X")
        let y = try inputs.required(2, "Y")
        switch x.elementType {
        case .float32: return [select(condition, x, y, shape, Float.self)]
        case .int32: return [select(condition, x, y, shape, Int32.self)]
        case .int64: return [select(condition, x, y, shape, Int64.self)]
        case .bool: return [select(condition, x, y, shape, Bool.self)]
        }
    }

    @inline(__always)
    private func select<T: TensorElement>(_ condition: Tensor, _ x: Tensor, _ y: Tensor, _ shape: Shape, _: T.Type) -> Tensor {
        let loop = StridedLoop(shape.dims, [condition, x, y].map { $0.shape.strides(broadcastTo: shape) })
        let (run, stepC, stepX, stepY) = (loop.run, loop.step(0), loop.step(1), loop.step(2))
        return Tensor(shape, of: T.self) { out in
            condition.withElements(of: Bool.self) { condition in
                x.withElements(of: T.self) { x in
                    y.withElements(of: T.self) { y in
                        var to = out.baseAddress!
                        loop.forEachRun { start in
                            let (c, a, b) = (condition.baseAddress! + start[0], x.baseAddress! + start[1], y.baseAddress! + start[2])
                            for i in 0..<run { to[i] = c[i &* stepC] ? a[i &* stepX] : b[i &* stepY] }
                            to += run
                        }
                    }
                }
            }
        }
    }
}
