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
