import Tensors

/// ONNX Mod: the element-wise remainder of A / B, with numpy broadcasting.
///
/// The result has the sign of the divisor (Python's `%`, integers only), or that of the dividend (C's `fmod`; ONNX wants this for floats).
/// A zero divisor is refused for integers and gives NaN for floats. O(n).
public struct Mod: NumericOperator {
    public var takesSignOfDividend: Bool
    public init(takesSignOfDividend: Bool = false) { self.takesSignOfDividend = takesSignOfDividend }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", takesSignOfDividend ? ElementType.numeric : ElementType.integers)
        let b = try inputs.operand(1, "B", [a.elementType])
        return [ValueFacts(a.elementType, try a.broadcast(with: b))]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        try checkDivisor(inputs[1], T.self)
        return [
            zipElements(inputs[0], inputs[1], inputs.shape) { (x: T, y: T) in
                let remainder = T.remainder(x, y)
                let isOpposite = remainder != .zero && (remainder < .zero) != (y < .zero)
                return isOpposite && !takesSignOfDividend ? T.sum(remainder, y) : remainder
            }
        ]
    }
}
