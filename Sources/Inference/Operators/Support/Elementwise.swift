import Tensors

/// Applies `f` to every element. O(n), one contiguous loop.
@inline(__always)
func mapElements<In: TensorElement, Out: TensorElement>(_ x: Tensor, _ f: (In) -> Out) -> Tensor {
    Tensor(x.shape, of: Out.self) { out in
        x.withElements(of: In.self) { input in
            for i in 0..<input.count { out[i] = f(input[i]) }
        }
    }
}

/// Applies `f` to pairs of elements broadcast to `shape`. O(n); equal shapes, scalars and inner-contiguous operands
/// each have their own plain loop.
@inline(__always)
func zipElements<A: TensorElement, B: TensorElement, Out: TensorElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ f: (A, B) -> Out
) -> Tensor {
    let loop = StridedLoop(shape.dims, [a.shape.strides(broadcastTo: shape), b.shape.strides(broadcastTo: shape)])
    let (run, stepA, stepB) = (loop.run, loop.step(0), loop.step(1))
    return Tensor(shape, of: Out.self) { out in
        a.withElements(of: A.self) { a in
            b.withElements(of: B.self) { b in
                var to = out.baseAddress!
                loop.forEachRun { start in
                    let (x, y) = (a.baseAddress! + start[0], b.baseAddress! + start[1])
                    if stepA == 1 && stepB == 1 {
                        for i in 0..<run { to[i] = f(x[i], y[i]) }
                    } else if stepB == 0 {
                        let right = y[0]
                        for i in 0..<run { to[i] = f(x[i &* stepA], right) }
                    } else if stepA == 0 {
                        let left = x[0]
                        for i in 0..<run { to[i] = f(left, y[i &* stepB]) }
                    } else {
                        for i in 0..<run { to[i] = f(x[i &* stepA], y[i &* stepB]) }
                    }
                    to += run
                }
            }
        }
    }
}

/// The function of two numbers that each element type needs; integers wrap around instead of trapping.
protocol NumericElement: TensorElement, Comparable {
    static var lowest: Self { get }
    static var highest: Self { get }
    static func sum(_ a: Self, _ b: Self) -> Self
    static func difference(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
    /// Truncates toward zero on integers, which give zero for a zero divisor: callers refuse it before.
    static func quotient(_ a: Self, _ b: Self) -> Self
    /// NaN when either is NaN, as numpy.
    static func smaller(_ a: Self, _ b: Self) -> Self
    static func larger(_ a: Self, _ b: Self) -> Self
    init(clamping value: Double)
    var asDouble: Double { get }
}

extension Float: NumericElement {
    static var lowest: Float { -.infinity }
    static var highest: Float { .infinity }
    @inline(__always) static func sum(_ a: Float, _ b: Float) -> Float { a + b }
    @inline(__always) static func difference(_ a: Float, _ b: Float) -> Float { a - b }
    @inline(__always) static func product(_ a: Float, _ b: Float) -> Float { a * b }
    @inline(__always) static func quotient(_ a: Float, _ b: Float) -> Float { a / b }
    @inline(__always) static func smaller(_ a: Float, _ b: Float) -> Float { a < b || a != a ? a : b }
    @inline(__always) static func larger(_ a: Float, _ b: Float) -> Float { a > b || a != a ? a : b }
    @inline(__always) init(clamping value: Double) { self.init(value) }
    @inline(__always) var asDouble: Double { Double(self) }
}

extension NumericElement where Self: FixedWidthInteger {
    static var lowest: Self { min }
    static var highest: Self { max }
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
    @inline(__always) static func difference(_ a: Self, _ b: Self) -> Self { a &- b }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { a &* b }
    @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue }
    @inline(__always) static func smaller(_ a: Self, _ b: Self) -> Self { a < b ? a : b }
    @inline(__always) static func larger(_ a: Self, _ b: Self) -> Self { a > b ? a : b }
    /// Truncated toward zero; NaN gives 0 and what is out of range the nearest bound.
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
    @inline(__always) var asDouble: Double { Double(self) }
}

extension Int32: NumericElement {}
extension Int64: NumericElement {}

extension Tensor {
    /// True when a divisor would make an integer division undefined.
    var holdsIntegerZero: Bool {
        switch elementType {
        case .int32: withElements(of: Int32.self) { $0.contains(0) }
        case .int64: withElements(of: Int64.self) { $0.contains(0) }
        case .float32, .bool: false
        }
    }
}
