import Concurrency
import DeepCache
import Models
import Variants
import Video
import Vision

/// Frames in, results out, by several models: each of their networks in turn, on the same decoded frame. Models that see the same picture
/// have it made once, models that share a network have it run once (`ModelSet`). Where a model has variants, a scheduler says before each
/// frame which of them runs.
package final class ModelSetAnalyzer: FrameAnalyzer {
    package let preparer: FramePreparer
    private let set: ModelSet
    private let options: RunOptions
    /// By network and variant; nil while a variant has not run. Without variants, all are there from the start.
    private var networks: [[ModelAnalyzer?]]
    /// By network and variant, which of a frame's pictures it sees.
    private let pictures: [[Int]]
    /// Present where there is something to choose.
    private var scheduler: VariantScheduler?
    /// By network and variant, how many frames it answered.
    private var frames: [[Int]]
    /// Of what is made later, by network and variant; nil of a variant that has not run.
    private var kept: [[ModelAnalyzer.State?]]
    /// By network, variant and model of the network, how capacities agreed that ran and are gone.
    private var agreements: [[[RunSummary.Agreement?]]]
    /// By what the capacities of several live inputs are chosen, and which of the inputs this is; nil where a scheduler of its own does it.
    private var shared: (board: CapacityBoard, stream: Int)?

    /// Everything but activations.
    package struct State: Codable, Sendable {
        /// By network and variant; nil of a variant that has not run.
        var networks: [[ModelAnalyzer.State?]]
        var scheduler: VariantScheduler?
        var frames: [[Int]]?
    }

    /// - Parameters:
    ///   - preparer: of analyzers of this set; nil makes one.
    ///   - state: of an analyzer where this one goes on.
    init(_ set: ModelSet, _ options: RunOptions, preparer: FramePreparer? = nil, resuming state: State? = nil) throws(DeepVidError) {
        try options.checkSeveral()
        let (profiles, pictures) = set.pictures
        let preparer = if let preparer { preparer } else { try FramePreparer(profiles[0], others: Array(profiles.dropFirst())) }
        (self.set, self.options, self.pictures, self.preparer) = (set, options, pictures, preparer)
        networks = pictures.map { $0.map { _ in nil } }
        kept = state?.networks ?? pictures.map { $0.map { _ in nil } }
        agreements = zip(pictures, set.networks).map { variants, members in variants.map { _ in members.map { _ in nil } } }
        frames = state?.frames ?? pictures.map { $0.map { _ in 0 } }
        if set.hasVariants { scheduler = state?.scheduler ?? VariantScheduler(set, budget: options.budget) }
        guard scheduler == nil else { return }
        for place in set.networks.indices { _ = try network(place, 0) }
    }

    package var state: AnalyzerState {
        let networks = zip(self.networks, kept).map { zip($0, $1).map { $0?.ownState ?? $1 } }
        return .several(State(networks: networks, scheduler: scheduler, frames: scheduler.map { _ in frames }))
    }

    package func begin() {
        if scheduler != nil { scheduler = VariantScheduler(set, budget: options.budget) }
        frames = pictures.map { $0.map { _ in 0 } }
        for network in networks.joined() { network?.begin() }
        kept = pictures.map { $0.map { _ in nil } }
        agreements = agreements.map { $0.map { $0.map { _ in nil } } }
    }

    package func reset() {
        for network in networks.joined() { network?.reset() }
        if let (board, stream) = shared { board.rest(stream) }
    }

    /// Leaves the choice to what chooses for other live inputs as well. Of a set that is one model with capacities.
    func share(_ board: CapacityBoard, stream: Int) {
        precondition(set.isOneNested, "there is one choice to make")
        (shared, scheduler) = ((board, stream), nil)
    }

    package func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
        let choice = choose(), wanted = Set(zip(pictures, choice).map { $0[$1] })
        return try analyze(preparer.prepare(frame, index: index, wanted: wanted), choice)
    }

    package func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameResult { try analyze(frame, choose()) }

    /// The variant of each network.
    private func choose() -> [Int] {
        if let shared { return [shared.board.capacity(of: shared.stream)] }
        return scheduler?.choose() ?? pictures.map { _ in 0 }
    }

    private func analyze(_ frame: PreparedFrame, _ choice: [Int]) throws(DeepVidError) -> FrameResult {
        var answers = [ModelAnswer?](repeating: nil, count: set.members.count), timing = FrameResult.Timing(), costs: [Double] = []
        for (place, variant) in choice.enumerated() {
            let watch = Stopwatch(), busy = BusyTime(), own = try network(place, variant).answer(frame.picture(pictures[place][variant]))
            costs.append(watch.milliseconds)
            if let (board, stream) = shared { board.observe(stream, busy: busy.milliseconds, waited: watch.milliseconds, of: frame.info) }
            frames[place][variant] += 1
            timing.add(own.timing)
            for (index, member) in set.networks[place].enumerated() {
                let model = set.members[member], shown = model.variants[variant]
                answers[member] = ModelAnswer(
                    name: model.name, answer: shown.renumbered(own.answers[index]), reuse: own.reuse(ofModel: index),
                    variant: model.variants.count > 1 ? shown.name : nil)
            }
        }
        // Of all models together.
        (timing.decode, timing.preprocess) = (frame.info.decodeMilliseconds, frame.milliseconds)
        // Frames without a time come 25 a second, as good as any.
        scheduler?.observe(
            costs: costs, overhead: frame.milliseconds, seen: set.networks.map { answers[$0[0]]!.answer.labels },
            at: frame.info.pts ?? Double(frame.info.index) / 25, dropped: frame.info.dropped)
        let first = answers[set.primary]!
        answers[set.primary] = nil
        var result = FrameResult(frame.info, answer: first.answer, reuse: first.reuse, timing: timing)
        (result.others, result.variant) = (answers.compactMap(\.self), first.variant)
        return result
    }

    package func complete(_ summary: inout RunSummary) {
        var others: [(agreement: RunSummary.Agreement?, variants: [(name: String, frames: Int)])] = []
        for (member, model) in set.members.enumerated() {
            let place = set.networks.firstIndex { $0.contains(member) }!, index = set.networks[place].firstIndex(of: member)!
            let agreement = zip(networks[place], agreements[place]).compactMap { $0?.agreement(ofModel: index) ?? $1[index] }
                .reduce(nil) { RunSummary.Agreement.sum($0, $1) }
            let variants = model.variants.count > 1 ? zip(model.variants.map(\.name), frames[place]).map { ($0, $1) } : []
            guard member == set.primary else {
                others.append((agreement, variants))
                continue
            }
            summary.reuse?.agreement = agreement
            summary.variants = variants
        }
        for index in summary.others.indices {
            summary.others[index].reuse?.agreement = others[index].agreement
            summary.others[index].variants = others[index].variants
        }
    }

    /// A network, with a variant of its model; made where it is not there yet.
    private func network(_ place: Int, _ variant: Int) throws(DeepVidError) -> ModelAnalyzer {
        if let known = networks[place][variant] { return known }
        let isChange = set.isNested(network: place) && networks[place].contains { $0 != nil }
        if isChange { leave(place) }
        // Weaker objects than those to be reported may continue a track, of those that are followed.
        let models = try set.loadedModels(ofNetwork: place, variant: variant)
        let reported = zip(set.networks[place], models).map { member, model in
            options.output.isTracking && member == set.primary ? model.scores.tracked : model.scores.reported
        }
        let made = try ModelAnalyzer(
            models, options, reported: reported, preparer: preparer, picture: preparer.makeBuffers()[pictures[place][variant]],
            resuming: kept[place][variant])
        if isChange { made.firstReason = .capacity }
        networks[place][variant] = made
        return made
    }

    /// Of a model with capacities, one is in memory at a time: what another one has learnt stays, its weights and activations go.
    private func leave(_ place: Int) {
        for (variant, network) in networks[place].enumerated() {
            guard let network else { continue }
            kept[place][variant] = network.ownState
            agreements[place][variant] = set.networks[place].indices.map { network.agreement(ofModel: $0) }
            networks[place][variant] = nil
        }
    }
}

/// What one of several models says of a frame.
public struct ModelAnswer: Sendable {
    /// Of the model among the others.
    public let name: String
    public var answer: HeadResult
    /// Nil with `ReuseOptions.Policy.off`.
    public var reuse: FrameResult.Reuse?
    /// Which variant of the model answered; nil of one that has none.
    public var variant: String?
}

extension FrameResult.Timing {
    /// Adds what another network took.
    fileprivate mutating func add(_ other: FrameResult.Timing) {
        if let more = other.match { match = (match ?? 0) + more }
        infer += other.infer
        postprocess += other.postprocess
    }
}

extension HeadResult {
    /// What was seen: a label for each object, or that of the best class.
    fileprivate var labels: [String] {
        switch self {
        case .detections(let all): all.map(\.label)
        case .classes(let all): all.prefix(1).map(\.label)
        case .embedding, .semantic, .depth: []
        }
    }
}

extension VariantScheduler {
    /// For the networks of a set.
    fileprivate init(_ set: ModelSet, budget: Double?) {
        self.init(
            set.networks.indices.map { place in
                set.members[set.networks[place][0]].variants.map { variant in
                    Variant(accuracy: variant.accuracy, classes: variant.classes.map(Set.init), work: variant.work)
                }
            }, budget: budget)
    }
}

extension ModelChoice {
    /// A model, or the catalog that is named instead of one.
    init(reading options: ModelOptions) throws(DeepVidError) {
        guard let path = options.model, Catalog.isNamed(path) else {
            if options.capacity == .any, let nested = try NestedModel(options) { self.init(nested, options) } else { self.init(options) }
            return
        }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let variants = try Catalog(path: path).variants.map { variant in
            var own = options
            (own.model, own.card, own.inputSize) = (variant.model, variant.card, variant.inputSize)
            own.capacity = .largest
            return Variant(name: variant.name, own, accuracy: variant.accuracy, classes: variant.classes)
        }
        self.init(name: options.name ?? String(file.dropLast(".toml".count)), file: path, variants)
    }
}
