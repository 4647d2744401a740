import Concurrency
import Models
import CacheNet
import Results
import Video
import Vision

/// Frame in, answer out, by the models of a bundle (paper §5): the active submodel, and what it is not sure of by another.
///
/// Every resident submodel has a network of its own, whose activations stay while another one is active: what DeepCache reuses and
/// what CacheNet keeps are two caches, one inside the other.
final class RoutedAnalyzer: FrameAnalyzing {
    let models: RoutedModels
    let preparation: FramePreparation
    var router: Router
    var counts = RouteCounts()
    /// Present with an edge.
    var link: EdgeLink?
    let fetcher: ModelFetcher?
    var drift = Drift()
    /// Hits since the selector looked at a frame.
    var unseen = 0
    /// Nil until it is loaded.
    var selector: SelectorNetwork?
    let options: InferenceOptions
    /// What the submodel that was asked last said of this frame; nil if none was.
    private(set) var asked: FrameAnalysis?
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
        (self.models, self.options) = (models, options)
        let profile = models.profile
        preparation = try FramePreparation(profile.card.input, width: profile.width, height: profile.height, model: profile.name)
        link = models.options.edge.map { EdgeLink($0, models) }
        fetcher = models.options.mode == .edge ? ModelFetcher(models) : nil
        let settings = Router.Settings(cacheSize: models.options.submodelCache, hysteresis: models.options.hysteresis)
        router = state?.router ?? Router(settings)
        // A bundle that cannot be run is refused before the first frame, and not at the first one that needs this model.
        if models.options.mode == .submodels || models.options.mode == .deviceOnly { try loadFull(state?.full) }
        if models.options.mode == .submodels { try loadSelector(try models.load(.selector)) }
        guard let state else { return }
        counts = state.counts
        for k in state.router.resident { try keep(k, try models.load(.submodel(k)), state.submodels[k]) }
    }

    var state: AnalyzerState {
        .routed(State(router: router, submodels: submodels.mapValues(\.ownState), full: full?.ownState, counts: counts))
    }

    func analyze(_ frame: Frame) throws(DeepVidError) -> FrameAnalysis {
        let watch = Stopwatch()
        let before = router.active
        asked = nil
        let picture = Picture(frame: frame, placement: try preparation.prepare(frame))
        var analysis =
            switch models.options.mode {
            case .submodels: try answerInProcess(picture)
            case .edge: try answerWithEdge(picture)
            case .edgeOnly: answerByEdge(picture)
            case .deviceOnly: try answerInFull(picture, Route(hit: false, servedBy: "device"))
            }
        if router.active != before { counts.switches += 1 }
        let route = analysis.route ?? Route(hit: false, servedBy: "none")
        counts.add(route, milliseconds: watch.milliseconds)
        analysis.inferMilliseconds = max(0, watch.milliseconds - (analysis.matchMilliseconds ?? 0) - (route.edgeMs ?? 0))
        return analysis
    }

    /// Which submodels are resident does not depend on the input, and stays.
    func reset() {
        asked = nil
        for analyzer in submodels.values { analyzer.reset() }
        full?.reset()
        drift = Drift()
    }

    /// The counts of one input; those of the next begin anew.
    func complete(_ end: inout EndRecord) {
        end.routes = counts.record
        counts = RouteCounts()
    }

    func saveMemory() {}

    /// A frame, and where it lies in the models' input.
    struct Picture {
        let frame: Frame
        let placement: Placement
    }

    // MARK: In process

    private func answerInProcess(_ picture: Picture) throws(DeepVidError) -> FrameAnalysis {
        var route = Route(hit: false, servedBy: "device")
        if let answer = try askActive(picture, &route) { return answer }
        let selection = try selector!.select(preparation.buffer)
        let step = choose(selection, &route)
        if case .load(let k) = step { try admit(k, try models.load(.submodel(k))) }
        if let answer = try ask(step, picture, &route) { return answer }
        return try answerInFull(picture, route)
    }

    func answerInFull(_ picture: Picture, _ route: Route) throws(DeepVidError) -> FrameAnalysis {
        if full == nil { try loadFull(nil) }
        var analysis = try full!.analyze(picture.frame, picture.placement, Stopwatch())
        var route = route
        route.submodel = nil
        analysis.route = route
        return analysis
    }

    // MARK: Submodels

    /// - Returns: the active submodel's answer, if it is sure. If not, `route` says how unsure.
    func askActive(_ picture: Picture, _ route: inout Route) throws(DeepVidError) -> FrameAnalysis? {
        guard let active = router.active else { return nil }
        let analysis = try run(active, picture, &route)
        guard route.hit else { return nil }
        router.sure()
        return analysis
    }

    /// Puts a selection to the router, and in the record.
    func choose(_ selection: Selection, _ route: inout Route) -> Router.Step {
        let step = router.select(selection.submodel)
        (route.selected, route.angle, route.miss) = (selection.submodel, selection.angle, step.isMiss)
        return step
    }

    /// - Returns: the answer of the submodel that the router came to, if it is resident by now, and sure.
    func ask(_ step: Router.Step, _ picture: Picture, _ route: inout Route) throws(DeepVidError) -> FrameAnalysis? {
        switch step {
        case .consult(let k), .activate(let k), .load(let k):
            guard submodels[k] != nil else { return nil }
            let analysis = try run(k, picture, &route)
            return route.hit ? analysis : nil
        case .stay, .miss: return nil
        }
    }

    /// The last submodel that was asked answers, sure or not.
    func run(_ k: Int, _ picture: Picture, _ route: inout Route) throws(DeepVidError) -> FrameAnalysis {
        var analysis = try submodels[k]!.analyze(picture.frame, picture.placement, Stopwatch())
        let entropy = analysis.entropy ?? .infinity
        (route.submodel, route.entropy, route.hit) = (k, entropy, entropy < models.options.threshold ?? 0)
        analysis.route = route
        asked = analysis
        return analysis
    }

    /// Makes a loaded submodel resident, as the router will have it.
    func admit(_ k: Int, _ model: LoadedModel) throws(DeepVidError) {
        try keep(k, model, nil)
        for gone in router.arrived(k) { submodels[gone] = nil }
    }

    private func keep(_ k: Int, _ model: LoadedModel, _ state: FrameAnalyzer.State?) throws(DeepVidError) {
        if submodels[k] != nil { return }
        let analyzer = try FrameAnalyzer(model, options, preparation: preparation, resuming: state)
        analyzer.measuresEntropy = true
        submodels[k] = analyzer
    }

    func loadSelector(_ model: LoadedModel) throws(DeepVidError) {
        selector = SelectorNetwork(model, models.manifest.partitions, threads: options.threads)
    }

    private func loadFull(_ state: FrameAnalyzer.State?) throws(DeepVidError) {
        full = try FrameAnalyzer(try models.load(.full), options, preparation: preparation, resuming: state)
    }
}
