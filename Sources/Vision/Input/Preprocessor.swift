/// Fits a frame into the model's input, as bytes: normalisation is left to the engine's first layer.
///
/// Not safe to share between threads while `prepare` runs: gray input goes through a buffer of its own.
public final class Preprocessor {
    public let card: InputCard
    /// The model's input size in pixels.
    public let modelWidth, modelHeight: Int
    private var scratch: [UInt8] = []

    public init(card: InputCard, modelWidth: Int, modelHeight: Int) throws(VisionError) {
        for (what, said, have) in [("width", card.width, modelWidth), ("height", card.height, modelHeight)] {
            if let said, said != have {
                throw VisionError(.invalidCard, "'input.\(what)' is \(said), but the model takes \(have): correct or remove it")
            }
        }
        (self.card, self.modelWidth, self.modelHeight) = (card, modelWidth, modelHeight)
    }

    /// A buffer of the size and channels that `prepare` fills.
    public func makeBuffer() -> PixelBuffer {
        PixelBuffer(width: modelWidth, height: modelHeight, channels: card.color.channels)
    }

    /// Where a frame of this size goes.
    public func placement(width: Int, height: Int) -> Placement {
        card.resize.placement(
            width: width, height: height, modelWidth: modelWidth, modelHeight: modelHeight, shortSide: card.cropResize)
    }

    /// Writes the frame into `buffer`, and the padding when the geometry is new to that buffer.
    @discardableResult
    public func prepare(_ frame: some PixelSource, into buffer: PixelBuffer) throws(VisionError) -> Placement {
        guard buffer.width == modelWidth, buffer.height == modelHeight, buffer.channels == card.color.channels else {
            throw VisionError(
                .invalidInput,
                "a buffer of \(buffer.width)×\(buffer.height)×\(buffer.channels) cannot hold the model's input "
                    + "\(modelWidth)×\(modelHeight)×\(card.color.channels): take one from makeBuffer()")
        }
        guard frame.width > 0, frame.height > 0 else { throw VisionError(.invalidInput, "the frame has no pixels") }
        let placement = placement(width: frame.width, height: frame.height)
        if buffer.paintedFor != placement { pad(buffer, placement.visible) }
        buffer.paintedFor = placement
        try draw(frame, placement, buffer)
        return placement
    }

    /// Paints what surrounds the picture: above, below, left, right.
    private func pad(_ buffer: PixelBuffer, _ picture: PixelRect) {
        let (width, height) = (modelWidth, modelHeight)
        for area in [
            PixelRect(x: 0, y: 0, width: width, height: picture.y),
            PixelRect(x: 0, y: picture.maxY, width: width, height: height - picture.maxY),
            PixelRect(x: 0, y: picture.y, width: picture.x, height: picture.height),
            PixelRect(x: picture.maxX, y: picture.y, width: width - picture.maxX, height: picture.height),
        ] { buffer.fill(area, with: card.pad) }
    }

    private func draw(_ frame: some PixelSource, _ placement: Placement, _ buffer: PixelBuffer) throws(VisionError) {
        let picture = placement.picture, area = placement.visible
        guard !area.isEmpty else { return }
        let size = (width: picture.width, height: picture.height)
        let part = PixelRect(x: area.x - picture.x, y: area.y - picture.y, width: area.width, height: area.height)
        guard card.color == .gray else {
            let target = buffer.base + area.y * buffer.rowBytes + area.x * 3
            return try frame.sample(size: size, part: part, order: card.color, into: target, rowBytes: buffer.rowBytes)
        }
        if scratch.count < area.width * area.height * 3 { scratch = [UInt8](repeating: 0, count: area.width * area.height * 3) }
        try scratch.withUnsafeMutableBufferPointer { colors throws(VisionError) in
            let colors = colors.baseAddress!
            try frame.sample(size: size, part: part, order: .rgb, into: colors, rowBytes: area.width * 3)
            for y in 0..<area.height {
                let row = buffer.base + (area.y + y) * buffer.rowBytes + area.x
                for x in 0..<area.width { row[x] = Self.luma(colors + (y * area.width + x) * 3) }
            }
        }
    }

    /// BT.601 luma in 14-bit fixed point, rounded: cv2.COLOR_RGB2GRAY.
    private static func luma(_ rgb: UnsafePointer<UInt8>) -> UInt8 {
        let weighted: UInt32 = UInt32(rgb[0]) * 4899 + UInt32(rgb[1]) * 9617 + UInt32(rgb[2]) * 1868
        return UInt8((weighted + 8192) >> 14)
    }
}

/// Where the preprocessor takes pixels from. A video frame is one; tests have others.
public protocol PixelSource {
    /// Pixels, as displayed.
    var width: Int { get }
    var height: Int { get }

    /// Resizes the whole picture to `size` (bilinear, half-pixel centres) and writes the part of it that lies in `part`.
    ///
    /// - Parameters:
    ///   - size: what the whole picture becomes, in pixels.
    ///   - part: a rectangle of the resized picture, inside it.
    ///   - target: where the pixel at `part`'s top left corner goes; 3 bytes a pixel.
    ///   - rowBytes: from one row of `target` to the next.
    func sample(
        size: (width: Int, height: Int), part: PixelRect, order: InputCard.Color, into target: UnsafeMutablePointer<UInt8>, rowBytes: Int
    ) throws(VisionError)
}
