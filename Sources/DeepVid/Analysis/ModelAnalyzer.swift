import Concurrency
import DeepCache
import Inference
import Models
import Video
import Vision

/// Frames in, results out, by one model: preparation, network, head. All buffers are made once.
package final class ModelAnalyzer: FrameAnalyzer {
    package let preparer: FramePreparer
    /// The policy in force: `off` also for a model of which nothing can be reused.
    package let policy: ReuseOptions.Policy
    /// Whether results say how unsure the model was.
    var measuresEntropy = false
    private let model: LoadedModel
    /// Least score of what the head is asked for, and of what results have, 0…1.
    private let minimumScore, reportedScore: Float
    private let network: Network
    private let reuse: ReuseOptions
    /// Leaves the network early; nil when that was not asked for.
    private let memory: MemoryRecall?
    /// The last frame's answer: it stands when no block changed.
    private var last: (answer: HeadResult, placement: Placement, entropy: Double?)?
    /// Why nothing can be reused for the first frame.
    private var firstReason = ReuseReason.firstFrame

    private enum Network {
        case dense(DenseNetwork)
        case reusing(any ReusingNetwork)
    }

    /// - Parameters:
    ///   - minimumScore: least score of objects in results; nil takes what is reported, or followed.
    ///   - preparer: of models that see the same pictures; nil makes one.
    ///   - state: of an analyzer where this one goes on. Its first frame has the reason `checkpoint`.
    package init(
        _ model: LoadedModel, _ options: RunOptions, minimumScore: Float? = nil, preparer: FramePreparer? = nil,
        resuming state: State? = nil
    ) throws(DeepVidError) {
        (self.model, reuse) = (model, options.reuse)
        // Weaker objects than those to be reported may continue a track.
        reportedScore = minimumScore ?? (options.output.isTracking ? model.scores.tracked : model.scores.reported)
        self.minimumScore = min(reportedScore, reuse.propagates ? model.scores.least(for: reuse.agreeOn.rule) : 1)
        memory = if let memory = options.memory { try MemoryRecall(model, memory) } else { nil }
        self.preparer =
            if let preparer { preparer } else { try FramePreparer(model.profile, usesMotionVectors: reuse.wantsMotionVectors) }
        if let reusing = try Self.makeNetwork(model, reuse, self.preparer, options.threads) {
            (network, policy) = (.reusing(reusing), reuse.policy)
        } else {
            (network, policy) = (.dense(DenseNetwork(model, threads: options.threads)), .off)
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
        _ model: LoadedModel, _ reuse: ReuseOptions, _ preparer: FramePreparer, _ threads: Int
    ) throws(DeepVidError) -> (any ReusingNetwork)? {
        guard reuse.policy != .off, model.takesPixels else { return nil }
        do throws(InferenceError) { return try reuse.makeNetwork(model, picture: preparer.makeBuffer(), threads: threads) } catch {
            throw DeepVidError(.unusableModel, "\(model.name): --cache \(reuse.policy.rawValue): \(error.description)", cause: error)
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

    private var adaptive: AdaptiveNetwork? { if case .reusing(let network) = network { network as? AdaptiveNetwork } else { nil } }

    /// - Throws: when nothing of the model can be reused, and so there is nothing to `use`.
    func checkReuse(to use: String) throws(DeepVidError) {
        guard policy == .off else { return }
        throw DeepVidError(
            .unusableModel,
            "\(model.name): nothing can be reused of a model whose only input is not one picture; there is nothing to \(use)")
    }

    /// The tolerance in force; nil without reuse.
    package var tolerance: Float? { adaptive?.policy.tolerance }

    /// Where the last frame changed and what was computed again; nil without reuse.
    package var trace: ReuseTrace? {
        guard case .reusing(let network) = network, let last else { return nil }
        return ReuseTrace(match: network.lastMatch, placement: last.placement, session: network.session)
    }

    package func begin() {
        adaptive?.begin(reuse.makePolicy(for: model))
        reset()
        memory?.beginInput()
    }

    package func reset() {
        last = nil
        memory?.reset()
        preparer.reset()
        if case .reusing(let network) = network { network.reset() }
    }

    package func complete(_ summary: inout RunSummary) {
        if let policy = adaptive?.policy, let last, reuse.targetAgreement < 1 {
            summary.reuse?.agreement = RunSummary.Agreement(.init(last.answer, reuse.agreeOn), policy.estimate, policy.floor)
        }
        if let counts = memory?.counts, counts.frames > 0 { summary.exits = counts }
    }

    package func saveMemory() throws(DeepVidError) { try memory?.save() }

    /// What later answers depend on, besides the frames to come: everything but the activations.
    package struct State: Codable, Sendable {
        var policy: AdaptivePolicy?
    }

    var ownState: State { State(policy: adaptive?.policy) }
    package var state: AnalyzerState { .model(ownState) }

    package func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameResult {
        let watch = Stopwatch()
        var timing = FrameResult.Timing(decode: frame.info.decodeMilliseconds, preprocess: frame.milliseconds)
        var result: FrameResult
        switch network {
        case .dense(let dense):
            memory?.begin()
            let outputs = try dense.run(frame.pixels)
            timing.infer = watch.milliseconds
            result = try answer(outputs, frame)
        case .reusing(let reusing):
            if let last, last.placement != frame.placement {
                reusing.reset()
                memory?.reset()
            }
            memory?.begin()
            let reused = try reusing.run(frame.pixels, frame.placement, candidates: frame.candidates)
            timing.match = reused.matchMilliseconds
            timing.infer = watch.milliseconds - reused.matchMilliseconds
            if let outputs = reused.outputs {
                result = try answer(outputs, frame)
            } else if let objects = reused.detections {
                result = FrameResult(frame.info, answer: .detections(objects), timing: timing, entropy: last?.entropy)
                memory?.finishUnchanged()
            } else {
                // No block changed, so neither did the answer.
                result = FrameResult(frame.info, answer: last!.answer, timing: timing, entropy: last!.entropy)
                memory?.finishUnchanged()
            }
            var reason = reused.reason
            if reason == .firstFrame { (reason, firstReason) = (firstReason, .firstFrame) }
            result.reuse = FrameResult.Reuse(
                policy: policy, share: reused.reused, reason: reason, agreement: adaptive?.policy.estimate.mean)
        }
        if case .reusing(let reusing) = network { reusing.answered(result.answer, frame.placement) }
        last = (result.answer, frame.placement, result.entropy)
        result.answer = model.filter(result.answer)
        // What is followed is more than what is reported.
        if minimumScore < reportedScore, case .detections(let all) = result.answer {
            result.detections = all.filter { $0.score >= reportedScore }
        }
        timing.postprocess = watch.milliseconds - timing.infer - (timing.match ?? 0)
        result.timing = timing
        return result
    }

    /// The frame's answer, from wherever the network was left.
    private func answer(_ outputs: [NamedTensor], _ frame: PreparedFrame) throws(DeepVidError) -> FrameResult {
        if let left = memory?.takeExit() { return FrameResult(frame.info, answer: left.answer, exit: left.exit, timing: .init()) }
        return try onFrame(frame.info.index) { () throws(VisionError) in
            let answer = try model.head.decode(outputs, placement: frame.placement, minimumScore: minimumScore)
            return FrameResult(
                frame.info, answer: answer, exit: try memory?.finish(outputs, answer, placement: frame.placement), timing: .init(),
                // What is nearly an object is doubt as well.
                entropy: measuresEntropy ? try model.head.uncertainty(outputs, minimumScore: model.scores.audited) : nil)
        }
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
