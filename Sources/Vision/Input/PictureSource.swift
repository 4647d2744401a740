/// Where the preprocessor takes pixels from. A video frame is one; tests have others.
public protocol PictureSource {
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
