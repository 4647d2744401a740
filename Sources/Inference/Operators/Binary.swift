import CKernels
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

extension Binary {
    /// One operand has the output's shape; the other is the same, broadcast over pixels or channels, or a constant for each channel.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        let shape = node.outputShape
        guard let function = function.kernel, shape.rank == 4 else { return nil }
        for (own, other) in [(0, 1), (1, 0)] {
            guard node.shape(own) == shape, node.constant(own) == nil, node.isSpatial(own), let image = node.input(own),
                let second = node.input(other), let from = node.shape(other), from.rank <= 4
            else { continue }
            let dims = Array(repeating: 1, count: 4 - from.rank) + from.dims
            let perChannel = dims[1] == shape[1] && shape[1] > 1
            guard perChannel || dims[1] == 1 else { continue }
            var sources: [(value: ValueID, field: ReceptiveField)] = [(image, .pixel)]
            let operand: BinaryKernel.Operand
            if let tensor = node.constant(other) {
                guard dims[0] == 1, dims[2] == 1, dims[3] == 1 else { continue }
                operand = .constant(tensor.elements())
            } else {
                guard from.rank == 4, dims[0] == shape[0], node.isSpatial(other) else { continue }
                if dims[2] == shape[2], dims[3] == shape[3] {
                    operand = .image(perChannel: perChannel || shape[1] == 1)
                    sources.append((second, .pixel))
                } else if dims[2] == 1, dims[3] == 1 {
                    operand = .pixel(perChannel: perChannel)
                    sources.append((second, .whole))
                } else {
                    continue
                }
            }
            return .step(reading: sources) { _ in
                BinaryKernel(function, channels: shape[1], operand: operand, isSwapped: own == 1)
            }
        }
        return nil
    }
}

extension Binary.Function {
    /// Nil for those that have no NHWC kernel.
    fileprivate var kernel: dv_binary_function? {
        switch self {
        case .add: DV_ADD
        case .subtract: DV_SUBTRACT
        case .multiply: DV_MULTIPLY
        case .divide: DV_DIVIDE
        case .minimum: DV_MINIMUM
        case .maximum: DV_MAXIMUM
        case .power, .equal, .greater, .less, .greaterOrEqual, .lessOrEqual, .and, .or: nil
        }
    }
}

/// Two images, or an image and something that broadcasts over its pixels or channels.
final class BinaryKernel: SpatialKernel {
    /// Where the second operand comes from.
    enum Operand {
        /// Source 1, pixel by pixel; `perChannel` false when it has one channel.
        case image(perChannel: Bool)
        /// Source 1 has one pixel.
        case pixel(perChannel: Bool)
        case constant([Float])
    }

    let function: dv_binary_function
    private let channels: Int
    let operand: Operand
    private let constant: AlignedFloats?
    private let isSwapped: Bool

    init(_ function: dv_binary_function, channels: Int, operand: Operand, isSwapped: Bool) {
        (self.function, self.channels) = (function, channels)
        (self.operand, self.isSwapped) = (operand, isSwapped)
        if case .constant(let values) = operand { constant = AlignedFloats(values) } else { constant = nil }
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        var b: Image
        let step: Int32
        switch operand {
        case .image(let perChannel): (b, step) = (sources[1], perChannel ? 1 : 0)
        case .pixel(let perChannel): (b, step) = (Image(base: sources[1].base, row: 0, pixel: 0), perChannel ? 1 : 0)
        case .constant(let values): (b, step) = (Image(base: constant!.base, row: 0, pixel: 0), values.count == 1 ? 0 : 1)
        }
        dv_binary(
            function, Int32(channels), sources[0], b, step, isSwapped ? 1 : 0, destination, spans.baseAddress, spans.count,
            isCompact ? 1 : 0)
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let first = layer.sources[0], second = layer.sources.count > 1 ? layer.sources[1] : nil
        func gains(_ other: [Float]?) -> [Float] {
            importance.indices.map { c in
                switch function {
                case DV_MULTIPLY, DV_DIVIDE:
                    guard let other else { return importance[c] }
                    let square = other[other.count == 1 ? 0 : c]
                    return function == DV_MULTIPLY ? importance[c] * square : importance[c] / max(square, 1e-12)
                default: return importance[c]
                }
            }
        }
        var result: [[Float]]
        switch operand {
        case .constant(let values):
            return [gains(values.map { $0 * $0 })]
        case .image, .pixel:
            result = [gains(layer.meanSquares(second!)), gains(layer.meanSquares(first))]
        }
        if case .pixel = operand {
            // One value reaches every pixel.
            let pixels = Float(first.height * first.width)
            result[1] = result[1].map { $0 * pixels }
        }
        if second!.channels == 1, importance.count > 1 { result[1] = [result[1].reduce(0, +)] }
        return result
    }
}
