import Glibc
import Tensors

/// ONNX Mod: the element-wise remainder of A / B, with numpy broadcasting.
///
/// The result has the sign of the divisor (Python's `%`, integers only), or that of the dividend (C's `fmod`; ONNX wants this for floats).
/// A zero divisor is refused for integers and gives NaN for floats. O(n).
public struct Mod: Operator {
    public var takesSignOfDividend: Bool
    public init(takesSignOfDividend: Bool = false) { self.takesSignOfDividend = takesSignOfDividend }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", takesSignOfDividend ? ElementType.numeric : ElementType.integers)
        let b = try inputs.operand(1, "B", [a.elementType])
        guard let left = a.shape, let right = b.shape else { return [ValueFacts(a.elementType, nil)] }
        return [ValueFacts(a.elementType, try left.checkedBroadcast(with: right))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let a = try inputs.required(0, "A")
        let b = try inputs.required(1, "B")
        if b.holdsIntegerZero { throw OperatorError("integer division by zero") }
        switch a.elementType {
        case .float32: return [zipElements(a, b, shape) { (x: Float, y: Float) in fmodf(x, y) }]
        case .int32: return [integers(a, b, shape, Int32.self)]
        case .int64: return [integers(a, b, shape, Int64.self)]
        case .bool: return [a]  // Not reached: refused by the shape rule.
        }
    }

    private func integers<T: NumericElement & FixedWidthInteger>(_ a: Tensor, _ b: Tensor, _ shape: Shape, _: T.Type) -> Tensor {
        zipElements(a, b, shape) { (x: T, y: T) in
            // The smallest integer modulo −1 overflows the division, not the remainder: 0.
            let remainder = x.remainderReportingOverflow(dividingBy: y).partialValue
            let isOpposite = remainder != 0 && (remainder < 0) != (y < 0)
            return isOpposite && !takesSignOfDividend ? remainder &+ y : remainder
        }
    }
}
