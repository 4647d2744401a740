import Glibc
import Tensors

/// An element-wise function of two tensors with numpy broadcasting (opset < 7 `axis` broadcasting is not supported).
///
/// Integers wrap around; integer division truncates toward zero and refuses a zero divisor.
public struct Binary: Operator {
    public enum Function: String, Sendable, Hashable {
        case add, subtract, multiply, divide, power, minimum, maximum
        case equal, greater, less, greaterOrEqual, lessOrEqual, and, or
    }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", operandTypes)
        let b = try inputs.operand(1, "B", operandTypes)
        guard a.elementType == b.elementType || function == .power else {
            throw OperatorError("A is \(a.elementType) but B is \(b.elementType)")
        }
        var shape: Shape?
        if let left = a.shape, let right = b.shape { shape = try left.checkedBroadcast(with: right) }
        return [ValueFacts(isComparison ? .bool : a.elementType, shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let a = try inputs.required(0, "A")
        let b = try inputs.required(1, "B")
        if function == .power { return [power(a, b, shape)] }
        if function == .divide && b.holdsIntegerZero { throw OperatorError("integer division by zero") }
        switch a.elementType {
        case .float32: return [numeric(a, b, shape, Float.self)]
        case .int32: return [numeric(a, b, shape, Int32.self)]
        case .int64: return [numeric(a, b, shape, Int64.self)]
        case .bool: return [logical(a, b, shape)]
        }
    }

    private var isComparison: Bool {
        switch function {
        case .equal, .greater, .less, .greaterOrEqual, .lessOrEqual, .and, .or: true
        case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum: false
        }
    }

    private var operandTypes: [ElementType] {
        switch function {
        case .and, .or: [.bool]
        case .equal: ElementType.any
        default: ElementType.numeric
        }
    }

    @inline(__always)
    private func numeric<T: NumericElement>(_ a: Tensor, _ b: Tensor, _ shape: Shape, _: T.Type) -> Tensor {
        switch function {
        case .add: zipElements(a, b, shape) { (x: T, y: T) in T.sum(x, y) }
        case .subtract: zipElements(a, b, shape) { (x: T, y: T) in T.difference(x, y) }
        case .multiply: zipElements(a, b, shape) { (x: T, y: T) in T.product(x, y) }
        case .divide: zipElements(a, b, shape) { (x: T, y: T) in T.quotient(x, y) }
        case .minimum: zipElements(a, b, shape) { (x: T, y: T) in T.smaller(x, y) }
        case .maximum: zipElements(a, b, shape) { (x: T, y: T) in T.larger(x, y) }
        case .equal: zipElements(a, b, shape) { (x: T, y: T) in x == y }
        case .greater: zipElements(a, b, shape) { (x: T, y: T) in x > y }
        case .less: zipElements(a, b, shape) { (x: T, y: T) in x < y }
        case .greaterOrEqual: zipElements(a, b, shape) { (x: T, y: T) in x >= y }
        case .lessOrEqual: zipElements(a, b, shape) { (x: T, y: T) in x <= y }
        case .power, .and, .or: a  // Not reached: the shape rule admits no such types.
        }
    }

    private func logical(_ a: Tensor, _ b: Tensor, _ shape: Shape) -> Tensor {
        switch function {
        case .and: zipElements(a, b, shape) { (x: Bool, y: Bool) in x && y }
        case .or: zipElements(a, b, shape) { (x: Bool, y: Bool) in x || y }
        default: zipElements(a, b, shape) { (x: Bool, y: Bool) in x == y }
        }
    }
}

// Pow is the one function whose operands may differ in type; the result has the base's.
extension Binary {
    private func power(_ base: Tensor, _ exponent: Tensor, _ shape: Shape) -> Tensor {
        switch exponent.elementType {
        case .float32: power(base, exponent, shape, Float.self)
        case .int32: power(base, exponent, shape, Int32.self)
        case .int64: power(base, exponent, shape, Int64.self)
        case .bool: base  // Not reached: refused by the shape rule.
        }
    }

    @inline(__always)
    private func power<E: NumericElement>(_ base: Tensor, _ exponent: Tensor, _ shape: Shape, _: E.Type) -> Tensor {
        switch base.elementType {
        case .float32:
            // Squares are common (variance) and exact; powf would be tens of times slower.
            if exponent.shape.elementCount == 1, exponent.withElements(of: E.self, { $0[0].asDouble }) == 2 {
                return zipElements(base, exponent, shape) { (x: Float, _: E) in x * x }
            }
            return zipElements(base, exponent, shape) { (x: Float, y: E) in powf(x, Float(y.asDouble)) }
        case .int32: return zipElements(base, exponent, shape) { (x: Int32, y: E) in integerPower(x, y) }
        case .int64: return zipElements(base, exponent, shape) { (x: Int64, y: E) in integerPower(x, y) }
        case .bool: return base  // Not reached: refused by the shape rule.
        }
    }
}

/// Integer exponents ≥ 0 are exact modulo 2ⁿ; others go through `pow` and truncate.
private func integerPower<B: NumericElement & FixedWidthInteger, E: NumericElement>(_ base: B, _ exponent: E) -> B {
    guard exponent.asDouble >= 0, exponent.asDouble == exponent.asDouble.rounded(.towardZero) else {
        return B(clamping: pow(base.asDouble, exponent.asDouble))
    }
    var (result, factor, rest) = (B(1), base, Int64(clamping: exponent.asDouble))
    while rest > 0 {
        if rest & 1 == 1 { result = result &* factor }
        factor = factor &* factor
        rest >>= 1
    }
    return result
}
