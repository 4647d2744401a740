import CacheNet
import DeepCache
import Models
import Video
import Vision

/// Everything that came of one frame that was computed both ways.
public struct ComparedFrame {
    package let frame: Frame
    public let dense: FrameResult
    public let reused: FrameResult
    /// 0…1; nil where neither the dense answer nor that of any policy has anything: all policies are judged by the same frames, and a
    /// policy that rightly has nothing, where another has something, agrees.
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

/// Runs a model dense and with reuse, by one policy or several, side by side over inputs. Of a bundle, its full model runs dense, and the
/// others are what is chosen among all its models.
///
/// Frames are decoded, and computed in full, once for all policies.
public final class Comparison {
    private let routed: RoutedModels?
    /// What is compared with dense inference, with the model's target where no other was asked for.
    public let policies: [ReuseOptions]
    /// That runs dense.
    package let model: LoadedModel
    /// It, or the bundle that it is of.
    package let subject: Model
    /// What counts as agreeing.
    package let rule: Agreement.Rule
    private let options: RunOptions
    private let control: RunControl
    private var sides: Sides

    /// Who answers the frames of an input.
    private struct Sides {
        let dense: ModelAnalyzer
        /// By policy; the memory is the last.
        let compared: [any FrameAnalyzer]
        let size: (width: Int, height: Int)
        /// Frames that are given to each in turn.
        let window: Int
    }

    /// What a run over an input came to.
    public struct Outcome {
        public var summary: RunSummary
        /// Nil if the input could not be opened.
        public var info: StreamInfo?
        /// What randomly drawn frames say, policy by policy; nil for policies that do not audit.
        public var audited: [RunSummary.Agreement?]
    }

    /// - Parameters:
    ///   - options: whose `reuse` says what has to agree, and nothing else; where objects are followed, answers have the weaker boxes by
    ///     which a tracker goes on, too.
    ///   - policies: what is compared with dense inference; one at least, or a memory; all with the same `agreeOn`. The memory of
    ///     `options`, if there is one, comes after them: early exits without reuse.
    ///   - routing: of a bundle whose models are chosen among, by each of the policies, instead of one model; `off` may be one of them.
    /// - Throws: when the model cannot be used, or nothing of it can be reused.
    public init(
        _ options: RunOptions, policies: [ReuseOptions], routing: RouteOptions? = nil, control: RunControl = RunControl()
    ) throws(DeepVidError) {
        (self.options, self.control) = (options, control)
        let rule = options.reuse.agreeOn.rule
        let routed = try routing.map { (routing) throws(DeepVidError) in try RoutedModels(routing, model: options.model) }
        let model = if let routed { try routed.load(BundleFile.full, of: routed.bundle) } else { try LoadedModel(options.model) }
        try Model(model).checkCalibration(isLive: true)
        let subject = if let routed { Model(routed) } else { Model(model) }
        self.policies = policies.map { policy in
            var policy = policy
            policy.follow(subject.cards)
            return policy
        }
        (self.model, self.rule, self.routed, self.subject) = (model, rule, routed, subject)
        sides = try Self.makeSides(model, routed, options, self.policies)
    }

    private static func makeSides(
        _ model: LoadedModel, _ routed: RoutedModels?, _ options: RunOptions, _ policies: [ReuseOptions]
    ) throws(DeepVidError) -> Sides {
        // A tracker goes on with weaker boxes than those that are compared.
        let rule = options.reuse.agreeOn.rule
        let least = min(model.scores.least(for: rule), options.output.isTracking ? model.scores.tracked : 1)
        var compared = try policies.map { (policy) throws(DeepVidError) -> any FrameAnalyzer in
            var options = options
            (options.reuse, options.memory) = (policy, nil)
            try options.checkValues()
            if let routed { return try RoutedAnalyzer(routed, options, minimumScore: least) }
            let analyzer = try ModelAnalyzer(model, options, minimumScore: least, window: FrameWindow.length(policy))
            try analyzer.checkReuse(to: "compare")
            return analyzer
        }
        var off = options
        off.reuse.policy = .off
        if off.memory != nil { compared.append(try ModelAnalyzer(model, off, minimumScore: least)) }
        off.memory = nil
        let dense = try ModelAnalyzer(model, off, minimumScore: least)
        return Sides(
            dense: dense, compared: compared, size: (model.input.width, model.input.height),
            window: policies.map(FrameWindow.length).max() ?? 1)
    }

    /// One line for people.
    public var summary: String { subject.summary }
    /// Whether answers are boxes.
    public var findsObjects: Bool { model.profile.card.head.isDetector }

    /// Compares until the input ends, fails or the run is stopped; what was compared until then counts.
    ///
    /// - Parameter onFrame: called for each policy, by its index, with each frame.
    public func run(
        _ input: String, onProgress: (RunProgress) -> Void = { _ in }, onFrame: @escaping (_ policy: Int, ComparedFrame) -> Void
    ) -> Outcome {
        let processor = Processor(self, onFrame)
        var info: StreamInfo?
        var summary = Run(input, options: options, control: control, processor: processor).run(
            into: { _, output in if case .begin(let opened, _) = output { info = opened } }, onProgress: onProgress)
        do throws(DeepVidError) { try processor.finish() } catch {
            (summary.reason, summary.error) = (.failed, summary.error ?? error)
        }
        let audited = sides.compared.enumerated().map { index, analyzer in
            var own = summary
            // The memory runs without reuse.
            own.reuse = RunSummary.Reuse(policy: index < policies.count ? policies[index].policy : .off, share: 0)
            analyzer.complete(&own)
            return own.reuse?.agreement
        }
        return Outcome(summary: summary, info: info, audited: audited)
    }

    private func begin(_ info: StreamInfo) throws(DeepVidError) {
        let shaped = routed == nil ? try model.shaped(for: (info.width, info.height), options) : model
        if (shaped.input.width, shaped.input.height) != sides.size {
            sides = try Self.makeSides(shaped, routed, options, policies)
        } else {
            for analyzer in sides.compared { analyzer.begin() }
            sides.dense.begin()
        }
    }

    private final class Processor: FrameProcessor {
        private let comparison: Comparison
        private let onFrame: (Int, ComparedFrame) -> Void
        private let noise = FloorMeter()
        /// Frames that were not computed yet.
        private var waiting: [Frame] = []
        /// What the pictures of a window are fitted into, by side.
        private var buffers: [[[PixelBuffer]]] = []
        /// Windows so far.
        private var turn = 0

        init(_ comparison: Comparison, _ onFrame: @escaping (Int, ComparedFrame) -> Void) {
            (self.comparison, self.onFrame) = (comparison, onFrame)
        }

        func begin(_ info: StreamInfo) throws(DeepVidError) {
            try comparison.begin(info)
            noise.begin()
            let sides = [comparison.sides.dense as any FrameAnalyzer] + comparison.sides.compared
            buffers = sides.map { side in (0..<comparison.sides.window).map { _ in side.preparer.makeBuffers() } }
        }

        /// Gives an empty result: what came of the frame goes to `onFrame`.
        func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
            waiting.append(frame)
            if waiting.count == comparison.sides.window { try finish() }
            return FrameResult(FrameInfo(frame, index: index), answer: .detections([]), timing: .init(decode: frame.decodeMilliseconds))
        }

        /// Computes the frames that wait.
        func finish() throws(DeepVidError) {
            defer { waiting.removeAll() }
            let sides: [any FrameAnalyzer] = [comparison.sides.dense] + comparison.sides.compared
            var results = [[FrameResult]](repeating: [], count: sides.count), traces: [Int: ReuseTrace] = [:]
            // Each goes first in its turn: who comes later finds the frame's planes in the processor's caches.
            for place in sides.indices {
                let side = (turn + place) % sides.count, analyzer = sides[side], model = analyzer as? ModelAnalyzer
                var prepared: [PreparedFrame] = []
                for (index, frame) in waiting.enumerated() {
                    prepared.append(try analyzer.preparer.prepare(frame, into: buffers[side][index]))
                }
                try analyzer.analyze(prepared, follows: true, into: &results[side]) { index in
                    traces[side * waiting.count + index] = model?.trace
                }
            }
            turn += 1
            for (index, frame) in waiting.enumerated() {
                let own = results.map { $0[index] }
                try compare(frame, own[0], own.dropFirst().map { $0 }) { traces[($0 + 1) * waiting.count + index] }
            }
        }

        private func compare(
            _ frame: Frame, _ exact: FrameResult, _ results: [FrameResult], trace: (_ policy: Int) -> ReuseTrace?
        ) throws(DeepVidError) {
            let score = comparison.model.score, rule = comparison.rule
            let floor = try noise.measure(frame, exact.answer, by: comparison.sides.dense, score: score, rule: rule)
            let agreements = results.map { Agreement.between($0.answer, exact.answer, score: score, rule: rule) }
            let isJudged = agreements.contains { $0 != nil }
            for (policy, reused) in results.enumerated() {
                let agreement = agreements[policy]
                let strict = Agreement.between(reused.answer, exact.answer, score: score, rule: .strict)
                onFrame(
                    policy,
                    ComparedFrame(
                        frame: frame, dense: exact, reused: reused,
                        agreement: agreement ?? (isJudged ? 1 : nil), strict: agreement == nil && isJudged ? 1 : strict, floor: floor,
                        trace: trace(policy)))
            }
        }
    }
}
