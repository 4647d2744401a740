import Models
import Video
import Vision

/// Fits frames into a model's input: once for all models that see the same pictures.
final class FramePreparation {
    /// What the last frame became.
    let buffer: PixelBuffer
    private let preprocessor: Preprocessor
    private var picture: FramePicture?

    /// - Parameter model: what errors call it.
    init(_ card: InputCard, width: Int, height: Int, model: String) throws(DeepVidError) {
        do throws(VisionError) {
            preprocessor = try Preprocessor(card: card, modelWidth: width, modelHeight: height)
        } catch {
            throw DeepVidError(.unusableModel, "\(model): \(error.description)")
        }
        buffer = preprocessor.makeBuffer()
    }

    func makeBuffer() -> PixelBuffer { preprocessor.makeBuffer() }

    /// - Returns: where the frame lies in the input.
    func prepare(_ frame: Frame) throws(DeepVidError) -> Placement { try prepare(frame, into: buffer) }

    /// The same into a buffer from `makeBuffer`.
    func prepare(_ frame: Frame, into buffer: PixelBuffer) throws(DeepVidError) -> Placement {
        let picture = picture ?? FramePicture(frame)
        self.picture = picture
        picture.frame = frame
        return try onFrame(frame.index) { () throws(VisionError) in try preprocessor.prepare(picture, into: buffer) }
    }
}
