import Results
import Video
import Vision

/// Frame in, answer out: preparation, network, head. All buffers are made once.
final class FrameAnalyzer {
    private let model: LoadedModel
    private let preprocessor: Preprocessor
    private let buffer: PixelBuffer
    private let network: Network
    private var picture: FramePicture?

    init(_ model: LoadedModel, threads: Int) throws(PipelineError) {
        self.model = model
        do throws(VisionError) {
            preprocessor = try Preprocessor(card: model.card.input, modelWidth: model.input.width, modelHeight: model.input.height)
        } catch {
            throw PipelineError(code: "unusable_model", "\(model.name): \(error.description)")
        }
        buffer = preprocessor.makeBuffer()
        network = Network(model, threads: threads)
    }

    /// What the model sees in `frame`, and the milliseconds that took. Frames may differ in size.
    func analyze(_ frame: Frame) throws(PipelineError) -> (result: HeadResult, milliseconds: Double) {
        let watch = Stopwatch()
        let picture = picture ?? FramePicture(frame)
        self.picture = picture
        picture.frame = frame
        let placement = try onFrame(frame) { () throws(VisionError) in try preprocessor.prepare(picture, into: buffer) }
        let outputs = try network.run(buffer)
        let result = try onFrame(frame) { () throws(VisionError) in try model.head.decode(outputs, placement: placement) }
        return (filtered(result), watch.milliseconds)
    }

    private func onFrame<T>(_ frame: Frame, _ body: () throws(VisionError) -> T) throws(PipelineError) -> T {
        do throws(VisionError) {
            return try body()
        } catch {
            throw PipelineError(code: "model_failed", "frame \(frame.index): \(error.description)")
        }
    }

    private func filtered(_ result: HeadResult) -> HeadResult {
        guard let wanted = model.wantedClasses else { return result }
        return switch result {
        case .detections(let all): .detections(all.filter { wanted.contains($0.label) })
        case .classes(let all): .classes(Array(all.filter { wanted.contains($0.label) }.prefix(model.topK ?? 5)))
        case .embedding: result
        }
    }
}
