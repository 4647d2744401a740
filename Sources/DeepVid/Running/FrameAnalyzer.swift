import Concurrency
import Models
import DeepCache
import Inference
import Results
import Video
import Vision

/// What came of one frame.
struct FrameAnalysis {
    var result: HeadResult
    var cache: Cache?
    var exit: Exit?
    var matchMilliseconds: Double?
    var inferMilliseconds: Double
    /// How unsure the model was, in nats; nil where that is not measured.
    var entropy: Double?
    /// Which model of a bundle answered.
    var route: Route?
}

/// Frame in, answer out: preparation, network, head. All buffers are made once.
final class FrameAnalyzer: FrameAnalyzing {
    private let model: LoadedModel
    /// Least score of what analyses contain.
    private let minimumScore: Float
    private let preparation: FramePreparation
    private let network: Network
    /// Whether analyses say how unsure the model was.
    var measuresEntropy = false
    /// Leaves the network early; nil when that was not asked for.
    let memory: MemoryRecall?

    private enum Network {
        case dense(DenseNetwork)
        case cached(any ReusingNetwork)
    }

    /// The policy in force: `off` also for a model of which nothing can be reused.
    let policy: CacheOptions.Policy
    /// Present where motion vectors are of use.
    private var codecMotion: CodecMotion?
    private var schedule = AuditSchedule()
    private var last: (result: HeadResult, placement: Placement, entropy: Double?)?
    /// Why nothing can be reused for the first frame.
    private var firstReason = "first_frame"

    /// - Parameters:
    ///   - follows: whether objects are followed, for which weaker ones than those to be reported are of use.
    ///   - preparation: of models that see the same pictures; nil makes one.
    init(
        _ model: LoadedModel, threads: Int, cache: CacheOptions, memory: MemoryOptions? = nil, follows: Bool = false,
        minimumScore: Float? = nil, preparation: FramePreparation? = nil
    ) throws(DeepVidError) {
        self.model = model
        self.minimumScore = minimumScore ?? (follows ? model.scores.tracked : model.scores.reported)
        if let memory { self.memory = try MemoryRecall(model, memory) } else { self.memory = nil }
        self.preparation =
            if let preparation { preparation } else {
                try FramePreparation(model.card.input, width: model.input.width, height: model.input.height, model: model.name)
            }
        let buffer = self.preparation.buffer
        // Models that do not start on an image (a Flatten first, say) have nothing that could be reused by pixels.
        if cache.policy != .off, let cached = try? cache.makeNetwork(model, picture: buffer, threads: threads) {
            (network, policy) = (.cached(cached), cache.policy)
            cached.makeProbe = self.memory?.makeProbe
            if let memory = self.memory { (cached as? AdaptiveNetwork)?.willComputeAgain = memory.again }
            if cache.wantsMotionVectors { codecMotion = CodecMotion() }
        } else {
            let dense = DenseNetwork(model, threads: threads)
            dense.session.probe = self.memory?.makeProbe()
            (network, policy) = (.dense(dense), .off)
        }
    }

    /// Agreement over the audited frames, and how many they were.
    var audit: (agreement: Double, frames: Int)? {
        adaptive.flatMap { adaptive in adaptive.controller.agreement.map { ($0, adaptive.controller.audits) } }
    }

    func saveMemory() throws(DeepVidError) { try memory?.save() }

    /// Adds to the `end` record what is known here.
    func complete(_ end: inout EndRecord) {
        if let audit {
            end.cache?.agreement = audit.agreement
            end.cache?.audits = audit.frames
        }
        end.exits = memory?.summary
    }

    /// The tolerance in force; nil without reuse.
    var epsilon: Float? { adaptive?.epsilon }

    /// The network, where audits steer it.
    private var adaptive: AdaptiveNetwork? { if case .cached(let network) = network { network as? AdaptiveNetwork } else { nil } }

    /// Where the last frame changed and what was computed again; nil without reuse.
    var trace: ReuseTrace? {
        guard case .cached(let cached) = network, let last else { return nil }
        return ReuseTrace(match: cached.lastMatch, placement: last.placement, session: cached.session)
    }

    /// Starts another input: nothing of the last one is reused.
    func reset() {
        last = nil
        memory?.reset()
        if codecMotion != nil { codecMotion = CodecMotion() }
        if case .cached(let cached) = network { cached.reset() }
    }

    /// What later answers depend on, besides the frames to come: everything but the activations.
    struct State: Codable, Sendable {
        var schedule: AuditSchedule
        var steering: AdaptiveNetwork.Steering?
    }

    var state: AnalyzerState { .one(ownState) }

    var ownState: State { State(schedule: schedule, steering: adaptive?.steering) }

    /// An analyzer without activations that goes on where another one was. Its first frame has the reason `checkpoint`.
    convenience init(
        _ model: LoadedModel, _ options: InferenceOptions, preparation: FramePreparation? = nil, resuming state: State? = nil
    ) throws(DeepVidError) {
        try self.init(
            model, threads: options.threads, cache: options.cache, memory: options.memory, follows: options.recording.isTracking,
            preparation: preparation)
        guard let state else { return }
        schedule = state.schedule
        if let steering = state.steering { adaptive?.steering = steering }
        firstReason = "checkpoint"
    }

    /// What the model sees in `frame`, and the milliseconds that took. Frames may differ in size.
    func analyze(_ frame: Frame) throws(DeepVidError) -> FrameAnalysis {
        let watch = Stopwatch()
        return try analyze(frame, try preparation.prepare(frame), watch)
    }

    /// The same for a frame that was prepared in this analyzer's preparation already; `watch` began when work on it did.
    func analyze(_ frame: Frame, _ placement: Placement, _ watch: Stopwatch) throws(DeepVidError) -> FrameAnalysis {
        let candidates = codecMotion?.candidates(of: frame, placement) ?? []
        return try analyze(frame.index, preparation.buffer, placement, candidates, watch)
    }

    /// The same for a frame in a buffer of its own. There are no motion vectors of it.
    func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameAnalysis {
        var analysis = try analyze(frame.facts.index, frame.buffer, frame.placement, [], Stopwatch())
        analysis.inferMilliseconds += frame.milliseconds
        return analysis
    }

    private func analyze(
        _ frame: Int, _ buffer: PixelBuffer, _ placement: Placement, _ candidates: [Motion], _ watch: Stopwatch
    ) throws(DeepVidError) -> FrameAnalysis {
        switch network {
        case .dense(let dense):
            memory?.begin()
            let outputs = try dense.run(buffer)
            let (result, exit) = try answer(outputs, placement, frame)
            return FrameAnalysis(
                result: model.filter(result), exit: exit, inferMilliseconds: watch.milliseconds, entropy: try entropy(outputs, frame))
        case .cached(let cached):
            return try analyze(frame, buffer, placement, candidates, cached, watch)
        }
    }

    private func analyze(
        _ frame: Int, _ buffer: PixelBuffer, _ placement: Placement, _ candidates: [Motion], _ cached: any ReusingNetwork,
        _ watch: Stopwatch
    ) throws(DeepVidError) -> FrameAnalysis {
        if let last, last.placement != placement {
            cached.reset()
            memory?.reset()
        }
        memory?.begin()
        let answer = try cached.run(buffer, candidates: candidates)
        var cache = Cache(policy: policy.rawValue, reused: answer.reused, reason: answer.reason)
        if cache.reason == "first_frame" { (cache.reason, firstReason) = (firstReason, cache.reason!) }
        let result: HeadResult
        var exit: Exit?
        var entropy: Double?
        let isDue = schedule.isDue(
            cost: answer.outputs == nil ? 0.05 : answer.reason == nil ? cached.session.cost : 1,
            computed: answer.reason == nil ? 1 - answer.reused : 0)
        if let left = memory?.exit() {
            (result, exit) = (left.result, left.exit)
        } else if var outputs = answer.outputs {
            if isDue || answer.reason == nil && memory?.auditIsDue == true, let adaptive, adaptive.isAudited {
                if schedule.isSettling {
                    memory?.again()
                    outputs = try adaptive.refresh(buffer)
                    schedule.audited()
                    (cache.reused, cache.reason) = (0, "settled")
                } else {
                    try audit(adaptive, buffer, &outputs, placement, frame)
                    (cache.reused, cache.reason) = (0, "audit")
                }
            }
            (result, exit) = try self.answer(outputs, placement, frame)
            entropy = try self.entropy(outputs, frame)
            if cache.reason != "busy" { adaptive?.watch(outputs) }
        } else {
            // No block changed, so neither did the answer.
            (result, entropy) = (last!.result, last!.entropy)
            memory?.unchanged()
        }
        last = (result, placement, entropy)
        return FrameAnalysis(
            result: model.filter(result), cache: cache, exit: exit, matchMilliseconds: answer.matchMilliseconds,
            inferMilliseconds: watch.milliseconds - answer.matchMilliseconds, entropy: entropy)
    }

    /// Runs the frame densely as well, and learns from the difference; the dense outputs are then the frame's.
    private func audit(
        _ cached: AdaptiveNetwork, _ buffer: PixelBuffer, _ outputs: inout [NamedTensor], _ placement: Placement, _ frame: Int
    ) throws(DeepVidError) {
        memory?.again()
        let reused = outputs, exact = try cached.refresh(buffer)
        cached.learn(try onFrame(frame) { () throws(VisionError) in try model.audit(reused, exact, placement: placement) })
        outputs = exact
        schedule.audited()
    }

    /// The frame's answer, from wherever the network was left.
    private func answer(_ outputs: [NamedTensor], _ placement: Placement, _ frame: Int) throws(DeepVidError) -> (HeadResult, Exit?) {
        if let left = memory?.exit() { return left }
        let result = try decode(outputs, placement, frame)
        return (result, try onFrame(frame) { () throws(VisionError) in try memory?.finish(outputs, result, placement: placement) })
    }

    private func decode(
        _ outputs: [NamedTensor], _ placement: Placement, _ frame: Int
    ) throws(DeepVidError) -> HeadResult {
        try onFrame(frame) { () throws(VisionError) in try model.head.decode(outputs, placement: placement, minimumScore: minimumScore) }
    }

    /// By the head that agreement is measured with: what is nearly an object is doubt as well.
    private func entropy(_ outputs: [NamedTensor], _ frame: Int) throws(DeepVidError) -> Double? {
        guard measuresEntropy else { return nil }
        return try onFrame(frame) { () throws(VisionError) in try model.head.uncertainty(outputs, minimumScore: model.scores.audited) }
    }
}

/// Runs `body`; its `VisionError` becomes one that names the frame.
func onFrame<T>(_ index: Int, _ body: () throws(VisionError) -> T) throws(DeepVidError) -> T {
    do throws(VisionError) {
        return try body()
    } catch {
        throw DeepVidError(.modelFailed, "frame \(index): \(error.description)")
    }
}
