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
    let milliseconds: Double
    /// The frame itself, where it is wanted together with its result.
    var frame: Frame?

    /// The same frame with other pixels.
    func replacing(_ pixels: PixelBuffer) -> PreparedFrame {
        PreparedFrame(
            info: info, pixels: pixels, placement: placement, candidates: candidates, milliseconds: milliseconds, frame: frame)
    }
}

/// Fits frames into a model's input: once for all models that see the same pictures. Frames may differ in size.
package final class FramePreparer {
    private let preprocessor: Preprocessor
    private let buffer: PixelBuffer
    private var source: FrameSampling?
    /// Present where motion vectors are of use.
    private var motion: CodecMotion?

    /// Whether prepared frames keep the frames that they were made of.
    let keepsFrames: Bool

    /// - Parameter usesMotionVectors: whether prepared frames have candidates.
    init(_ model: ModelProfile, usesMotionVectors: Bool = false, keepsFrames: Bool = false) throws(DeepVidError) {
        self.keepsFrames = keepsFrames
        do throws(VisionError) {
            preprocessor = try Preprocessor(card: model.card.input, modelWidth: model.width, modelHeight: model.height)
        } catch {
            throw DeepVidError(.unusableModel, "\(model.name): \(error.description)", cause: error)
        }
        buffer = preprocessor.makeBuffer()
        if usesMotionVectors { motion = CodecMotion() }
    }

    func makeBuffer() -> PixelBuffer { preprocessor.makeBuffer() }

    /// - Parameters:
    ///   - buffer: from `makeBuffer`; nil takes one that is valid until the next call.
    ///   - index: of the frame, where it is not the frame's own.
    package func prepare(_ frame: Frame, into buffer: PixelBuffer? = nil, index: Int? = nil) throws(DeepVidError) -> PreparedFrame {
        let watch = Stopwatch(), buffer = buffer ?? self.buffer
        let source = source ?? FrameSampling(frame)
        self.source = source
        source.frame = frame
        let placement = try onFrame(frame.index) { () throws(VisionError) in try preprocessor.prepare(source, into: buffer) }
        return PreparedFrame(
            info: FrameInfo(frame, index: index), pixels: buffer, placement: placement,
            candidates: motion?.candidates(of: frame, placement) ?? [], milliseconds: watch.milliseconds,
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
