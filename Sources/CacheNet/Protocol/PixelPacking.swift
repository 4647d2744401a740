import CZstd
import FoundationEssentials

/// Pixels on their way, packed where that pays.
enum PixelPacking {
    /// Below, a picture is on its way in fewer packets than it takes to speak of.
    static let worthwhile = 65_536

    /// The pixels packed by zstd; nil where they are few, or a tenth is not saved.
    static func packed(_ pixels: [UInt8]) -> Data? {
        guard pixels.count > worthwhile else { return nil }
        let bound = ZSTD_compressBound(pixels.count)
        var packed = Data(count: bound)
        let count = packed.withUnsafeMutableBytes { target in
            pixels.withUnsafeBytes { ZSTD_compress(target.baseAddress, bound, $0.baseAddress, $0.count, 1) }
        }
        guard ZSTD_isError(count) == 0, count < pixels.count / 10 * 9 else { return nil }
        packed.removeSubrange(count...)
        return packed
    }

    /// Exactly `count` bytes; nil if it is not one frame that says, and has, as many. Never more memory than that.
    static func unpacked(_ packed: Data, count: Int) -> [UInt8]? {
        packed.withUnsafeBytes { packed in
            guard ZSTD_getFrameContentSize(packed.baseAddress, packed.count) == UInt64(count),
                ZSTD_findFrameCompressedSize(packed.baseAddress, packed.count) == packed.count
            else { return nil }
            let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, written in
                let got = ZSTD_decompress(target.baseAddress, count, packed.baseAddress, packed.count)
                written = ZSTD_isError(got) == 0 ? got : 0
            }
            return pixels.count == count ? pixels : nil
        }
    }
}
