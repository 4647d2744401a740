import Tensors

/// ONNX Resize and Upsample. Inputs: X, roi (optional), scales (optional), sizes (optional), in Resize-11+ order.
///
/// Nearest works on any element type, the others on float32. Rank is free: interpolation is separable, axis by axis.
public struct Resize: Operator {
    public enum Mode: String, Sendable { case nearest, linear, cubic }
    public enum Coordinates: String, Sendable {
        case halfPixel, halfPixelSymmetric, pytorchHalfPixel, alignCorners, asymmetric, tfHalfPixelForNN, tfCropAndResize
    }
    public enum Nearest: String, Sendable { case roundPreferFloor, roundPreferCeil, floor, ceil }
    public enum AspectRatio: String, Sendable { case stretch, notLarger, notSmaller }
    public var mode: Mode
    public var coordinates: Coordinates
    public var nearest: Nearest
    public var cubicCoefficient: Float
    public var excludesOutside: Bool
    public var extrapolationValue: Float
    public var antialias: Bool
    public var axes: [Int]?
    public var aspectRatio: AspectRatio
    public init(
        mode: Mode = .nearest, coordinates: Coordinates = .halfPixel, nearest: Nearest = .roundPreferFloor,
        cubicCoefficient: Float = -0.75, excludesOutside: Bool = false, extrapolationValue: Float = 0,
        antialias: Bool = false, axes: [Int]? = nil, aspectRatio: AspectRatio = .stretch
    ) {
        (self.mode, self.coordinates, self.nearest, self.cubicCoefficient) = (mode, coordinates, nearest, cubicCoefficient)
        (self.excludesOutside, self.extrapolationValue, self.antialias) = (excludesOutside, extrapolationValue, antialias)
        (self.axes, self.aspectRatio) = (axes, aspectRatio)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", mode == .nearest ? ElementType.any : [.float32])
        guard let shape = x.shape, let targets = try targets(shape, inputs) else { return [ValueFacts(x.elementType, nil)] }
        return [ValueFacts(x.elementType, Shape(targets.map(\.output)))]
    }

    /// Nearest: O(outputs), a copy by index tables. Others: one pass per resized axis, O(outputs of the pass × taps).
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        let facts = inputs.map { $0.map { ValueFacts(constant: $0) } }
        guard let targets = try targets(x.shape, facts) else { throw OperatorError("scales or sizes are not known") }
        if mode == .nearest { return [nearest(x, targets)] }
        // What shrinks comes first, so that nothing between is larger than both ends; then innermost first: when growing, the
        // passes over whole rows then do most of the work.
        func grows(_ axis: Int) -> Bool { targets[axis].output > targets[axis].input }
        let axes = targets.indices.reversed(), order = axes.filter { !grows($0) } + axes.filter(grows)
        var result = x
        for axis in order where !targets[axis].isIdentity {
            result = ResizePass(targets[axis], self).apply(to: result, axis: axis)
        }
        return [extrapolated(result, targets)]
    }

    private func nearest(_ x: Tensor, _ targets: [ResizeTarget]) -> Tensor {
        let tables = targets.map { target in
            (0..<target.output).map { position -> Int in
                if target.isIdentity { return position }
                guard let source = source(of: position, target) else { return -1 }
                return min(max(rounded(source), 0), target.input - 1)
            }
        }
        let value = extrapolationValue
        let fill = (try? Cast(to: x.elementType).evaluate([Tensor(scalar: value)]))?.first
        return IndexedCopy(from: x.shape, tables: tables)(x, fill: fill)
    }

    private func rounded(_ position: Float) -> Int {
        let whole =
            switch nearest {
            case .floor: position.rounded(.down)
            case .ceil: position.rounded(.up)
            case .roundPreferFloor: (position - 0.5).rounded(.up)
            case .roundPreferCeil: (position + 0.5).rounded(.down)
            }
        return Int(Int64(clamping: Double(whole)))
    }

    /// Writes the extrapolation value where a crop reaches outside of the input on any axis.
    private func extrapolated(_ x: Tensor, _ targets: [ResizeTarget]) -> Tensor {
        guard coordinates == .tfCropAndResize else { return x }
        let tables = targets.map { target in
            (0..<target.output).map { target.isIdentity || source(of: $0, target) != nil ? $0 : -1 }
        }
        return IndexedCopy(from: x.shape, tables: tables)(x, fill: Tensor(scalar: extrapolationValue))
    }
}
