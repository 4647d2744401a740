import CKernels
import Vision

/// What a crop looks like, in few bytes: crops that look alike have keys that lie near each other.
///
/// Of the crop, scaled to 32×32 pixels:
/// ```
/// 128 bytes  edges: 4×4 cells × 8 directions, how strong the gradients toward each are; all together of a fixed length
///  16 bytes  light: mean luma of each cell, less the crop's mean
///  32 bytes  color: mean of B − Y and R − Y of each cell, next to the crop's luma
/// ```
/// More or less light changes neither edges nor color. Whole numbers throughout: a crop has the same key on every machine.
/// `docs/result-cache.md` has what it costs and how well it tells crops apart.
public struct CropKey: Sendable, Hashable {
    /// Bytes of a key.
    public static let count = 176
    /// Of what the bytes mean; keys of different versions are never compared.
    public static let version = 1

    public let bytes: [UInt8]

    /// A key from a file or the network; nil for what is none.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        self.bytes = bytes
    }

    /// - Parameters:
    ///   - pixels: 8-bit, channels interleaved, rows `rowBytes` apart; of any size: they are averaged.
    ///   - channels: 1 or 3. In which order does not matter, as long as it is the same for all crops of a model.
    public init(pixels: UnsafePointer<UInt8>, width: Int, height: Int, rowBytes: Int, channels: Int = 3) {
        precondition(width > 0 && height > 0 && (channels == 1 || channels == 3), "a crop has pixels of 1 or 3 channels")
        let small = SmallPicture(pixels, width: width, height: height, rowBytes: rowBytes, channels: channels)
        bytes = small.edges() + small.light() + small.color()
    }

    public init(_ picture: PixelBuffer) {
        self.init(
            pixels: picture.base, width: picture.width, height: picture.height, rowBytes: picture.rowBytes, channels: picture.channels)
    }

    /// Euclidean distance, 0 or more.
    public func distance(to other: CropKey) -> Float {
        Float(dv_squared_difference(bytes, other.bytes, Int64(Self.count), Int32(Self.count), 1)).squareRoot()
    }
}
