import CacheNet
import Concurrency
import Models
import Video
import Vision

/// Frame in, answer out, by the models of a bundle: runs what `RoutePlan` asks for.
///
/// Every resident submodel has a network of its own, whose activations stay while another one is active: what DeepCache reuses and
/// what CacheNet keeps are two caches, one inside the other. A frame waits for the edge no longer than its deadline, and for
/// downloads never.
package final class RoutedAnalyzer: FrameAnalyzer {
    let models: RoutedModels
    /// Makes the pictures that submodels take; the full model's where no submodel runs.
    package let preparer: FramePreparer
    /// Where the full model and the selector take other pictures: those are drawn only when they are wanted.
    private let fullPreparer: FramePreparer?
    /// Of submodels that know fewer classes than the full model.
    private let numbers: ClassNumbers?
    private let options: RunOptions
    /// Least score of objects in results; nil takes what is reported, or followed.
    private let minimumScore: Float?
    private var bundle: BundleFolder
    private(set) var plan: RoutePlan
    private(set) var counts = RouteCounts()
    /// Present in the modes with an edge.
    private var link: EdgeLink?
    private var fetcher: ModelFetcher?
    /// Nil until it is loaded.
    private(set) var selector: SelectorNetwork?
    /// Those that are resident.
    private var submodels: [Int: ModelAnalyzer] = [:]
    /// Nil until it is needed.
    private var full: ModelAnalyzer?

    /// Everything but activations; what an edge said and did is not in it.
    package struct State: Codable, Sendable {
        var router: Router
        var submodels: [Int: ModelAnalyzer.State]
        var full: ModelAnalyzer.State?
        var counts: RouteCounts
    }

    init(
        _ models: RoutedModels, _ options: RunOptions, minimumScore: Float? = nil, resuming state: State? = nil
    ) throws(DeepVidError) {
        (self.models, self.options, self.minimumScore, bundle) = (models, options, minimumScore, models.bundle)
        let small = models.options.usesSubmodels ? models.submodelProfile : nil
        fullPreparer = try small.map { (_) throws(DeepVidError) in try FramePreparer(models.profile) }
        preparer = try FramePreparer(
            small ?? models.profile, usesMotionVectors: options.reuse.wantsMotionVectors, keepsFrames: small != nil)
        numbers = small.flatMap { ClassNumbers(of: $0.labels.names, in: models.profile.labels.names) }
        plan = models.makePlan(bundle, resuming: state?.router)
        if let edge = models.options.edge {
            link = EdgeLink(edge, deadline: models.options.deadline, labels: models.profile.labels)
            fetcher = ModelFetcher(models, bundle)
        }
        // A bundle that cannot be run is refused before the first frame, and not at the first one that needs this model.
        if plan.mode == .submodels || plan.mode == .deviceOnly { _ = try loadedFull(state?.full) }
        if plan.mode == .submodels { _ = try loadedSelector() }
        guard let state else { return }
        counts = state.counts
        for k in state.router.resident { try loadedSubmodel(k, nil, state.submodels[k]) }
    }

    package var state: AnalyzerState {
        .routed(State(router: plan.router, submodels: submodels.mapValues(\.ownState), full: full?.ownState, counts: counts))
    }

    package func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameResult {
        let watch = Stopwatch()
        let before = plan.router.active
        takeArrivals()
        var (result, outcome) = try answer(frame)
        if plan.router.active != before { counts.switches += 1 }
        submodels = submodels.filter { plan.router.resident.contains($0.key) }
        let milliseconds = watch.milliseconds
        counts.add(outcome, milliseconds: milliseconds + frame.milliseconds)
        result.route = outcome
        // All models that were asked, and choosing among them.
        let timing = result.timing
        result.timing.infer = max(
            0,
            milliseconds - (timing.match ?? 0) - timing.postprocess - (timing.preprocess - frame.milliseconds)
                - (outcome.edgeMilliseconds ?? 0))
        return result
    }

    /// The counts are of one input.
    package func begin() {
        counts = RouteCounts()
        for analyzer in submodels.values { analyzer.begin() }
        full?.begin()
        plan.beginInput()
    }

    /// Which submodels are resident does not depend on the input, and stays.
    package func reset() {
        for analyzer in submodels.values { analyzer.reset() }
        full?.reset()
        plan.beginInput()
    }

    package func complete(_ summary: inout RunSummary) { summary.routes = counts }

    // MARK: One frame

    private func answer(_ frame: PreparedFrame) throws(DeepVidError) -> (FrameResult, RouteOutcome) {
        /// What the submodel that was run last, or the edge, said.
        var result = FrameResult(frame, answer: nothing)
        /// The frame as the full model takes it, once it is drawn.
        var picture = fullPreparer == nil ? frame : nil
        func full() throws(DeepVidError) -> PreparedFrame {
            if let picture { return picture }
            guard let source = frame.frame, let fullPreparer else { preconditionFailure("a frame without what it was prepared of") }
            let drawn = try fullPreparer.prepare(source, index: frame.info.index)
            picture = drawn
            return drawn
        }
        /// Milliseconds of drawing it.
        var drawing: Double { fullPreparer == nil ? 0 : picture?.milliseconds ?? 0 }
        var action = plan.begin(hasSelector: selector != nil, isEdgeOpen: link?.isOpen ?? false)
        while true {
            switch action {
            case .run(let k):
                result = try loadedSubmodel(k).analyze(frame)
                if let numbers { result.answer = numbers(result.answer) }
                action = plan.ran(k, entropy: result.entropy ?? .infinity)
            case .select: action = plan.selected(try loadedSelector().select(try full().pixels))
            case .runFull:
                result = try loadedFull().analyze(try full())
                result.timing.preprocess = frame.milliseconds + drawing
                return (result, plan.outcome)
            case .askEdge: action = ask(try full(), &result)
            case .answer:
                requestModels()
                result.timing.preprocess = frame.milliseconds + drawing
                return (result, plan.outcome)
            }
        }
    }

    private func ask(_ frame: PreparedFrame, _ result: inout FrameResult) -> RoutePlan.Action {
        guard let outcome = link?.ask(frame.pixels, frame.placement, bundle.manifest) else {
            preconditionFailure("a plan without an edge asks none")
        }
        switch outcome {
        case .answer(let answer, let milliseconds):
            let score = minimumScore ?? (options.output.isTracking ? 0 : models.profile.score)
            result = FrameResult(frame, answer: models.profile.filter(answer.result, score: score))
            return plan.edgeAnswered(answer.selection, milliseconds: milliseconds)
        case .failed(let reason, let milliseconds, let isInvalid):
            // The edge may have another bundle by now.
            if isInvalid { fetcher?.request(.manifest) }
            return plan.edgeFailed(reason, milliseconds: milliseconds)
        }
    }

    /// What a frame without an answer has.
    private var nothing: HeadResult { models.profile.card.head == .classification ? .classes([]) : .detections([]) }

    // MARK: In the background

    /// Takes in what was loaded meanwhile. What cannot be used is the edge's fault, and stops nothing.
    private func takeArrivals() {
        for (item, arrival) in fetcher?.takeArrivals() ?? [] {
            switch arrival {
            case .model(let model, let isDownloaded):
                if isDownloaded { counts.fetched += 1 }
                guard case .submodel(let k) = item else {
                    selector = SelectorNetwork(model, bundle.manifest.partitions, threads: options.threads)
                    continue
                }
                do throws(DeepVidError) { try loadedSubmodel(k, model) } catch {
                    counts.edgeFailures += 1
                    plan.didFail(k)
                    continue
                }
                plan.didLoad(k)
                if selector == nil { fetcher?.request(.selector) }
            case .bundle(let new): return adopt(new)
            case .failure(let error):
                counts.edgeFailures += 1
                if case .submodel(let k) = item { plan.didFail(k) }
                // A file that is not what the bundle says: the edge may have another bundle by now.
                if error.code == .edgeInvalidAnswer, item != .manifest { fetcher?.request(.manifest) }
            }
        }
    }

    /// The edge has another bundle: what is loaded is of the old one. Files that did not change are still on disk.
    private func adopt(_ new: BundleFolder) {
        (bundle, plan, selector, submodels) = (new, models.makePlan(new), nil, [:])
        fetcher = ModelFetcher(models, new)
    }

    /// Asks for what the plan wants; without the edge, for what an earlier run left on disk.
    private func requestModels() {
        guard plan.mode == .edge else { return }
        for k in plan.requests { fetcher?.request(.submodel(k)) }
        plan.requests = []
        guard plan.outcome.reason != nil else { return }
        if selector == nil, bundle.has(BundleFile.selector) { fetcher?.request(.selector) }
        // Any submodel is better than none.
        guard plan.outcome.servedBy == .none else { return }
        let kept = (1...bundle.manifest.submodels).first { bundle.has(BundleFile.submodel($0)) }
        if let kept { fetcher?.request(.submodel(kept)) }
    }

    // MARK: Models

    /// - Parameter loaded: the model, where it has been loaded already.
    @discardableResult
    private func loadedSubmodel(
        _ k: Int, _ loaded: LoadedModel? = nil, _ state: ModelAnalyzer.State? = nil
    ) throws(DeepVidError) -> ModelAnalyzer {
        if let analyzer = submodels[k] { return analyzer }
        let model = if let loaded { loaded } else { try models.load(BundleFile.submodel(k), of: bundle) }
        let analyzer = try ModelAnalyzer(model, options, minimumScore: minimumScore, preparer: preparer, resuming: state)
        analyzer.measuresEntropy = true
        submodels[k] = analyzer
        return analyzer
    }

    private func loadedSelector() throws(DeepVidError) -> SelectorNetwork {
        if let selector { return selector }
        let model = try models.load(BundleFile.selector, of: bundle)
        selector = SelectorNetwork(model, bundle.manifest.partitions, threads: options.threads)
        return selector!
    }

    private func loadedFull(_ state: ModelAnalyzer.State? = nil) throws(DeepVidError) -> ModelAnalyzer {
        if let full { return full }
        full = try ModelAnalyzer(
            try models.load(BundleFile.full, of: bundle), options, minimumScore: minimumScore, preparer: fullPreparer ?? preparer,
            resuming: state)
        return full!
    }
}
