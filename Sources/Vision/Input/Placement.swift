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

/// How a picture of any shape is fitted into the model's input.
public enum ResizeMode: String, Sendable, Codable, CaseIterable {
    /// Whole picture, aspect kept, centred; sides rounded (YOLOv5, v8, NanoDet).
    case letterbox
    /// Whole picture, aspect kept, in the top left corner; sides truncated (YOLOX).
    case letterboxTopLeft = "letterbox_topleft"
    /// Whole picture, aspect given up.
    case stretch
    /// Aspect kept, the middle cut out: the short side is resized to `crop_resize`, or just fills the input.
    case centerCrop = "center_crop"

    /// Where a `width × height` picture goes in a `modelWidth × modelHeight` input.
    ///
    /// - Parameter shortSide: what centre crop resizes the picture's short side to, in model pixels.
    public func placement(width: Int, height: Int, modelWidth: Int, modelHeight: Int, shortSide: Int? = nil) -> Placement {
        let picture =
            switch self {
            case .stretch: PixelRect(x: 0, y: 0, width: modelWidth, height: modelHeight)
            case .letterboxTopLeft:
                fit(width, height, modelWidth, modelHeight) { Int($0) }
            case .letterbox:
                centred(fit(width, height, modelWidth, modelHeight) { Int($0.rounded(.toNearestOrEven)) }, modelWidth, modelHeight)
            case .centerCrop:
                centred(cover(width, height, modelWidth, modelHeight, shortSide), modelWidth, modelHeight)
            }
        return Placement(
            sourceWidth: width, sourceHeight: height, modelWidth: modelWidth, modelHeight: modelHeight, picture: picture)
    }

    private func fit(_ w: Int, _ h: Int, _ modelWidth: Int, _ modelHeight: Int, _ round: (Double) -> Int) -> PixelRect {
        let ratio = min(Double(modelWidth) / Double(w), Double(modelHeight) / Double(h))
        return PixelRect(x: 0, y: 0, width: max(1, round(Double(w) * ratio)), height: max(1, round(Double(h) * ratio)))
    }

    /// As torchvision's Resize(short side) does: the long side truncated.
    private func cover(_ w: Int, _ h: Int, _ modelWidth: Int, _ modelHeight: Int, _ shortSide: Int?) -> PixelRect {
        guard let shortSide else {
            let ratio = max(Double(modelWidth) / Double(w), Double(modelHeight) / Double(h))
            return PixelRect(
                x: 0, y: 0, width: max(modelWidth, Int((Double(w) * ratio).rounded())),
                height: max(modelHeight, Int((Double(h) * ratio).rounded())))
        }
        return w <= h
            ? PixelRect(x: 0, y: 0, width: shortSide, height: max(1, shortSide * h / w))
            : PixelRect(x: 0, y: 0, width: max(1, shortSide * w / h), height: shortSide)
    }

    /// An odd pixel of slack goes to the right and bottom, as YOLOv5's `round(d - 0.1)` has it; an odd pixel cut off
    /// is rounded to even, as torchvision's CenterCrop does.
    private func centred(_ rect: PixelRect, _ modelWidth: Int, _ modelHeight: Int) -> PixelRect {
        func half(_ slack: Int) -> Int {
            slack >= 0 ? slack / 2 : -Int((Double(-slack) / 2).rounded(.toNearestOrEven))
        }
        return PixelRect(x: half(modelWidth - rect.width), y: half(modelHeight - rect.height), width: rect.width, height: rect.height)
    }
}
