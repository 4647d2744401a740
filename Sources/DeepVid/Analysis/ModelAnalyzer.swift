import Concurrency
import DeepCache
import Inference
import Models
import Video
import Vision

/// Frames in, results out, by one model: preparation, network, head. Or by several that run as one network, each with its head. All
/// buffers are made once.
package final class ModelAnalyzer: FrameAnalyzer {
    package let preparer: FramePreparer
    /// The policy in force: `off` also for a model of which nothing can be reused.
    package let policy: ReuseOptions.Policy
    /// Whether results say how unsure the model was.
    var measuresEntropy = false
    /// All run by one plan.
    let models: [LoadedModel]
    /// Of each model the least score of what the head is asked for, and of what results have, 0…1.
    private let minimumScores, reportedScores: [Float]
    private let network: Network
    private let reuse: ReuseOptions
    /// Leaves the network early; nil when that was not asked for.
    private let memory: MemoryRecall?
    /// The last frame's answers: they stand when no block changed.
    private var last: (answers: [HeadResult], placement: Placement, entropy: Double?)?
    /// Answers frames from others; made when first needed.
    private var window: FrameWindow?
    /// Why nothing can be reused for the first frame.
    var firstReason = ReuseReason.firstFrame

    private enum Network {
        case dense(DenseNetwork)
        case reusing(any ReusingNetwork)
    }

    /// - Parameters:
    ///   - minimumScore: least score of objects in results; nil takes what is reported, or followed.
    ///   - preparer: of models that see the same pictures; nil makes one.
    ///   - window: how many frames are given together; more than 1 where some may be answered from others.
    ///   - state: of an analyzer where this one goes on. Its first frame has the reason `checkpoint`.
    package convenience init(
        _ model: LoadedModel, _ options: RunOptions, minimumScore: Float? = nil, preparer: FramePreparer? = nil, window: Int = 1,
        resuming state: State? = nil
    ) throws(DeepVidError) {
        // Weaker objects than those to be reported may continue a track.
        let reported = minimumScore ?? (options.output.isTracking ? model.scores.tracked : model.scores.reported)
        let preparer =
            if let preparer { preparer } else { try FramePreparer(model.profile, usesMotionVectors: options.reuse.wantsMotionVectors) }
        try self.init(
            [model], options, reported: [reported], preparer: preparer, picture: preparer.makeBuffer(), window: window, resuming: state)
    }

    /// - Parameters:
    ///   - models: that run as one network; with semantic memory, one.
    ///   - reportedScores: of each model, the least score of objects in results.
    ///   - preparer: makes the pictures, whoever calls `analyze`.
    ///   - picture: of the size that the models see.
    init(
        _ models: [LoadedModel], _ options: RunOptions, reported reportedScores: [Float], preparer: FramePreparer, picture: PixelBuffer,
        window: Int = 1, resuming state: State?
    ) throws(DeepVidError) {
        var reuse = options.reuse
        if window == 1 { reuse.mayPropagate = false }
        (self.models, self.reportedScores, self.preparer, self.reuse) = (models, reportedScores, preparer, reuse)
        let propagates = reuse.propagates
        minimumScores = zip(models, reportedScores).map { min($1, propagates ? $0.scores.tracked : 1) }
        memory = if let memory = options.memory { try MemoryRecall(models[0], memory) } else { nil }
        if let reusing = try Self.makeNetwork(models, reuse, picture, options.threads) {
            (network, policy) = (.reusing(reusing), reuse.policy)
        } else {
            (network, policy) = (.dense(DenseNetwork(models[0], threads: options.threads)), .off)
        }
        watchRuns()
        guard let state else { return }
        firstReason = .checkpoint
        guard let adaptive, let policy = state.policy else { return }
        adaptive.policy = policy
        adaptive.policy.resume()
    }

    /// Nil for a policy or model without reuse: models that do not start on an image (a Flatten first, say) have nothing that could be
    /// reused by pixels.
    private static func makeNetwork(
        _ models: [LoadedModel], _ reuse: ReuseOptions, _ picture: PixelBuffer, _ threads: Int
    ) throws(DeepVidError) -> (any ReusingNetwork)? {
        guard reuse.policy != .off, models[0].takesPixels else { return nil }
        do throws(InferenceError) { return try reuse.makeNetwork(models, picture: picture, threads: threads) } catch {
            throw DeepVidError(.unusableModel, "\(models[0].name): `policy` \(reuse.policy.rawValue): \(error.description)", cause: error)
        }
    }

    /// Shows the networks' runs to the memory.
    private func watchRuns() {
        guard let memory else { return }
        switch network {
        case .dense(let dense): dense.session.probe = memory.makeProbe()
        case .reusing(let reusing):
            reusing.makeProbe = memory.makeProbe
            guard let adaptive else { return }
            adaptive.willComputeAgain = memory.restart
            adaptive.isAuditWanted = { memory.auditIsDue }
        }
    }

    var adaptive: AdaptiveNetwork? { if case .reusing(let network) = network { network as? AdaptiveNetwork } else { nil } }

    /// - Throws: when nothing of the model can be reused, and so there is nothing to `use`.
    func checkReuse(to use: String) throws(DeepVidError) {
        guard policy == .off else { return }
        throw DeepVidError(
            .unusableModel,
            "\(models[0].name): nothing can be reused of a model whose only input is not one picture; there is nothing to \(use)")
    }

    /// The tolerance in force; nil without reuse.
    package var tolerance: Float? { adaptive?.policy.tolerance }

    /// Where the last frame changed and what was computed again; nil without reuse.
    package var trace: ReuseTrace? {
        guard case .reusing(let network) = network, let last else { return nil }
        return ReuseTrace(match: network.lastMatch, placement: last.placement, session: network.session)
    }

    package func begin() {
        adaptive?.begin(reuse.makePolicy(for: models))
        reset()
        memory?.beginInput()
    }

    package func reset() {
        last = nil
        window?.reset()
        memory?.reset()
        preparer.reset()
        if case .reusing(let network) = network { network.reset() }
    }

    package func complete(_ summary: inout RunSummary) {
        summary.reuse?.agreement = agreement(ofModel: 0)
        if let counts = memory?.counts, counts.frames > 0 { summary.exits = counts }
    }

    /// How reuse agreed with dense inference; nil for policies that do not audit, at a target of 1, and before the first frame.
    func agreement(ofModel index: Int) -> RunSummary.Agreement? {
        guard let policy = adaptive?.policy, let last, reuse.targetAgreement < 1 else { return nil }
        return RunSummary.Agreement(.init(last.answers[index], reuse.agreeOn), policy.estimates[index], policy.floors[index])
    }

    package func saveMemory() throws(DeepVidError) { try memory?.save() }

    /// What later answers depend on, besides the frames to come: everything but the activations.
    package struct State: Codable, Sendable {
        var policy: AdaptivePolicy?
    }

    var ownState: State { State(policy: adaptive?.policy) }
    package var state: AnalyzerState { .model(ownState) }

    package func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameResult {
        try answer(frame).result(of: frame)
    }

    package func analyze(
        _ frames: [PreparedFrame], follows: Bool, into results: inout [FrameResult], onComputed: (Int) -> Void
    ) throws(DeepVidError) {
        guard let adaptive, adaptive.policy.propagates else {
            for (index, frame) in frames.enumerated() {
                results.append(try analyze(frame))
                onComputed(index)
            }
            return
        }
        let window = window ?? FrameWindow(self, adaptive)
        self.window = window
        try window.analyze(frames, follows: follows, into: &results, onComputed: onComputed)
    }

    /// What counts as agreeing.
    var rule: Agreement.Rule { reuse.agreeOn.rule }

    /// The objects of the last frame that the network answered, down to the score that reuse looks at; nil where there are none, or what
    /// is known of them is more than a box.
    var lastObjects: [Detection]? {
        guard case .detections(let all)? = last?.answers[0], all.allSatisfy({ $0.shape == nil }) else { return nil }
        return all
    }

    /// What the network makes of a frame: an answer of each model.
    ///
    /// - Parameters:
    ///   - propagated: what the frames before and after say of it; the network then runs only where the frame is drawn for the estimate.
    ///   - endsStretch: whether parts of frames before it may be computed next.
    func answer(_ frame: PreparedFrame, propagated: [Detection]? = nil, endsStretch: Bool = false) throws(DeepVidError) -> NetworkAnswer {
        let watch = Stopwatch()
        var result: NetworkAnswer, match: Double?, infer: Double
        switch network {
        case .dense(let dense):
            memory?.begin()
            let outputs = try dense.run(frame.pixels)
            infer = watch.milliseconds
            result = try read(outputs, frame)
        case .reusing(let reusing):
            if let last, last.placement != frame.placement {
                reusing.reset()
                memory?.reset()
            }
            memory?.begin()
            let reused =
                if let propagated, let adaptive {
                    try adaptive.propagate(propagated, frame.pixels, frame.placement)
                } else if endsStretch, let adaptive {
                    try adaptive.runEnd(frame.pixels, frame.placement)
                } else {
                    try reusing.run(frame.pixels, frame.placement, candidates: frame.candidates)
                }
            match = reused.matchMilliseconds
            infer = watch.milliseconds - reused.matchMilliseconds
            if let outputs = reused.outputs {
                result = try read(outputs, frame)
            } else if let objects = reused.detections {
                result = NetworkAnswer([.detections(objects)], entropy: last?.entropy)
                memory?.finishUnchanged()
            } else {
                // No block changed, so neither did the answers.
                result = NetworkAnswer(last!.answers, entropy: last!.entropy)
                memory?.finishUnchanged()
            }
            var reason = reused.reason
            if reason == .firstFrame { (reason, firstReason) = (firstReason, .firstFrame) }
            result.reuse = FrameResult.Reuse(policy: policy, share: reused.reused, reason: reason)
            result.agreements = adaptive?.policy.estimates.map(\.mean) ?? []
        }
        if case .reusing(let reusing) = network { reusing.answered(result.answers, frame.placement) }
        if propagated == nil || result.reuse?.reason == .audit { last = (result.answers, frame.placement, result.entropy) }
        for (index, model) in models.enumerated() {
            result.answers[index] = model.filter(result.answers[index])
            // Where frames are answered from others, the head was asked for weaker objects, too: results leave them out.
            if minimumScores[index] < reportedScores[index], case .detections(let all) = result.answers[index] {
                result.answers[index] = .detections(all.filter { $0.score >= reportedScores[index] })
            }
        }
        result.timing = FrameResult.Timing(
            decode: frame.info.decodeMilliseconds, preprocess: frame.milliseconds, match: match, infer: infer,
            postprocess: watch.milliseconds - infer - (match ?? 0))
        return result
    }

    /// What the network finds where it looks at parts of a frame.
    struct PartAnswer {
        /// Of which only those in these parts are the frame's; nil as `lastObjects`.
        let objects: [Detection]?
        /// Share of the multiply-accumulates that were not computed.
        let reused: Double
        let match, infer, postprocess: Double
    }

    /// Asks the network about parts of a frame, of a view that it has seen.
    /// - Parameter areas: in model pixels.
    func answer(_ areas: [PixelRect], of frame: PreparedFrame, by network: AdaptiveNetwork) throws(DeepVidError) -> PartAnswer {
        let watch = Stopwatch(), part = try network.runParts(frame.pixels, areas), infer = watch.milliseconds - part.matchMilliseconds
        if let outputs = part.outputs { last = (try read(outputs, frame).answers, frame.placement, last?.entropy) }
        return PartAnswer(
            objects: lastObjects, reused: part.reused, match: part.matchMilliseconds, infer: infer,
            postprocess: watch.milliseconds - infer - part.matchMilliseconds)
    }

    /// The frame's answers, from wherever the network was left.
    private func read(_ outputs: [NamedTensor], _ frame: PreparedFrame) throws(DeepVidError) -> NetworkAnswer {
        if let left = memory?.takeExit() { return NetworkAnswer([left.answer], exit: left.exit) }
        return try onFrame(frame.info.index) { () throws(VisionError) in
            var answers: [HeadResult] = []
            for (model, least) in zip(models, minimumScores) {
                answers.append(try model.head.decode(model.own(outputs), placement: frame.placement, minimumScore: least))
            }
            return NetworkAnswer(
                answers, exit: try memory?.finish(outputs, answers[0], placement: frame.placement),
                // What is nearly an object is doubt as well.
                entropy: measuresEntropy ? try models[0].head.uncertainty(outputs, minimumScore: models[0].scores.audited) : nil)
        }
    }
}

/// What a network made of a frame.
struct NetworkAnswer {
    /// Of each model that it answers for.
    var answers: [HeadResult]
    /// Nil without reuse.
    var reuse: FrameResult.Reuse?
    /// Mean agreement with dense inference that was measured so far, by model; empty where none is measured.
    var agreements: [Double?] = []
    var exit: FrameResult.Exit?
    var entropy: Double?
    var timing = FrameResult.Timing()

    init(_ answers: [HeadResult], exit: FrameResult.Exit? = nil, entropy: Double? = nil) {
        (self.answers, self.exit, self.entropy) = (answers, exit, entropy)
    }

    /// Where one model answered.
    func result(of frame: PreparedFrame) -> FrameResult {
        var result = FrameResult(frame.info, answer: answers[0], exit: exit, timing: timing, entropy: entropy)
        result.reuse = reuse(ofModel: 0)
        return result
    }

    func reuse(ofModel index: Int) -> FrameResult.Reuse? {
        var own = reuse
        own?.agreement = index < agreements.count ? agreements[index] : nil
        return own
    }
}

extension RunSummary.Agreement.Rule {
    /// What two answers of this kind are compared by.
    init(_ answer: HeadResult, _ wanted: AgreeOn) {
        self =
            switch answer {
            case .detections:
                switch wanted {
                case .boxes: .boxes
                case .tracks: .tracks
                case .presence: .presence
                }
            case .classes: .classes
            case .embedding: .embedding
            case .semantic, .depth: .maps
            }
    }
}
