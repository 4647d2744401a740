import DeepCache
import Models
import Video
import Vision

/// What one frame's reuse came to, place by place: for pictures. Cheap to take, for nothing is copied.
package struct ReuseTrace {
    /// Nil when the frame was not compared with an earlier one.
    package let match: Match?
    package let placement: Placement
    /// Its masks are this frame's until the next one.
    package let session: IncrementalSession

    /// Which pixels of the model's input changed; nil when nothing was compared.
    package var changed: ChangeMask? { match?.mask(width: placement.modelWidth, height: placement.modelHeight) }
}

/// Runs a model with reuse over inputs and shows what reuse did in every frame.
public final class ReuseTracing {
    private let model: LoadedModel
    private let options: RunOptions
    private let control: RunControl
    /// One line for people.
    public let summary: String

    /// - Throws: when the model cannot be used, or nothing of it can be reused.
    public init(_ options: RunOptions, control: RunControl) throws(DeepVidError) {
        var options = options
        options.video.exportMotionVectors = true
        let model = try LoadedModel(options.model)
        options.reuse.follow([model.card])
        (self.options, self.control, self.model, summary) = (options, control, model, model.summary)
        try ModelAnalyzer(model, options).checkReuse(to: "draw")
    }

    /// - Parameter onFrame: throws to end the run there.
    package func run<Failure: Error>(
        _ input: String, onProgress: (RunProgress) -> Void = { _ in },
        onFrame: @escaping (Frame, FrameResult, ReuseTrace) throws(Failure) -> Void
    ) throws(Failure) -> (summary: RunSummary, info: StreamInfo?) {
        let processor = Processor(model, options)
        var info: StreamInfo?
        let summary = try Run(input, options: options, control: control, processor: processor).run(
            into: { (_, output) throws(Failure) in
                switch output {
                case .begin(let opened, _): info = opened
                case .frame(let result): try onFrame(processor.frame!, result, processor.analyzer!.trace!)
                default: break
                }
            }, onProgress: onProgress)
        return (summary, info)
    }

    private final class Processor: FrameProcessor {
        private let model: LoadedModel
        private let options: RunOptions
        private(set) var analyzer: ModelAnalyzer?
        private(set) var frame: Frame?

        init(_ model: LoadedModel, _ options: RunOptions) { (self.model, self.options) = (model, options) }

        func begin(_ info: StreamInfo) throws(DeepVidError) {
            analyzer = try ModelAnalyzer(model.shaped(for: (info.width, info.height), options), options)
        }

        func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
            self.frame = frame
            return try analyzer!.process(frame, index: index)
        }
    }
}
