import Models
import CacheNet
import Results
import Vision

/// With an edge: it answers what the active submodel is not sure of, and says which submodel would be, which then comes in the
/// background. A frame waits for the edge no longer than its deadline, and for downloads never.
extension RoutedAnalyzer {
    /// A device with room for one submodel has no use for choosing itself, unless the edge is away.
    private var choosesItself: Bool { router.settings.cacheSize > 1 || link?.isOpen == false }

    func answerWithEdge(_ picture: Picture) throws(DeepVidError) -> FrameAnalysis {
        takeArrivals()
        var route = Route(hit: false, servedBy: "device")
        if let answer = try askActive(picture, &route) {
            try lookAhead()
            return answer
        }
        if choosesItself, let selector {
            let selection = try selector.select(preparation.buffer)
            let step = choose(selection, &route)
            follow(step, selection)
            if let answer = try ask(step, picture, &route) { return answer }
        }
        let (outcome, milliseconds) = link!.ask(preparation.buffer, picture.placement)
        route.edgeMs = milliseconds > 0 ? milliseconds : nil
        switch outcome {
        case .answer(let answer):
            if route.selected == nil { follow(choose(answer.selection, &route), answer.selection) }
            (route.submodel, route.servedBy) = (nil, "edge")
            return analysis(answer.result, route)
        case .failed(let reason):
            if reason != "edge_backoff" { counts.edgeFailures += 1 }
            route.reason = reason
            return try answerAlone(picture, route)
        }
    }

    /// Every frame to the edge.
    func answerByEdge(_ picture: Picture) -> FrameAnalysis {
        var route = Route(hit: false, servedBy: "edge")
        let (outcome, milliseconds) = link!.ask(preparation.buffer, picture.placement)
        route.edgeMs = milliseconds > 0 ? milliseconds : nil
        switch outcome {
        case .answer(let answer):
            (route.selected, route.angle) = (answer.selection.submodel, answer.selection.angle)
            return analysis(answer.result, route)
        case .failed(let reason):
            if reason != "edge_backoff" { counts.edgeFailures += 1 }
            (route.servedBy, route.reason) = ("none", reason)
            return analysis(nothing, route)
        }
    }

    /// The edge is away: the submodel that is here answers, sure or not. Without one there is no answer, and the record says so.
    private func answerAlone(_ picture: Picture, _ route: Route) throws(DeepVidError) -> FrameAnalysis {
        var route = route
        if selector == nil, models.isOnDisk(.selector) { fetcher?.request(.selector) }
        if var analysis = asked {
            analysis.route = route
            return analysis
        }
        // Any submodel of an earlier run is better than none.
        if let k = (1...models.manifest.submodels).first(where: { models.isOnDisk(.submodel($0)) }) { fetcher?.request(.submodel(k)) }
        route.servedBy = "none"
        return analysis(nothing, route)
    }

    /// Takes in what was loaded meanwhile. What cannot be used is the edge's fault, and stops nothing.
    private func takeArrivals() {
        for arrival in fetcher?.take() ?? [] {
            do throws(DeepVidError) {
                let (model, isDownloaded) = try arrival.result.get()
                if isDownloaded { counts.fetched += 1 }
                switch arrival.item {
                case .submodel(let k):
                    try admit(k, model)
                    if selector == nil { fetcher?.request(.selector) }
                case .selector: try loadSelector(model)
                case .full: break
                }
            } catch {
                counts.edgeFailures += 1
                if case .submodel(let k) = arrival.item { router.failed(k) }
            }
        }
    }

    /// Gets what the router wants, and what it is likely to want next.
    private func follow(_ step: Router.Step, _ selection: Selection) {
        // Last, and so first in the queue, is what is wanted now.
        prefetch(selection.angle)
        if case .load(let k) = step { fetcher?.request(.submodel(k)) }
    }

    /// Between misses nobody knows where the pictures drift: the selector looks at every eighth hit.
    private func lookAhead() throws(DeepVidError) {
        guard router.settings.cacheSize > 1, let selector else { return }
        unseen += 1
        guard unseen >= 8 else { return }
        unseen = 0
        prefetch(try selector.select(preparation.buffer).angle)
    }

    /// Only where there is room beside the active submodel.
    private func prefetch(_ angle: Double) {
        guard router.settings.cacheSize > 1, let next = drift.add(angle, models.manifest.partitions, active: router.active),
            !router.resident.contains(next)
        else { return }
        fetcher?.request(.submodel(next))
    }

    private func analysis(_ result: HeadResult, _ route: Route) -> FrameAnalysis {
        let result = models.profile.filter(remote: result, score: options.recording.isTracking ? 0 : models.profile.score)
        return FrameAnalysis(result: result, inferMilliseconds: 0, route: route)
    }

    /// What a frame without an answer has.
    private var nothing: HeadResult { models.profile.card.head == .classification ? .classes([]) : .detections([]) }
}
