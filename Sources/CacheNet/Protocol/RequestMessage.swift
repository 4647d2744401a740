import CZstd
import FoundationEssentials
import Models
import Vision

extension WireInferRequest {
    /// - Parameter deadline: how long the device still waits.
    public init(_ request: EdgeRequest, bundle: String, deadline: Duration) {
        self.init()
        let placement = request.placement
        self.bundle = bundle
        width = UInt32(clamping: placement.modelWidth)
        height = UInt32(clamping: placement.modelHeight)
        channels = UInt32(clamping: request.channels)
        if let packed = PixelPacking.packed(request.pixels) { (pixels, encoding) = (packed, .zstd) } else { pixels = Data(request.pixels) }
        self.placement = .with {
            $0.sourceWidth = UInt32(clamping: placement.sourceWidth)
            $0.sourceHeight = UInt32(clamping: placement.sourceHeight)
            $0.x = Int32(clamping: placement.picture.x)
            $0.y = Int32(clamping: placement.picture.y)
            $0.width = UInt32(clamping: placement.picture.width)
            $0.height = UInt32(clamping: placement.picture.height)
        }
        // Rounded up: 0 would say nothing.
        deadlineMs = UInt32(clamping: Int64(max(1, (deadline / .milliseconds(1)).rounded(.up))))
    }

    /// What the device asks for, after every field has been checked.
    ///
    /// - Parameter input: the width, height and channels that the bundle's models take.
    /// - Throws: code `invalidRequest`, in a sentence for whoever wrote the device's program.
    public func checked(input: (width: Int, height: Int, channels: Int)) throws(DeepVidError) -> EdgeRequest {
        guard (Int(width), Int(height), Int(channels)) == input else {
            throw DeepVidError(
                .invalidRequest,
                "a picture of \(width)×\(height) with \(channels) channels, where the models take "
                    + "\(input.width)×\(input.height) with \(input.channels)")
        }
        let count = input.width * input.height * input.channels
        let pixels = try unpackedPixels(count)
        let checked = Placement(
            sourceWidth: Int(placement.sourceWidth), sourceHeight: Int(placement.sourceHeight), modelWidth: input.width,
            modelHeight: input.height,
            picture: PixelRect(x: Int(placement.x), y: Int(placement.y), width: Int(placement.width), height: Int(placement.height)))
        guard hasPlacement, checked.isPlausible else {
            throw DeepVidError(.invalidRequest, "the placement is missing, or none of a picture in the models' input")
        }
        return EdgeRequest(pixels: pixels, channels: input.channels, placement: checked)
    }

    /// Of the device, from when the request came; nil if it waits as long as it takes.
    public var deadline: Duration? { deadlineMs == 0 ? nil : .milliseconds(Int64(deadlineMs)) }

    private func unpackedPixels(_ count: Int) throws(DeepVidError) -> [UInt8] {
        switch encoding {
        case .raw:
            guard pixels.count == count else {
                throw DeepVidError(.invalidRequest, "\(pixels.count) bytes of pixels, where the picture has \(count)")
            }
            return [UInt8](pixels)
        case .zstd:
            guard let unpacked = PixelPacking.unpacked(pixels, count: count) else {
                throw DeepVidError(.invalidRequest, "the pixels are not one zstd frame of \(count) bytes that states its content's size")
            }
            return unpacked
        case .UNRECOGNIZED(let value): throw DeepVidError(.invalidRequest, "unknown pixel encoding \(value): 0 is raw, 1 is zstd")
        }
    }
}

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
