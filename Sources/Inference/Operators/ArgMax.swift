import Tensors

/// ONNX ArgMax. O(n), in rows of the axes after `axis`.
public struct ArgMax: Operator {
    public var axis: Int
    public var keepsDims: Bool
    public var selectsLastIndex: Bool
    public init(axis: Int = 0, keepsDims: Bool = true, selectsLastIndex: Bool = false) {
        (self.axis, self.keepsDims, self.selectsLastIndex) = (axis, keepsDims, selectsLastIndex)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data", ElementType.numeric)
        guard var shape = data.shape else { return [ValueFacts(.int64, nil)] }
        let axis = try shape.checked(axis: axis)
        guard shape[axis] > 0 else { throw OperatorError("axis \(axis) of \(shape) has no largest element") }
        if keepsDims { shape[axis] = 1 } else { shape.dims.remove(at: axis) }
        return [ValueFacts(.int64, shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let axis = try data.shape.checked(axis: axis)
        switch data.elementType {
        case .float32: return [places(data, axis, shape, Float.self)]
        case .int32: return [places(data, axis, shape, Int32.self)]
        case .int64: return [places(data, axis, shape, Int64.self)]
        case .bool: return [data]  // Not reached: refused by the shape rule.
        }
    }

    @inline(__always)
    private func places<T: NumericElement>(_ data: Tensor, _ axis: Int, _ shape: Shape, _: T.Type) -> Tensor {
        let (outer, extent, inner) = data.shape.split(at: axis)
        return Tensor(shape, of: Int64.self) { out in
            data.withElements(of: T.self) { x in
                guard !out.isEmpty else { return }
                var best = [T](repeating: .zero, count: inner)
                for block in 0..<outer {
                    let from = x.baseAddress! + block * extent * inner
                    let to = out.baseAddress! + block * inner
                    for i in 0..<inner { best[i] = from[i] }
                    for row in 1..<extent {
                        for i in 0..<inner {
                            let value = from[row &* inner &+ i]
                            if value > best[i] || (selectsLastIndex && value == best[i]) {
                                best[i] = value
                                to[i] = Int64(row)
                            }
                        }
                    }
                }
            }
        }
    }
}
