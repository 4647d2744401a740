import Glibc
import Tensors

/// ONNX ReduceX: data, axes (optional input; empty or missing = all, unless `noopWithEmptyAxes`).
///
/// Sums of floats are kept in double. O(n), one pass in memory order (three for the logarithm of a sum of powers).
public struct Reduction: NumericOperator {
    public enum Function: String, Sendable {
        case mean, sum, maximum, minimum, product, l1, l2, sumOfSquares, logSum, logSumExp
        /// Also changes elements that are reduced with no others.
        fileprivate var mapsElements: Bool { [.l1, .sumOfSquares, .logSum, .logSumExp].contains(self) }
    }
    public var function: Function
    public var keepsDims: Bool
    public var noopWithEmptyAxes: Bool
    public init(_ function: Function, keepsDims: Bool = true, noopWithEmptyAxes: Bool = false) {
        (self.function, self.keepsDims, self.noopWithEmptyAxes) = (function, keepsDims, noopWithEmptyAxes)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let isExtreme = function == .maximum || function == .minimum
        let data = try inputs.operand(0, "data", isExtreme ? ElementType.any : ElementType.numeric)
        guard let shape = data.shape, let axes = try axes(shape, inputs) else { return [ValueFacts(data.elementType, nil)] }
        if function == .mean && data.elementType != .float32 && axes.contains(where: { shape[$0] == 0 }) {
            throw OperatorError("the mean of no integers is undefined")
        }
        let kept = shape.dims.indices.filter { keepsDims || !axes.contains($0) }
        return [ValueFacts(data.elementType, Shape(kept.map { axes.contains($0) ? 1 : shape[$0] }))]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let x = inputs[0], shape = inputs.shape, axes = try axes(x.shape, inputs.facts)!
        if axes.isEmpty && noopWithEmptyAxes && !function.mapsElements { return [x] }
        let count = Double(axes.reduce(1) { $0 * x.shape[$1] })
        let result =
            switch function {
            case .sum where T.isInteger: fold(x, axes, shape, T.zero, { T.sum($0, $1) }, { $0 })
            case .sum: fold(x, axes, shape, 0.0, { $0 + ($1 as T).asDouble }, { T(clamping: $0) })
            case .mean where T.isInteger: fold(x, axes, shape, T.zero, { T.sum($0, $1) }, { T.quotient($0, T(clamping: count)) })
            case .mean: fold(x, axes, shape, 0.0, { $0 + ($1 as T).asDouble }, { T(clamping: $0 / count) })
            case .l1 where T.isInteger: fold(x, axes, shape, T.zero, { T.sum($0, $1 < .zero ? T.difference(.zero, $1) : $1) }, { $0 })
            case .l1: fold(x, axes, shape, 0.0, { $0 + ($1 as T).asDouble.magnitude }, { T(clamping: $0) })
            case .sumOfSquares where T.isInteger: fold(x, axes, shape, T.zero, { T.sum($0, T.product($1, $1)) }, { $0 })
            case .sumOfSquares: fold(x, axes, shape, 0.0, { $0 + ($1 as T).asDouble * $1.asDouble }, { T(clamping: $0) })
            case .logSum where T.isInteger: fold(x, axes, shape, T.zero, { T.sum($0, $1) }, { T(clamping: log($0.asDouble)) })
            case .logSum: fold(x, axes, shape, 0.0, { $0 + ($1 as T).asDouble }, { T(clamping: log($0)) })
            case .logSumExp: logSumExp(x, axes, shape, T.self)
            case .l2: fold(x, axes, shape, 0.0, { $0 + ($1 as T).asDouble * $1.asDouble }, { T(clamping: $0.squareRoot()) })
            case .product where T.isInteger: fold(x, axes, shape, T(clamping: 1), { T.product($0, $1) }, { $0 })
            case .product: fold(x, axes, shape, 1.0, { $0 * ($1 as T).asDouble }, { T(clamping: $0) })
            case .maximum: fold(x, axes, shape, T.lowest, { T.larger($0, $1) }, { $0 })
            case .minimum: fold(x, axes, shape, T.highest, { T.smaller($0, $1) }, { $0 })
            }
        return [result]
    }

    /// The largest is taken off first, so that nothing overflows; an infinite one stays.
    private func logSumExp<T: NumericElement>(_ x: Tensor, _ axes: Set<Int>, _ shape: Shape, _: T.Type) -> Tensor {
        let kept = Shape(x.shape.dims.indices.map { axes.contains($0) ? 1 : x.shape[$0] })
        let largest = fold(x, axes, kept, T.lowest, { T.larger($0, $1) }, { $0.asFloat.isFinite ? $0 : .zero })
        let powers = zipElements(x, largest, x.shape) { (x: T, largest: T) in Float(exp(x.asDouble - largest.asDouble)) }
        let sums: Tensor = fold(powers, axes, shape, 0.0, { $0 + ($1 as Float).asDouble }, { Float($0) })
        return zipElements(sums, largest.reshaped(to: shape), shape) { (sum: Float, largest: T) in
            T(clamping: log(sum.asDouble) + largest.asDouble)
        }
    }

    /// False < true.
    func evaluateBools(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let axes = try axes(inputs[0].shape, inputs.facts)!
        if axes.isEmpty && noopWithEmptyAxes { return [inputs[0]] }
        return function == .maximum
            ? [fold(inputs[0], axes, inputs.shape, false, { $0 || $1 }, { $0 })]
            : [fold(inputs[0], axes, inputs.shape, true, { $0 && $1 }, { $0 })]
    }

    /// The reduced axes; nil when they are not known yet.
    func axes(_ shape: Shape, _ inputs: [ValueFacts?]) throws(OperatorError) -> Set<Int>? {
        guard let given = try inputs.integers(1, "axes", else: []) else { return nil }
        if !given.isEmpty { return Set(try shape.checked(axes: given)) }
        return noopWithEmptyAxes ? [] : Set(shape.dims.indices)
    }

    /// Folds every element into its output's accumulator, in memory order: rows onto rows where the innermost axis stays.
    @inline(__always)
    private func fold<T: TensorElement, Sum>(
        _ x: Tensor, _ axes: Set<Int>, _ shape: Shape, _ start: Sum, _ add: (Sum, T) -> Sum, _ finish: (Sum) -> T
    ) -> Tensor {
        var target = Shape(x.shape.dims.indices.map { axes.contains($0) ? 1 : x.shape[$0] }).strides
        for axis in axes { target[axis] = 0 }
        let loop = StridedLoop(x.shape.dims, [x.shape.strides, target])
        let (run, step) = (loop.run, loop.step(1))
        var sums = [Sum](repeating: start, count: shape.elementCount)
        let x = x.pointer(of: T.self)
        sums.withUnsafeMutableBufferPointer { sums in
            loop.forEachRun { at in
                let from = x + at[0]
                if step == 0 {
                    var sum = sums[at[1]]
                    for i in 0..<run { sum = add(sum, from[i]) }
                    sums[at[1]] = sum
                } else {
                    let to = sums.baseAddress! + at[1]
                    for i in 0..<run { to[i] = add(to[i], from[i]) }
                }
            }
        }
        return Tensor(shape, of: T.self) { out in
            for i in out.indices { out[i] = finish(sums[i]) }
        }
    }
}
