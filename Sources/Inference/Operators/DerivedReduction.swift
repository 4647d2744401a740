import Glibc
import Tensors

/// ONNX ReduceL1, ReduceSumSquare, ReduceLogSum and ReduceLogSumExp: `Reduction`s of a function of the elements.
/// Inputs and rules as `Reduction`'s. O(n), one pass more.
public struct DerivedReduction: Operator {
    public enum Function: String, Sendable { case l1, sumOfSquares, logSum, logSumExp }
    public var function: Function
    public var keepsDims: Bool
    public var noopWithEmptyAxes: Bool
    public init(_ function: Function, keepsDims: Bool = true, noopWithEmptyAxes: Bool = false) {
        (self.function, self.keepsDims, self.noopWithEmptyAxes) = (function, keepsDims, noopWithEmptyAxes)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        _ = try inputs.operand(0, "data", ElementType.numeric)
        return try reduction(.sum).outputs(for: inputs)
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        switch data.elementType {
        case .float32: return [try onFloats(data, inputs.optional(1), shape)]
        case .int32: return [try onIntegers(data, inputs.optional(1), Int32.self)]
        case .int64: return [try onIntegers(data, inputs.optional(1), Int64.self)]
        case .bool: return [data]  // Not reached: refused by the shape rule.
        }
    }

    private func reduction(_ function: Reduction.Function) -> Reduction {
        Reduction(function, keepsDims: keepsDims, noopWithEmptyAxes: noopWithEmptyAxes)
    }

    private func onFloats(_ x: Tensor, _ axes: Tensor?, _ shape: Shape) throws(OperatorError) -> Tensor {
        let sum = reduction(.sum)
        switch function {
        case .l1: return try sum.evaluate([mapElements(x) { (x: Float) in x.magnitude }, axes])[0]
        case .sumOfSquares: return try sum.evaluate([mapElements(x) { (x: Float) in x * x }, axes])[0]
        case .logSum: return mapElements(try sum.evaluate([x, axes])[0]) { (x: Float) in logf(x) }
        case .logSumExp:
            // The largest is taken off first, so that nothing overflows; infinite ones stay.
            let kept = Reduction(.maximum, noopWithEmptyAxes: noopWithEmptyAxes)
            let largest = mapElements(try kept.evaluate([x, axes])[0]) { (x: Float) in x.isFinite ? x : 0 }
            let powers = zipElements(x, largest, x.shape) { (x: Float, largest: Float) in expf(x - largest) }
            let sums = try sum.evaluate([powers, axes])[0]
            return zipElements(sums, largest.reshaped(to: shape), shape) { (sum: Float, largest: Float) in logf(sum) + largest }
        }
    }

    /// Logarithms are taken in double and truncated.
    private func onIntegers<T: NumericElement & FixedWidthInteger & SignedInteger>(
        _ x: Tensor, _ axes: Tensor?, _: T.Type
    ) throws(OperatorError) -> Tensor {
        let sum = reduction(.sum)
        switch function {
        case .l1: return try sum.evaluate([mapElements(x) { (x: T) in x < 0 ? 0 &- x : x }, axes])[0]
        case .sumOfSquares: return try sum.evaluate([mapElements(x) { (x: T) in x &* x }, axes])[0]
        case .logSum: return mapElements(try sum.evaluate([x, axes])[0]) { (x: T) in T(clamping: log(x.asDouble)) }
        case .logSumExp:
            let floats = mapElements(x) { (x: T) in Float(x) }
            let result = try DerivedReduction(.logSumExp, keepsDims: keepsDims, noopWithEmptyAxes: noopWithEmptyAxes)
                .evaluate([floats, axes])[0]
            return mapElements(result) { (x: Float) in T(clamping: Double(x)) }
        }
    }
}
