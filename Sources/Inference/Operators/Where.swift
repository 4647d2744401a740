import Tensors

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
