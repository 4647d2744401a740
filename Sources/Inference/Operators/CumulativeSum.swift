import Tensors

/// ONNX CumSum: x, axis (a scalar): each element becomes the sum of those up to it along the axis. Integers wrap around. O(n), in rows of
/// the axes after it.
public struct CumulativeSum: NumericOperator {
    /// The element itself is not counted.
    public var isExclusive: Bool
    /// Sums from the end.
    public var isReversed: Bool
    public init(isExclusive: Bool = false, isReversed: Bool = false) { (self.isExclusive, self.isReversed) = (isExclusive, isReversed) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", ElementType.numeric)
        if let axis = try inputs.integer(1, "axis"), let shape = x.shape { _ = try shape.checked(axis: axis) }
        return [ValueFacts(x.elementType, x.shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, axis = try shape.checked(axis: inputs[1].integerElements[0])
        let (outer, extent, inner) = shape.split(at: axis)
        let x = inputs[0].pointer(of: T.self)
        let result = Tensor(shape, of: T.self) { out in
            for block in 0..<outer {
                let (from, to) = (x + block * extent * inner, out.baseAddress! + block * extent * inner)
                let first = isReversed ? (extent - 1) * inner : 0
                if !isExclusive { (to + first).update(from: from + first, count: inner) }
                for step in 1..<extent {
                    let row = isReversed ? extent - 1 - step : step
                    let before = isReversed ? row + 1 : row - 1
                    // The row before, with its sum; what is added is that row itself when exclusive, else this one.
                    let (carried, added, target) = (to + before * inner, from + (isExclusive ? before : row) * inner, to + row * inner)
                    for i in 0..<inner { target[i] = T.sum(carried[i], added[i]) }
                }
            }
        }
        return [result]
    }
}
