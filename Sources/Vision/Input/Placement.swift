/// Where the whole source picture lies in the model's input, as an axis-aligned affine map.
///
/// Source pixels are those of the frame as displayed (after rotation), the way boxes are reported. Coordinates are
/// continuous: pixel i covers [i, i+1). `picture` is in whole model pixels and may reach beyond the input, when
/// the picture is cropped; the actual factor is `picture.width / sourceWidth`, with the rounding that resizing did, and
/// differs a little in x and y.
public struct Placement: Sendable, Hashable {
    public let sourceWidth, sourceHeight: Int
    public let modelWidth, modelHeight: Int
    /// The rectangle of the model's input that the whole source picture would fill.
    public let picture: PixelRect

    public init(sourceWidth: Int, sourceHeight: Int, modelWidth: Int, modelHeight: Int, picture: PixelRect) {
        (self.sourceWidth, self.sourceHeight) = (sourceWidth, sourceHeight)
        (self.modelWidth, self.modelHeight) = (modelWidth, modelHeight)
        self.picture = picture
    }

    /// The part of `picture` that lies in the model's input.
    public var visible: PixelRect { picture.intersection(PixelRect(x: 0, y: 0, width: modelWidth, height: modelHeight)) }

    /// Source pixels per model pixel.
    public var horizontalScale: Double { Double(sourceWidth) / Double(picture.width) }
    public var verticalScale: Double { Double(sourceHeight) / Double(picture.height) }

    public func sourcePoint(modelX x: Double, y: Double) -> (x: Double, y: Double) {
        ((x - Double(picture.x)) * horizontalScale, (y - Double(picture.y)) * verticalScale)
    }

    public func modelPoint(sourceX x: Double, y: Double) -> (x: Double, y: Double) {
        (x / horizontalScale + Double(picture.x), y / verticalScale + Double(picture.y))
    }

    /// A box in model pixels as a box in source pixels, clipped to the frame; nil where nothing of it is left.
    /// Infinite sides are clipped, undefined ones give nil.
    public func sourceBox(_ corners: Corners) -> Box? {
        func clip(_ value: Double, _ limit: Int) -> Double { min(max(value, 0), Double(limit)) }
        guard !corners.hasNaN else { return nil }
        let from = sourcePoint(modelX: Double(corners.left), y: Double(corners.top))
        let to = sourcePoint(modelX: Double(corners.right), y: Double(corners.bottom))
        let left = clip(from.x, sourceWidth)
        let top = clip(from.y, sourceHeight)
        let width = clip(to.x, sourceWidth) - left
        let height = clip(to.y, sourceHeight) - top
        guard width > 0, height > 0 else { return nil }
        return Box(x: Float(left), y: Float(top), width: Float(width), height: Float(height))
    }
}
