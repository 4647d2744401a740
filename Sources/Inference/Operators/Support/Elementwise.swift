import Glibc
import Tensors

/// Applies `f` to every element. O(n), one contiguous loop.
@inline(__always)
func mapElements<In: TensorElement, Out: TensorElement>(_ x: Tensor, _ f: (In) -> Out) -> Tensor {
    let (result, out) = makeTensor(x.shape, of: Out.self)
    x.withElements(of: In.self) { input in
        for i in 0..<input.count { out[i] = f(input[i]) }
    }
    return result
}

/// A tensor and the place of its elements, which hold anything before all of them are written. Loops over it are in the caller, not in a
/// closure that another module calls: only so the compiler makes vector instructions of them.
@inline(__always)
func makeTensor<Element: TensorElement>(_ shape: Shape, of type: Element.Type) -> (Tensor, UnsafeMutablePointer<Element>) {
    let result = Tensor(shape, type: Element.elementType) { _ in }
    return (result, UnsafeMutablePointer(mutating: result.pointer(of: type)))
}

extension Tensor {
    /// The longest run of elements that is repeated, and the shortest that a loop takes well.
    private static let (shortRun, longRun) = (64, 512)

    /// For an operand that every few elements of `shape` meet again, as a constant of three channels that lie last: several of it in a row,
    /// and `shape` in rows of as many elements. Nil where that is of no use.
    fileprivate func repeated(under shape: Shape) -> (tile: Tensor, shape: Shape)? {
        let own = shape.dims.isEmpty ? [] : Array(self.shape.dims.drop { $0 == 1 }), period = self.shape.elementCount
        guard period > 1, period < Self.shortRun, own.count <= shape.rank, own == shape.dims.suffix(own.count) else { return nil }
        let rows = shape.elementCount / period
        guard let times = (2...Self.longRun / period).last(where: { rows % $0 == 0 }) else { return nil }
        let bytes = period * elementType.byteCount
        let tile = Tensor([times * period], type: elementType) { to in
            for i in 0..<times { (to + i * bytes).copyMemory(from: baseAddress, byteCount: bytes) }
        }
        return (tile, [rows / times, times * period])
    }
}

/// Applies `f` to pairs of elements broadcast to `shape`. O(n); equal shapes, scalars and inner-contiguous operands
/// each have their own plain loop.
@inline(__always)
func zipElements<A: TensorElement, B: TensorElement, Out: TensorElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ f: (A, B) -> Out
) -> Tensor {
    let (a, b, rows) = withLongRuns(a, b, shape)
    let loop = StridedLoop(rows.dims, [a.shape.strides(broadcastTo: rows), b.shape.strides(broadcastTo: rows)])
    let (run, stepA, stepB) = (loop.run, loop.step(0), loop.step(1))
    let (left, right) = (a.pointer(of: A.self), b.pointer(of: B.self))
    let (result, out) = makeTensor(shape, of: Out.self)
    var to = out
    loop.forEachRun { start in
        let (x, y) = (left + start[0], right + start[1])
        if stepA == 1 && stepB == 1 {
            for i in 0..<run { to[i] = f(x[i], y[i]) }
        } else if stepA == 1 && stepB == 0 {
            let right = y[0]
            for i in 0..<run { to[i] = f(x[i], right) }
        } else if stepA == 0 && stepB == 1 {
            let left = x[0]
            for i in 0..<run { to[i] = f(left, y[i]) }
        } else {
            for i in 0..<run { to[i] = f(x[i &* stepA], y[i &* stepB]) }
        }
        to += run
    }
    return result
}

/// The same operands, and the same elements of `shape`, so that no short run repeats.
func withLongRuns(_ a: Tensor, _ b: Tensor, _ shape: Shape) -> (a: Tensor, b: Tensor, shape: Shape) {
    if a.shape == shape, let (tile, rows) = b.repeated(under: shape) { return (a.reshaped(to: rows), tile, rows) }
    if b.shape == shape, let (tile, rows) = a.repeated(under: shape) { return (tile, b.reshaped(to: rows), rows) }
    return (a, b, shape)
}

/// What operators need of each type of numbers; integers wrap around instead of trapping.
protocol NumericElement: TensorElement, Comparable {
    static var isInteger: Bool { get }
    static var lowest: Self { get }
    static var highest: Self { get }
    static func sum(_ a: Self, _ b: Self) -> Self
    static func difference(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
    /// Truncates toward zero on integers, which give zero for a zero divisor: callers refuse it before.
    static func quotient(_ a: Self, _ b: Self) -> Self
    /// Of the division that truncates toward zero: it has the sign of `a`.
    static func remainder(_ a: Self, _ b: Self) -> Self
    /// Integers to exponents that are integers ≥ 0 are exact modulo 2ⁿ; to others they go through `pow` and are truncated.
    static func power(_ base: Self, _ exponent: Double) -> Self
    /// NaN when either is NaN, as numpy.
    static func smaller(_ a: Self, _ b: Self) -> Self
    static func larger(_ a: Self, _ b: Self) -> Self
    /// C [rows × columns] += A [rows × depth] · B [depth × columns], all row-major.
    static func addProduct(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>, rows: Int, columns: Int, depth: Int)
    /// Truncated toward zero on integers; NaN gives 0 there and what is out of range the nearest bound.
    init(clamping value: Double)
    /// A number of another type as ONNX's Cast has it. Integers wrap around. Floats are truncated toward zero; int32 and int64 then take the
    /// nearest bound for what is out of range, the others wrap around, as onnxruntime does. NaN gives 0.
    init<Source: NumericElement>(converting value: Source)
    var asDouble: Double { get }
    var asFloat: Float { get }
    /// As `init(clamping:)` has it; uint64 wraps around.
    var asInteger: Int64 { get }
    /// An integer that orders as the number does, with one zero, and one NaN above all numbers.
    var orderKey: Int64 { get }
}

extension NumericElement {
    /// Where low > high the result is high, as numpy.
    @inline(__always)
    func clamped(_ low: Self, _ high: Self) -> Self {
        let raised = self < low ? low : self
        return raised > high ? high : raised
    }
}

extension Float: NumericElement {
    static var isInteger: Bool { false }
    static var lowest: Float { -.infinity }
    static var highest: Float { .infinity }
    @inline(__always) static func sum(_ a: Float, _ b: Float) -> Float { a + b }
    @inline(__always) static func difference(_ a: Float, _ b: Float) -> Float { a - b }
    @inline(__always) static func product(_ a: Float, _ b: Float) -> Float { a * b }
    @inline(__always) static func quotient(_ a: Float, _ b: Float) -> Float { a / b }
    @inline(__always) static func remainder(_ a: Float, _ b: Float) -> Float { fmodf(a, b) }
    @inline(__always) static func power(_ base: Float, _ exponent: Double) -> Float { powf(base, Float(exponent)) }
    @inline(__always) static func smaller(_ a: Float, _ b: Float) -> Float { a < b || a != a ? a : b }
    @inline(__always) static func larger(_ a: Float, _ b: Float) -> Float { a > b || a != a ? a : b }
    @inline(__always) init(clamping value: Double) { self.init(value) }
    @inline(__always) init<Source: NumericElement>(converting value: Source) { self = value.asFloat }
    @inline(__always) var asDouble: Double { Double(self) }
    @inline(__always) var asFloat: Float { self }
    @inline(__always) var asInteger: Int64 { Int64(clamping: Double(self)) }
    @inline(__always) var orderKey: Int64 {
        if self != self { return Int64(Int32.max) }
        let bits = Int32(bitPattern: (self + 0).bitPattern)
        return Int64(bits < 0 ? ~(bits & 0x7fff_ffff) : bits)
    }
}

extension NumericElement where Self: FixedWidthInteger {
    static var isInteger: Bool { true }
    static var lowest: Self { min }
    static var highest: Self { max }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { a &- b }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { a &* b }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue }
    /// The smallest integer modulo −1 overflows the division, not the remainder: 0.
    @inline(__always) static func remainder(_ a: Self, _ b: Self) -> Self { a.remainderReportingOverflow(dividingBy: b).partialValue }
    static func power(_ base: Self, _ exponent: Double) -> Self {
        guard exponent >= 0, exponent == exponent.rounded(.towardZero) else { return Self(clamping: pow(base.asDouble, exponent)) }
        var (result, factor, rest) = (Self(1), base, Int64(clamping: exponent))
        while rest > 0 {
            if rest & 1 == 1 { result = result &* factor }
            factor = factor &* factor
            rest >>= 1
        }
        return result
    }
    @inline(__always) static func smaller(_ a: Self, _ b: Self) -> Self { a < b ? a : b }
    @inline(__always) static func larger(_ a: Self, _ b: Self) -> Self { a > b ? a : b }
    static func addProduct(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>, rows: Int, columns: Int, depth: Int
    ) {
        for row in 0..<rows {
            for k in 0..<depth {
                let factor = a[row * depth + k]
                for i in 0..<columns { c[row * columns + i] &+= factor &* b[k * columns + i] }
            }
        }
    }
    @inline(__always) init(clamping value: Double) {
        if value != value {
            self = 0
        } else if value >= Double(Self.max) {
            self = .max
        } else if value <= Double(Self.min) {
            self = .min
        } else {
            self = Self(value)
        }
    }
    @inline(__always) init<Source: NumericElement>(converting value: Source) {
        if Source.isInteger {
            self = Self(truncatingIfNeeded: value.asInteger)
        } else if Self.isSigned && Self.bitWidth >= 32 || Self.bitWidth == 64 && value > .zero {
            self = Self(clamping: value.asDouble)
        } else {
            self = Self(truncatingIfNeeded: Int64(clamping: value.asDouble))
        }
    }
    @inline(__always) var asDouble: Double { Double(self) }
    @inline(__always) var asFloat: Float { Float(self) }
    @inline(__always) var asInteger: Int64 { Int64(truncatingIfNeeded: self) }
    /// The upper half of uint64 is negative as int64: the sign bit is turned over, so that the order stays.
    @inline(__always) var orderKey: Int64 { Self.max > Int64.max ? asInteger ^ .min : asInteger }
}

extension UInt8: NumericElement {}
extension Int8: NumericElement {}
extension UInt16: NumericElement {}
extension Int16: NumericElement {}
extension UInt32: NumericElement {}
extension Int32: NumericElement {}
extension UInt64: NumericElement {}
extension Int64: NumericElement {}

/// An integer divided by zero is undefined.
func checkDivisor<T: NumericElement>(_ divisor: Tensor, _: T.Type) throws(OperatorError) {
    if T.isInteger, divisor.withElements(of: T.self, { $0.contains(.zero) }) { throw OperatorError("integer division by zero") }
}
