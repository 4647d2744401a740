import CacheNet
import Concurrency
import Models
import Results
import Video
import Vision

/// Frame in, answer out, by the models of a bundle: runs what `RoutePlan` asks for.
///
/// Every resident submodel has a network of its own, whose activations stay while another one is active: what DeepCache reuses and
/// what CacheNet keeps are two caches, one inside the other. A frame waits for the edge no longer than its deadline, and for
/// downloads never.
final class RoutedAnalyzer: FrameAnalyzing {
    let models: RoutedModels
    private let preparation: FramePreparation
    private let options: InferenceOptions
    private var bundle: OpenBundle
    private(set) var plan: RoutePlan
    private(set) var counts = RouteCounts()
    /// Present in the modes with an edge.
    private var link: EdgeLink?
    private var fetcher: ModelFetcher?
    /// Nil until it is loaded.
    private(set) var selector: SelectorNetwork?
    /// Those that are resident.
    private var submodels: [Int: FrameAnalyzer] = [:]
    /// Nil until it is needed.
    private var full: FrameAnalyzer?

    /// Everything but activations; what an edge said and did is not in it.
    struct State: Codable, Sendable {
        var router: Router
        var submodels: [Int: FrameAnalyzer.State]
        var full: FrameAnalyzer.State?
        var counts: RouteCounts
    }

    init(_ models: RoutedModels, _ options: InferenceOptions, resuming state: State? = nil) throws(DeepVidError) {
        (self.models, self.options, bundle) = (models, options, models.bundle)
        let profile = models.profile
        preparation = try FramePreparation(profile.card.input, width: profile.width, height: profile.height, model: profile.name)
        plan = models.makePlan(bundle, resuming: state?.router)
        if let edge = models.options.edge {
            link = EdgeLink(edge, deadline: models.options.deadline, labels: profile.labels)
            fetcher = ModelFetcher(models, bundle)
        }
        // A bundle that cannot be run is refused before the first frame, and not at the first one that needs this model.
        if plan.mode == .submodels || plan.mode == .deviceOnly { _ = try loadedFull(state?.full) }
        if plan.mode == .submodels { _ = try loadedSelector() }
        guard let state else { return }
        counts = state.counts
        for k in state.router.resident { _ = try loadedSubmodel(k, state.submodels[k]) }
    }

    var state: AnalyzerState {
        .routed(State(router: plan.router, submodels: submodels.mapValues(\.ownState), full: full?.ownState, counts: counts))
    }

    func analyze(_ frame: Frame) throws(DeepVidError) -> FrameAnalysis {
        let watch = Stopwatch()
        let before = plan.router.active
        let placement = try preparation.prepare(frame)
        takeArrivals()
        var (analysis, outcome) = try answer(frame, placement)
        if plan.router.active != before { counts.switches += 1 }
        submodels = submodels.filter { plan.router.resident.contains($0.key) }
        counts.add(outcome, milliseconds: watch.milliseconds)
        analysis.route = Route(outcome)
        analysis.inferMilliseconds = max(
            0, watch.milliseconds - (analysis.matchMilliseconds ?? 0) - (outcome.edgeMilliseconds ?? 0))
        return analysis
    }

    /// Which submodels are resident does not depend on the input, and stays.
    func reset() {
        for analyzer in submodels.values { analyzer.reset() }
        full?.reset()
        plan.beginInput()
    }

    /// The counts of one input; those of the next begin anew.
    func complete(_ end: inout EndRecord) {
        end.routes = EndRecord.Routes(counts)
        counts = RouteCounts()
    }

    func saveMemory() {}

    // MARK: One frame

    private func answer(_ frame: Frame, _ placement: Placement) throws(DeepVidError) -> (FrameAnalysis, RouteOutcome) {
        /// What the submodel that was run last, or the edge, said.
        var analysis = FrameAnalysis(result: nothing, inferMilliseconds: 0)
        var action = plan.begin(RoutePlan.Device(hasSelector: selector != nil, isEdgeOpen: link?.isOpen ?? false))
        while true {
            switch action {
            case .run(let k):
                analysis = try loadedSubmodel(k).analyze(frame, placement, Stopwatch())
                action = plan.ran(k, entropy: analysis.entropy ?? .infinity)
            case .select: action = plan.selected(try loadedSelector().select(preparation.buffer))
            case .runFull: return (try loadedFull().analyze(frame, placement, Stopwatch()), plan.outcome)
            case .askEdge: action = ask(placement, &analysis)
            case .answer:
                requestModels()
                return (analysis, plan.outcome)
            }
        }
    }

    private func ask(_ placement: Placement, _ analysis: inout FrameAnalysis) -> RoutePlan.Action {
        guard let outcome = link?.ask(preparation.buffer, placement, bundle.manifest) else {
            preconditionFailure("a plan without an edge asks none")
        }
        switch outcome {
        case .answer(let answer, let milliseconds):
            let score = options.recording.isTracking ? 0 : models.profile.score
            analysis = FrameAnalysis(result: models.profile.filter(remote: answer.result, score: score), inferMilliseconds: 0)
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
        for arrival in fetcher?.takeArrivals() ?? [] {
            switch arrival {
            case .selector(let model, let isDownloaded):
                if isDownloaded { counts.fetched += 1 }
                selector = SelectorNetwork(model, bundle.manifest.partitions, threads: options.threads)
            case .submodel(let k, let model, let isDownloaded):
                if isDownloaded { counts.fetched += 1 }
                do throws(DeepVidError) { try keep(k, model) } catch {
                    counts.edgeFailures += 1
                    plan.didFail(k)
                    continue
                }
                plan.didLoad(k)
                if selector == nil { fetcher?.request(.selector) }
            case .bundle(let new): return adopt(new)
            case .failure(let item, let error):
                counts.edgeFailures += 1
                if case .submodel(let k) = item { plan.didFail(k) }
                // A file that is not what the bundle says: the edge may have another bundle by now.
                if error.code == .edgeInvalidAnswer, item != .manifest { fetcher?.request(.manifest) }
            }
        }
    }

    /// The edge has another bundle: what is loaded is of the old one. Files that did not change are still on disk.
    private func adopt(_ new: OpenBundle) {
        (bundle, plan, selector, submodels) = (new, models.makePlan(new), nil, [:])
        fetcher = ModelFetcher(models, new)
    }

    /// Asks for what the plan wants; without the edge, for what an earlier run left on disk.
    private func requestModels() {
        guard plan.mode == .edge else { return }
        for k in plan.requests { fetcher?.request(.submodel(k)) }
        plan.requests = []
        guard plan.outcome.reason != nil else { return }
        if selector == nil, bundle.selectorIsOnDisk { fetcher?.request(.selector) }
        // Any submodel is better than none.
        if plan.outcome.servedBy == .none, let k = bundle.firstSubmodelOnDisk { fetcher?.request(.submodel(k)) }
    }

    // MARK: Models

    private func loadedSubmodel(_ k: Int, _ state: FrameAnalyzer.State? = nil) throws(DeepVidError) -> FrameAnalyzer {
        if let analyzer = submodels[k] { return analyzer }
        return try keep(k, try models.load(BundleFile.submodel(k), of: bundle), state)
    }

    @discardableResult
    private func keep(_ k: Int, _ model: LoadedModel, _ state: FrameAnalyzer.State? = nil) throws(DeepVidError) -> FrameAnalyzer {
        if let analyzer = submodels[k] { return analyzer }
        let analyzer = try FrameAnalyzer(model, options, preparation: preparation, resuming: state)
        analyzer.measuresEntropy = true
        submodels[k] = analyzer
        return analyzer
    }

    private func loadedSelector() throws(DeepVidError) -> SelectorNetwork {
        if let selector { return selector }
        let model = try models.load(BundleFile.selector, of: bundle)
        let network = SelectorNetwork(model, bundle.manifest.partitions, threads: options.threads)
        selector = network
        return network
    }

    private func loadedFull(_ state: FrameAnalyzer.State? = nil) throws(DeepVidError) -> FrameAnalyzer {
        if let full { return full }
        let analyzer = try FrameAnalyzer(
            try models.load(BundleFile.full, of: bundle), options, preparation: preparation, resuming: state)
        full = analyzer
        return analyzer
    }
}

// MARK: As records have it

extension Route {
    init(_ outcome: RouteOutcome) {
        self.init(
            submodel: outcome.submodel, entropy: outcome.entropy, hit: outcome.hit, servedBy: outcome.servedBy.rawValue,
            selected: outcome.selection?.submodel, angle: outcome.selection?.angle, miss: outcome.miss, reason: outcome.reason,
            edgeMs: outcome.edgeMilliseconds)
    }
}

extension EndRecord.Routes {
    init(_ counts: RouteCounts) {
        self.init(
            hits: counts.hits, hitRate: counts.frames > 0 ? Double(counts.hits) / Double(counts.frames) : 0, misses: counts.misses,
            switches: counts.switches, fetched: counts.fetched, edgeAnswers: counts.edgeAnswers, edgeFailures: counts.edgeFailures,
            deviceS: counts.deviceSeconds, edgeS: counts.edgeSeconds)
    }
}

extension BeginRecord.Routing {
    init(_ options: RouteOptions) {
        let usesSubmodels = options.usesSubmodels
        self.init(
            mode: options.plan.rawValue, entropyThreshold: usesSubmodels ? options.threshold : nil,
            submodelCache: usesSubmodels ? options.submodelCache : nil)
    }
}
