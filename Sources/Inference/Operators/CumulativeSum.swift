import Tensors

/// ONNX CumSum: x, axis (a scalar): each element becomes the sum of those up to it along the axis. Integers wrap around. O(n), in rows of
/// the axes after it.
public struct CumulativeSum: Operator {
    /// The element itself is not counted.
    public var isExclusive: Bool
    /// Sums from the end.
    public var isReversed: Bool
    public init(isExclusive: Bool = false, isReversed: Bool = false) { (self.isExclusive, self.isReversed) = (isExclusive, isReversed) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", ElementType.numeric)
        let axis = try inputs.operand(1, "axis", ElementType.integers).integer("axis")
        if let axis, let shape = x.shape { _ = try shape.checked(axis: axis) }
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "x")
        guard let axis = try inputs.required(1, "axis").integerElements.first else { throw OperatorError("axis is empty") }
        let position = try shape.checked(axis: axis)
        switch x.elementType {
        case .float32: return [sums(x, position, Float.self)]
        case .int32: return [sums(x, position, Int32.self)]
        case .int64: return [sums(x, position, Int64.self)]
        case .bool: return [x]  // Not reached: refused by the shape rule.
        }
    }

    private func sums<T: NumericElement>(_ x: Tensor, _ axis: Int, _: T.Type) -> Tensor {
        let (outer, extent, inner) = x.shape.split(at: axis)
        return Tensor(x.shape, of: T.self) { out in
            guard !out.isEmpty else { return }
            x.withElements(of: T.self) { x in
                for block in 0..<outer {
                    let (from, to) = (x.baseAddress! + block * extent * inner, out.baseAddress! + block * extent * inner)
                    for step in 0..<extent {
                        let row = isReversed ? extent - 1 - step : step
                        let before = isReversed ? row + 1 : row - 1
                        // The row whose sum is carried on, and what is added to it; the first row has neither when exclusive.
                        let added = from + (isExclusive && step > 0 ? before : row) * inner
                        let target = to + row * inner
                        if step == 0 {
                            if !isExclusive { target.update(from: added, count: inner) }
                        } else {
                            let carried = to + before * inner
                            for i in 0..<inner { target[i] = T.sum(carried[i], added[i]) }
                        }
                    }
                }
            }
        }
    }
}
