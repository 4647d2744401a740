import Concurrency
import DeepCache
import Models
import Video
import Vision

/// A frame fitted into a model's input: what waits is as large as the input, however large the video.
package struct PreparedFrame {
    package let info: FrameInfo
    package let pixels: PixelBuffer
    /// Where the frame lies in the input.
    package let placement: Placement
    /// Displacements since the last frame that the codec suggests, in model pixels.
    let candidates: [Motion]
    /// Of all pictures of the frame.
    let milliseconds: Double
    /// The same frame as other models see it.
    var others: [PreparedFrame] = []
    /// The frame itself, where it is wanted together with its result.
    var frame: Frame?

    /// The same frame with other pixels.
    func replacing(_ pixels: PixelBuffer) -> PreparedFrame {
        PreparedFrame(
            info: info, pixels: pixels, placement: placement, candidates: candidates, milliseconds: milliseconds, frame: frame)
    }

    /// The frame as those models see it that see this one of the pictures.
    func picture(_ index: Int) -> PreparedFrame { index == 0 ? self : others[index - 1] }

    /// All that the frame's pictures are in, in the order of `FramePreparer.makeBuffers`.
    var buffers: [PixelBuffer] { [pixels] + others.map(\.pixels) }
}

/// Fits frames into a model's input: once for all models that see the same pictures. Frames may differ in size.
package final class FramePreparer {
    private let preprocessor: Preprocessor
    private let buffer: PixelBuffer
    private var source: FrameSampling?
    /// Present where motion vectors are of use.
    private var motion: CodecMotion?
    /// For models that see other pictures.
    private let others: [FramePreparer]

    /// Whether prepared frames keep the frames that they were made of.
    let keepsFrames: Bool

    /// - Parameters:
    ///   - others: models that see other pictures, each its own; they stand in `PreparedFrame.others`.
    ///   - usesMotionVectors: whether prepared frames have candidates.
    package init(
        _ model: ModelProfile, others: [ModelProfile] = [], usesMotionVectors: Bool = false, keepsFrames: Bool = false
    ) throws(DeepVidError) {
        self.keepsFrames = keepsFrames
        do throws(VisionError) {
            preprocessor = try Preprocessor(card: model.card.input, modelWidth: model.width, modelHeight: model.height)
        } catch {
            throw DeepVidError(.unusableModel, "\(model.name): \(error.description)", cause: error)
        }
        buffer = preprocessor.makeBuffer()
        self.others = try others.map { (other) throws(DeepVidError) in try FramePreparer(other) }
        if usesMotionVectors { motion = CodecMotion() }
    }

    func makeBuffer() -> PixelBuffer { preprocessor.makeBuffer() }

    /// For all pictures of a frame.
    package func makeBuffers() -> [PixelBuffer] { [makeBuffer()] + others.map { $0.makeBuffer() } }

    /// - Parameters:
    ///   - buffers: from `makeBuffers`; nil takes some that are valid until the next call.
    ///   - index: of the frame, where it is not the frame's own.
    ///   - wanted: which of the frame's pictures are looked at; the others are not drawn. Nil draws all.
    package func prepare(
        _ frame: Frame, into buffers: [PixelBuffer]? = nil, index: Int? = nil, wanted: Set<Int>? = nil
    ) throws(DeepVidError) -> PreparedFrame {
        let watch = Stopwatch(), buffer = buffers?[0] ?? self.buffer
        let source = source ?? FrameSampling(frame)
        self.source = source
        source.frame = frame
        let placement =
            if wanted?.contains(0) ?? true {
                try onFrame(frame.index) { () throws(VisionError) in try preprocessor.prepare(source, into: buffer) }
            } else {
                preprocessor.placement(width: frame.width, height: frame.height)
            }
        var pictures: [PreparedFrame] = []
        for (place, other) in others.enumerated() {
            let isWanted: Set<Int>? = wanted.map { $0.contains(place + 1) ? [0] : [] }
            pictures.append(try other.prepare(frame, into: buffers.map { [$0[place + 1]] }, index: index, wanted: isWanted))
        }
        return PreparedFrame(
            info: FrameInfo(frame, index: index), pixels: buffer, placement: placement,
            candidates: motion?.candidates(of: frame, placement) ?? [], milliseconds: watch.milliseconds, others: pictures,
            frame: keepsFrames ? frame : nil)
    }

    /// The next frame follows none.
    func reset() { if motion != nil { motion = CodecMotion() } }
}

/// Runs `body`; its `VisionError` becomes one that names the frame.
package func onFrame<T>(_ index: Int, _ body: () throws(VisionError) -> T) throws(DeepVidError) -> T {
    do throws(VisionError) { return try body() } catch {
        throw DeepVidError(.modelFailed, "frame \(index): \(error.description)", cause: error)
    }
}
