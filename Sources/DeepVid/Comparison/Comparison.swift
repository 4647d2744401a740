import DeepCache
import Models
import Video
import Vision

/// Everything that came of one frame that was computed both ways.
public struct ComparedFrame {
    package let frame: Frame
    public let dense: FrameResult
    public let reused: FrameResult
    /// 0…1; nil when neither answer has anything.
    public let agreement: Double?
    /// The same where both sides count only what is reported.
    public let strict: Double?
    /// How the dense answer agrees with that to the picture with noise; nil where that was not measured.
    public let floor: AuditedFrame.Floor?
    package let trace: ReuseTrace?

    /// Milliseconds for the model: with preparation and head, comparing and audits, but without decoding.
    public var denseMilliseconds: Double { dense.timing.total - dense.timing.decode }
    public var reusedMilliseconds: Double { reused.timing.total - reused.timing.decode }
}

/// Runs a model dense and with reuse side by side over inputs.
public final class Comparison {
    private let dense: ModelAnalyzer
    private let reusing: ModelAnalyzer
    package let model: LoadedModel
    /// What counts as agreeing.
    package let rule: Agreement.Rule
    private let options: RunOptions
    private let control: RunControl

    /// - Throws: when the model cannot be used, or nothing of it can be reused.
    public init(_ options: RunOptions, control: RunControl = RunControl()) throws(DeepVidError) {
        (self.options, self.control) = (options, control)
        rule = options.reuse.agreeOn.rule
        let file = try ModelFile(options.model.model)
        let graph = try LoadedModel.importing(file)
        var choice = options.model
        choice.keepsActivations = true
        model = try LoadedModel(choice, file, graph)
        reusing = try ModelAnalyzer(model, options, minimumScore: model.scores.least(for: rule))
        try reusing.checkReuse(to: "compare")
        choice.keepsActivations = false
        var off = options
        off.reuse.policy = .off
        dense = try ModelAnalyzer(try LoadedModel(choice, file, graph), off, minimumScore: model.scores.least(for: rule))
    }

    /// One line for people.
    public var summary: String { model.summary }

    /// Compares until the input ends, fails or the run is stopped; what was compared until then counts.
    ///
    /// - Returns: how the run ended, and the input if it could be opened.
    public func run(
        _ input: String, onProgress: (RunProgress) -> Void = { _ in }, onFrame: @escaping (ComparedFrame) -> Void
    ) -> (summary: RunSummary, info: StreamInfo?) {
        let processor = Processor(self, onFrame)
        var info: StreamInfo?
        let summary = Run(input, options: options, control: control, processor: processor).run(
            into: { _, output in if case .begin(let opened, _) = output { info = opened } }, onProgress: onProgress)
        return (summary, info)
    }

    private final class Processor: FrameProcessor {
        private let comparison: Comparison
        private let onFrame: (ComparedFrame) -> Void
        private let noise = FloorMeter()

        init(_ comparison: Comparison, _ onFrame: @escaping (ComparedFrame) -> Void) {
            (self.comparison, self.onFrame) = (comparison, onFrame)
        }

        func begin() {
            comparison.reusing.begin()
            comparison.dense.begin()
            noise.begin()
        }

        func complete(_ summary: inout RunSummary) { comparison.reusing.complete(&summary) }

        func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
            // Each goes first every other frame: the second finds the frame's planes in the processor's caches.
            let exact: FrameResult, reused: FrameResult
            if frame.index % 2 == 0 {
                exact = try comparison.dense.process(frame, index: nil)
                reused = try comparison.reusing.process(frame, index: nil)
            } else {
                reused = try comparison.reusing.process(frame, index: nil)
                exact = try comparison.dense.process(frame, index: nil)
            }
            let score = comparison.model.score, rule = comparison.rule
            onFrame(
                ComparedFrame(
                    frame: frame, dense: exact, reused: reused,
                    agreement: Agreement.between(reused.answer, exact.answer, score: score, rule: rule),
                    strict: Agreement.between(reused.answer, exact.answer, score: score, rule: .strict),
                    floor: try noise.measure(frame, exact.answer, by: comparison.dense, score: score, rule: rule),
                    trace: comparison.reusing.trace))
            return reused
        }
    }
}
