import CKernels
import Tensors

/// An element-wise function of two tensors with numpy broadcasting (opset < 7 `axis` broadcasting is not supported).
///
/// Integers wrap around; integer division truncates toward zero and refuses a zero divisor.
public struct Binary: NumericOperator {
    public enum Function: String, Sendable, Hashable {
        case add, subtract, multiply, divide, power, minimum, maximum
        case equal, greater, less, greaterOrEqual, lessOrEqual, and, or, xor
    }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", operandTypes)
        let b = try inputs.operand(1, "B", operandTypes)
        guard a.elementType == b.elementType || function == .power else {
            throw OperatorError("A is \(a.elementType) but B is \(b.elementType)")
        }
        return [ValueFacts(isComparison ? .bool : a.elementType, try a.broadcast(with: b))]
    }

    private var isComparison: Bool { [.equal, .greater, .less, .greaterOrEqual, .lessOrEqual, .and, .or, .xor].contains(function) }

    private var operandTypes: [ElementType] {
        switch function {
        case .and, .or, .xor: [.bool]
        case .equal: ElementType.any
        default: ElementType.numeric
        }
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let (a, b, shape) = (inputs[0], inputs[1], inputs.shape)
        if function == .divide { try checkDivisor(b, T.self) }
        let result =
            switch function {
            case .add: zipElements(a, b, shape) { (x: T, y: T) in T.sum(x, y) }
            case .subtract: zipElements(a, b, shape) { (x: T, y: T) in T.difference(x, y) }
            case .multiply: zipElements(a, b, shape) { (x: T, y: T) in T.product(x, y) }
            case .divide: zipElements(a, b, shape) { (x: T, y: T) in T.quotient(x, y) }
            case .power: power(a, b, shape, T.self)
            case .minimum: zipElements(a, b, shape) { (x: T, y: T) in T.smaller(x, y) }
            case .maximum: zipElements(a, b, shape) { (x: T, y: T) in T.larger(x, y) }
            case .equal: zipElements(a, b, shape) { (x: T, y: T) in x == y }
            case .greater: zipElements(a, b, shape) { (x: T, y: T) in x > y }
            case .less: zipElements(a, b, shape) { (x: T, y: T) in x < y }
            case .greaterOrEqual: zipElements(a, b, shape) { (x: T, y: T) in x >= y }
            case .lessOrEqual: zipElements(a, b, shape) { (x: T, y: T) in x <= y }
            case .and, .or, .xor: a  // Not reached: the shape rule admits no numbers.
            }
        return [result]
    }

    func evaluateBools(_ inputs: Operands) -> [Tensor] {
        let (a, b, shape) = (inputs[0], inputs[1], inputs.shape)
        return switch function {
        case .and: [zipElements(a, b, shape) { (x: Bool, y: Bool) in x && y }]
        case .or: [zipElements(a, b, shape) { (x: Bool, y: Bool) in x || y }]
        case .xor: [zipElements(a, b, shape) { (x: Bool, y: Bool) in x != y }]
        default: [zipElements(a, b, shape) { (x: Bool, y: Bool) in x == y }]
        }
    }

    /// The one function whose operands may differ in type; the result has the base's.
    private func power<B: NumericElement>(_ base: Tensor, _ exponent: Tensor, _ shape: Shape, _: B.Type) -> Tensor {
        exponent.elementType == .float32
            ? power(base, exponent, shape, B.self, Float.self)
            : power(base, exponent.converted(to: .int64), shape, B.self, Int64.self)
    }

    private func power<B: NumericElement, E: NumericElement>(
        _ base: Tensor, _ exponent: Tensor, _ shape: Shape, _: B.Type, _: E.Type
    ) -> Tensor {
        // Squares are common (variance) and exact; powf would be tens of times slower.
        if exponent.shape.elementCount == 1, exponent.pointer(of: E.self)[0].asDouble == 2 {
            return zipElements(base, exponent, shape) { (x: B, _: E) in B.product(x, x) }
        }
        return zipElements(base, exponent, shape) { (x: B, y: E) in B.power(x, y.asDouble) }
    }
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
                operand = .constant(AlignedFloats(tensor.elements()))
            } else {
                guard from.rank == 4, dims[0] == shape[0] else { continue }
                if node.isSpatial(other), dims[2] == shape[2], dims[3] == shape[3] {
                    operand = .image(perChannel: perChannel || shape[1] == 1)
                    sources.append((second, .pixel))
                } else if dims[2] == 1, dims[3] == 1 {
                    // Row-major or not: one pixel lies the same either way.
                    operand = .pixel(perChannel: perChannel)
                    sources.append((second, .whole))
                } else {
                    continue
                }
            }
            return .step(reading: sources) { _ in
                BinaryKernel(function: function, channels: shape[1], operand: operand, isSwapped: own == 1)
            }
        }
        return nil
    }
}

extension Binary.Function {
    /// Nil for those that have no NHWC kernel.
    var kernel: dv_binary_function? {
        let kernels: [Self: dv_binary_function] = [
            .add: DV_ADD, .subtract: DV_SUBTRACT, .multiply: DV_MULTIPLY, .divide: DV_DIVIDE, .minimum: DV_MINIMUM, .maximum: DV_MAXIMUM,
        ]
        return kernels[self]
    }
}

/// Two images, or an image and something that broadcasts over its pixels or channels.
struct BinaryKernel: SpatialKernel {
    /// Where the second operand comes from.
    enum Operand {
        /// Source 1, pixel by pixel; `perChannel` false when it has one channel.
        case image(perChannel: Bool)
        /// Source 1 has one pixel.
        case pixel(perChannel: Bool)
        case constant(AlignedFloats)
    }

    let function: dv_binary_function
    let channels: Int
    let operand: Operand
    let isSwapped: Bool

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let (b, hasStep) =
            switch operand {
            case .image(let perChannel): (sources[1], perChannel)
            case .pixel(let perChannel): (Image(base: sources[1].base, row: 0, pixel: 0), perChannel)
            case .constant(let values): (Image(base: values.base, row: 0, pixel: 0), values.count > 1)
            }
        dv_binary(
            function, Int32(channels), sources[0], b, hasStep ? 1 : 0, isSwapped ? 1 : 0, destination, spans.baseAddress, spans.count,
            isCompact ? 1 : 0)
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        func gains(_ squares: [Float]) -> [Float] {
            importance.indices.map { c in
                let square = squares[squares.count == 1 ? 0 : c]
                return switch function {
                case DV_MULTIPLY: importance[c] * square
                case DV_DIVIDE: importance[c] / max(square, 1e-12)
                default: importance[c]
                }
            }
        }
        if case .constant(let values) = operand { return [gains((0..<values.count).map { values.base[$0] * values.base[$0] })] }
        let first = layer.sources[0], second = layer.sources[1]
        var result = [gains(layer.meanSquares(second)), gains(layer.meanSquares(first))]
        if case .pixel = operand {
            // One value reaches every pixel.
            let pixels = Float(first.height * first.width)
            result[1] = result[1].map { $0 * pixels }
        }
        if second.channels == 1, importance.count > 1 { result[1] = [result[1].reduce(0, +)] }
        return result
    }
}
