import CacheNet
import FoundationEssentials
import Vision

/// Why a message of a device means nothing, in a sentence.
public struct RequestFault: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

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
    public func checked(input: (width: Int, height: Int, channels: Int)) throws(RequestFault) -> EdgeRequest {
        guard (Int(width), Int(height), Int(channels)) == input else {
            throw RequestFault(
                "a picture of \(width)×\(height) with \(channels) channels, where the models take "
                    + "\(input.width)×\(input.height) with \(input.channels)")
        }
        let count = input.width * input.height * input.channels
        return EdgeRequest(pixels: try pixels(count), channels: input.channels, placement: try checkedPlacement(input.width, input.height))
    }

    /// Of the device, from when the request came; nil if it waits as long as it takes.
    public var deadline: Duration? { deadlineMs == 0 ? nil : .milliseconds(Int64(deadlineMs)) }

    private func pixels(_ count: Int) throws(RequestFault) -> [UInt8] {
        switch encoding {
        case .raw:
            guard pixels.count == count else { throw RequestFault("\(pixels.count) bytes of pixels, where the picture has \(count)") }
            return [UInt8](pixels)
        case .zstd:
            guard let unpacked = PixelPacking.unpacked(pixels, count: count) else {
                throw RequestFault("the pixels are not one zstd frame of \(count) bytes that states its content's size")
            }
            return unpacked
        case .UNRECOGNIZED(let value): throw RequestFault("unknown pixel encoding \(value): 0 is raw, 1 is zstd")
        }
    }

    private func checkedPlacement(_ modelWidth: Int, _ modelHeight: Int) throws(RequestFault) -> Placement {
        let extents: ClosedRange<UInt32> = 1...(1 << 24)
        let offsets: ClosedRange<Int32> = -(1 << 24)...(1 << 24)
        guard hasPlacement,
            [placement.sourceWidth, placement.sourceHeight, placement.width, placement.height].allSatisfy(extents.contains),
            offsets.contains(placement.x), offsets.contains(placement.y)
        else { throw RequestFault("the placement is missing, or none of a picture in the models' input") }
        return Placement(
            sourceWidth: Int(placement.sourceWidth), sourceHeight: Int(placement.sourceHeight), modelWidth: modelWidth,
            modelHeight: modelHeight,
            picture: PixelRect(x: Int(placement.x), y: Int(placement.y), width: Int(placement.width), height: Int(placement.height)))
    }
}
