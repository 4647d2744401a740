import Glibc
import Tensors

/// ONNX ReduceX: data, axes (optional input; empty or missing = all, unless `noopWithEmptyAxes`).
///
/// Sums of floats are kept in double. O(n), one pass in memory order.
public struct Reduction: Operator {
    public enum Function: String, Sendable { case mean, sum, maximum, minimum, product, l2 }
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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let facts = inputs.map { $0.map { ValueFacts(constant: $0) } }
        guard let axes = try axes(data.shape, facts) else { throw OperatorError("axes are not known") }
        if axes.isEmpty && noopWithEmptyAxes { return [data] }
        switch data.elementType {
        case .float32: return [onFloats(data, axes, shape)]
        case .int32: return [onIntegers(data, axes, shape, Int32.self)]
        case .int64: return [onIntegers(data, axes, shape, Int64.self)]
        case .bool: return [onBools(data, axes, shape)]
        }
    }

    /// The reduced axes; nil when they are not known yet.
    private func axes(_ shape: Shape, _ inputs: [ValueFacts?]) throws(OperatorError) -> Set<Int>? {
        let facts = try inputs.optionalOperand(1, "axes", ElementType.integers)
        let given = try facts?.integers("axes")
        if facts != nil && given == nil { return nil }
        if let given, !given.isEmpty { return Set(try shape.checked(axes: given)) }
        return noopWithEmptyAxes ? [] : Set(shape.dims.indices)
    }

    private func onFloats(_ x: Tensor, _ axes: Set<Int>, _ shape: Shape) -> Tensor {
        let count = Double(axes.reduce(1) { $0 * x.shape[$1] })
        return switch function {
        case .sum: fold(x, axes, shape, 0.0, { $0 + Double($1 as Float) }, { Float($0) })
        case .mean: fold(x, axes, shape, 0.0, { $0 + Double($1 as Float) }, { Float($0 / count) })
        case .l2: fold(x, axes, shape, 0.0, { $0 + Double($1 as Float) * Double($1) }, { Float($0.squareRoot()) })
        case .product: fold(x, axes, shape, 1.0, { $0 * Double($1 as Float) }, { Float($0) })
        case .maximum: fold(x, axes, shape, Float.lowest, { Float.larger($0, $1) }, { $0 })
        case .minimum: fold(x, axes, shape, Float.highest, { Float.smaller($0, $1) }, { $0 })
        }
    }

    private func onIntegers<T: NumericElement & FixedWidthInteger>(
        _ x: Tensor, _ axes: Set<Int>, _ shape: Shape, _: T.Type
    ) -> Tensor {
        let count = T(truncatingIfNeeded: axes.reduce(1) { $0 * x.shape[$1] })
        return switch function {
        case .sum: fold(x, axes, shape, T.zero, { $0 &+ $1 }, { $0 })
        case .mean: fold(x, axes, shape, T.zero, { $0 &+ $1 }, { T.quotient($0, count) })
        case .l2: fold(x, axes, shape, 0.0, { (sum: Double, x: T) in sum + x.asDouble * x.asDouble }, { T(clamping: $0.squareRoot()) })
        case .product: fold(x, axes, shape, T(1), { $0 &* $1 }, { $0 })
        case .maximum: fold(x, axes, shape, T.lowest, { T.larger($0, $1) }, { $0 })
        case .minimum: fold(x, axes, shape, T.highest, { T.smaller($0, $1) }, { $0 })
        }
    }

    /// False < true.
    private func onBools(_ x: Tensor, _ axes: Set<Int>, _ shape: Shape) -> Tensor {
        function == .maximum
            ? fold(x, axes, shape, false, { $0 || $1 }, { $0 })
            : fold(x, axes, shape, true, { $0 && $1 }, { $0 })
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
        return Tensor(shape, of: T.self) { out in
            sums.withUnsafeMutableBufferPointer { sums in
                x.withElements(of: T.self) { x in
                    loop.forEachRun { at in
                        let from = x.baseAddress! + at[0]
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
                for i in out.indices { out[i] = finish(sums[i]) }
            }
        }
    }
}
