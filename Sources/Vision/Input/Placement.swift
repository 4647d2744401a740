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

    /// A point in model pixels as the nearest point of the frame, in source pixels.
    func pointInFrame(modelX x: Double, y: Double) -> (x: Double, y: Double) {
        func clip(_ value: Double, _ limit: Int) -> Double { min(max(value, 0), Double(limit)) }
        let point = sourcePoint(modelX: x, y: y)
        return (clip(point.x, sourceWidth), clip(point.y, sourceHeight))
    }

    /// A box in model pixels as a box in source pixels, clipped to the frame; nil where nothing of it is left.
    /// Infinite sides are clipped, undefined ones give nil.
    public func sourceBox(_ corners: Corners) -> Box? {
        guard !corners.hasNaN else { return nil }
        let from = pointInFrame(modelX: Double(corners.left), y: Double(corners.top))
        let to = pointInFrame(modelX: Double(corners.right), y: Double(corners.bottom))
        let width = to.x - from.x, height = to.y - from.y
        guard width > 0, height > 0 else { return nil }
        return Box(x: Float(from.x), y: Float(from.y), width: Float(width), height: Float(height))
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

    /// Whether the whole picture is shown as it is shaped.
    package var isLetterbox: Bool { self == .letterbox || self == .letterboxTopLeft }

    /// Where a `width × height` picture goes in a `modelWidth × modelHeight` input.
    ///
    /// - Parameter shortSide: what centre crop resizes the picture's short side to, in model pixels.
    public func placement(width: Int, height: Int, modelWidth: Int, modelHeight: Int, shortSide: Int? = nil) -> Placement {
        let across = Double(modelWidth) / Double(width), down = Double(modelHeight) / Double(height)
        func rect(_ width: Int, _ height: Int) -> PixelRect { PixelRect(x: 0, y: 0, width: width, height: height) }
        func fit(_ round: (Double) -> Int) -> PixelRect {
            rect(max(1, round(Double(width) * min(across, down))), max(1, round(Double(height) * min(across, down))))
        }
        /// An odd pixel of slack goes to the right and bottom, as YOLOv5's `round(d - 0.1)` has it; an odd pixel cut off
        /// is rounded to even, as torchvision's CenterCrop does.
        func centred(_ rect: PixelRect) -> PixelRect {
            func half(_ slack: Int) -> Int { slack >= 0 ? slack / 2 : -Int((Double(-slack) / 2).rounded(.toNearestOrEven)) }
            return PixelRect(
                x: half(modelWidth - rect.width), y: half(modelHeight - rect.height), width: rect.width, height: rect.height)
        }
        let picture =
            switch (self, shortSide) {
            case (.stretch, _): rect(modelWidth, modelHeight)
            case (.letterboxTopLeft, _): fit { Int($0) }
            case (.letterbox, _): centred(fit { Int($0.rounded(.toNearestOrEven)) })
            // As torchvision's Resize(short side) does: the long side truncated.
            case (.centerCrop, let side?):
                centred(width <= height ? rect(side, max(1, side * height / width)) : rect(max(1, side * width / height), side))
            case (.centerCrop, nil):
                centred(
                    rect(
                        max(modelWidth, Int((Double(width) * max(across, down)).rounded())),
                        max(modelHeight, Int((Double(height) * max(across, down)).rounded()))))
            }
        return Placement(
            sourceWidth: width, sourceHeight: height, modelWidth: modelWidth, modelHeight: modelHeight, picture: picture)
    }
}
