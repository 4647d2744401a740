import Video

/// A video frame as the preprocessor sees it: the one place where Vision meets Video's sampler.
struct FrameSource: PictureSource {
    let frame: Frame
    let samplers: FrameSamplers

    var width: Int { frame.width }
    var height: Int { frame.height }

    func sample(
        size: (width: Int, height: Int), part: PixelRect, order: InputCard.Color, into target: UnsafeMutablePointer<UInt8>, rowBytes: Int
    ) throws(VisionError) {
        let sampler = samplers.sampler(width: size.width, height: size.height, order: order == .bgr ? .bgr : .rgb)
        // The sampler counts from the resized picture's own corner, and wants rows that hold all of it up to the part.
        guard rowBytes >= 3 * part.maxX else { return try sampleCropped(sampler, part, target, rowBytes) }
        let corner = target - (part.y * rowBytes + 3 * part.x)
        try write(sampler, part, UnsafeMutableBufferPointer(start: corner, count: (part.maxY - 1) * rowBytes + 3 * part.maxX), rowBytes)
    }

    /// For a part that lies further right than the target is wide: by way of a picture of its own.
    private func sampleCropped(
        _ sampler: PixelSampler, _ part: PixelRect, _ target: UnsafeMutablePointer<UInt8>, _ rowBytes: Int
    ) throws(VisionError) {
        let wide = 3 * part.maxX
        let rows = samplers.rows(byteCount: wide * part.height)
        let corner = rows.baseAddress! - part.y * wide
        try write(sampler, part, UnsafeMutableBufferPointer(start: corner, count: wide * part.maxY), wide)
        for y in 0..<part.height {
            (target + y * rowBytes).update(from: rows.baseAddress! + y * wide + 3 * part.x, count: 3 * part.width)
        }
    }

    private func write(
        _ sampler: PixelSampler, _ part: PixelRect, _ pixels: UnsafeMutableBufferPointer<UInt8>, _ rowBytes: Int
    ) throws(VisionError) {
        do throws(VideoError) {
            try sampler.sample(
                frame, into: pixels, rowStride: rowBytes, columns: part.x..<part.maxX, rows: part.y..<part.maxY)
        } catch {
            throw VisionError(.invalidInput, "the frame's pixels cannot be read", cause: error)
        }
    }
}

/// The samplers of a preprocessor, one for each size: they keep the tables of their geometry.
final class FrameSamplers {
    private var samplers: [PixelSampler] = []
    private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    deinit { memory.deallocate() }

    func sampler(width: Int, height: Int, order: PixelSampler.Order) -> PixelSampler {
        if let known = samplers.first(where: { $0.width == width && $0.height == height && $0.order == order }) { return known }
        let made = PixelSampler(width: width, height: height, order: order)
        // A stream changes its size seldom; a few sizes are enough to go back and forth.
        if samplers.count == 4 { samplers.removeFirst() }
        samplers.append(made)
        return made
    }

    /// Memory that lasts until the next call.
    func rows(byteCount: Int) -> UnsafeMutableBufferPointer<UInt8> {
        if memory.count < byteCount {
            memory.deallocate()
            memory = .allocate(capacity: byteCount)
            memory.initialize(repeating: 0)
        }
        return memory
    }
}

extension Preprocessor {
    /// Writes a video frame into `buffer`, as `prepare` does for any picture.
    @discardableResult
    public func prepare(_ frame: Frame, into buffer: PixelBuffer, only areas: [PixelRect]? = nil) throws(VisionError) -> Placement {
        try prepare(FrameSource(frame: frame, samplers: samplers), into: buffer, only: areas)
    }
}
