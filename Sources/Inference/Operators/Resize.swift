/// ONNX Resize and Upsample. Inputs: X, roi (optional), scales (optional), sizes (optional), in Resize-11+ order.
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
}
