/// Which model of a bundle answered a frame, and why.
public struct RouteOutcome: Codable, Sendable, Equatable {
    public enum Server: String, Codable, Sendable { case device, edge, none }

    /// The submodel whose answer this is, from 1; nil when it is the full model's, or nobody's.
    public var submodel: Int?
    /// Of the answer of the submodel that was asked last, in nats; nil when none was.
    public var entropy: Double?
    /// Whether a submodel was confident enough for its answer to count.
    public var hit = false
    /// `none` when there was no answer to be had.
    public var servedBy = Server.device
    /// What the selector chose, where it was asked.
    public private(set) var selected: Int?
    /// Of the selector's code, in radians, 0 to 2π.
    public private(set) var angle: Double?
    /// Whether the selected submodel was not resident.
    public var miss = false
    /// Why the edge gave no answer (`edge_timeout`, `edge_backoff`, …); nil when it gave one, or was not needed.
    public var reason: String?
    /// Milliseconds that the frame waited for the edge; nil if it was not asked.
    public var edgeMilliseconds: Double?

    public init(servedBy: Server = .device) { self.servedBy = servedBy }

    public var selection: Selection? {
        get { selected.flatMap { selected in angle.map { Selection(submodel: selected, angle: $0) } } }
        set { (selected, angle) = (newValue?.submodel, newValue?.angle) }
    }

    enum CodingKeys: String, CodingKey {
        case submodel, entropy, hit, servedBy = "served_by", selected, angle, miss, reason, edgeMilliseconds = "edge_ms"
    }
}

/// What routing came to over the frames of an input.
public struct RouteCounts: Codable, Sendable, Equatable {
    public var frames = 0
    public var hits = 0
    public var misses = 0
    /// How often another submodel became active, with the first.
    public var switches = 0
    /// Models that were downloaded.
    public var fetched = 0
    public var edgeAnswers = 0
    /// Questions that the edge gave no usable answer to, and downloads that failed.
    public var edgeFailures = 0
    /// Work on the device, and waiting for the edge.
    public var deviceSeconds = 0.0
    public var edgeSeconds = 0.0

    public init() {}

    /// - Parameter milliseconds: of the whole frame.
    public mutating func add(_ outcome: RouteOutcome, milliseconds: Double) {
        frames += 1
        if outcome.hit { hits += 1 }
        if outcome.miss { misses += 1 }
        if outcome.servedBy == .edge { edgeAnswers += 1 }
        if let reason = outcome.reason, reason != EdgeLink.backOffReason { edgeFailures += 1 }
        let edge = outcome.edgeMilliseconds ?? 0
        edgeSeconds += edge / 1e3
        deviceSeconds += (milliseconds - edge) / 1e3
    }
}

/// The decisions of routing (paper §5), without the models: a value that is told what a model, the selector or the edge said of a
/// frame, and says what to do next, until the frame has its answer.
///
/// ```
/// begin ─▶ .run(active) ─ran─▶ hit: .answer
///    │                └─▶ unsure ─▶ .select ─selected─▶ .run(selected) ─ran─▶ hit: .answer
///    │                       │                     └───────┬──────────────────┘
///    │                       │                       in process: .runFull ─▶ the full model's answer
///    └ edge_only ────────────┴─────────────────────▶ .askEdge ─edgeAnswered─▶ .answer
///                                                           └─edgeFailed──▶ .answer: the submodel's, unsure as it is, or none
/// ```
public struct RoutePlan: Sendable, Equatable {
    /// Where answers come from; see `RouteOptions.Mode`.
    public enum Mode: String, Sendable {
        case submodels, edge
        case edgeOnly = "edge_only"
        case deviceOnly = "device_only"
    }

    public enum Action: Sendable, Equatable {
        /// Run this submodel on the frame, loading it first if it is not loaded; then `ran`.
        case run(Int)
        /// Run the selector; then `selected`.
        case select
        /// The full model answers: the frame is done.
        case runFull
        /// Ask the edge; then `edgeAnswered` or `edgeFailed`.
        case askEdge
        /// The frame is done, by whoever was asked last; `outcome` says by whom.
        case answer
    }

    public let mode: Mode
    /// T, in nats.
    public let threshold: Double
    public let partitions: Partitions
    public private(set) var router: Router
    /// Of the current frame.
    public private(set) var outcome = RouteOutcome()
    /// Submodels to load in the background, the most urgent last; whoever takes them empties the list.
    public var requests: [Int] = []
    private var drift = CodeDrift()
    /// Hits since the selector looked at a frame.
    private var hitsSinceSelection = 0
    /// Whether the submodel that runs is the active one, or that of a selection.
    private var isFirstRun = true
    private var isLookingAhead = false
    private var hasSelector = false
    private var isEdgeOpen = false

    /// Hits between two looks of the selector, where submodels are loaded ahead of time: between misses nobody else knows where the
    /// pictures drift, and a look costs as much as a submodel.
    static let hitsBetweenLooks = 8

    public init(_ mode: Mode, threshold: Double, partitions: Partitions, router: Router) {
        (self.mode, self.threshold, self.partitions, self.router) = (mode, threshold, partitions, router)
    }

    /// A frame begins.
    ///
    /// - Parameters:
    ///   - hasSelector: whether the device has it by now.
    ///   - isEdgeOpen: whether the edge would be asked now: it is not right after a failure.
    public mutating func begin(hasSelector: Bool = false, isEdgeOpen: Bool = false) -> Action {
        (self.hasSelector, self.isEdgeOpen) = (hasSelector, isEdgeOpen)
        (outcome, isFirstRun, isLookingAhead) = (RouteOutcome(), true, false)
        switch mode {
        case .deviceOnly: return .runFull
        case .edgeOnly: return .askEdge
        case .submodels, .edge: return router.active.map { .run($0) } ?? afterUnsure()
        }
    }

    /// Submodel `k` was run, and its answer has this entropy, in nats.
    public mutating func ran(_ k: Int, entropy: Double) -> Action {
        (outcome.submodel, outcome.entropy, outcome.hit) = (k, entropy, entropy < threshold)
        guard isFirstRun else { return outcome.hit ? .answer : afterSelection() }
        isFirstRun = false
        guard outcome.hit else { return afterUnsure() }
        router.recordHit()
        guard mode == .edge, router.settings.cacheSize > 1, hasSelector else { return .answer }
        hitsSinceSelection += 1
        guard hitsSinceSelection >= Self.hitsBetweenLooks else { return .answer }
        (hitsSinceSelection, isLookingAhead) = (0, true)
        return .select
    }

    /// The selector chose.
    public mutating func selected(_ selection: Selection) -> Action {
        if isLookingAhead {
            prefetch(selection.angle)
            return .answer
        }
        isFirstRun = false
        switch choose(selection) {
        case .consult(let k), .activate(let k): return .run(k)
        case .load(let k) where mode == .submodels:
            _ = router.didLoad(k)
            return .run(k)
        case .load, .stay, .miss: return afterSelection()
        }
    }

    /// The edge answered, and chose for the picture as well.
    public mutating func edgeAnswered(_ selection: Selection, milliseconds: Double) -> Action {
        outcome.edgeMilliseconds = milliseconds
        if mode == .edgeOnly { outcome.selection = selection } else if outcome.selection == nil { _ = choose(selection) }
        (outcome.submodel, outcome.servedBy) = (nil, .edge)
        return .answer
    }

    /// The edge gave no usable answer: the submodel that was asked last answers, confident or not.
    ///
    /// - Parameter milliseconds: that the frame waited; nil if the edge was not asked.
    public mutating func edgeFailed(_ reason: String, milliseconds: Double?) -> Action {
        (outcome.edgeMilliseconds, outcome.reason) = (milliseconds, reason)
        if outcome.submodel != nil { return .answer }
        outcome.servedBy = .none
        return .answer
    }

    /// Submodel `k` was loaded in the background.
    public mutating func didLoad(_ k: Int) { _ = router.didLoad(k) }

    /// Submodel `k` could not be loaded.
    public mutating func didFail(_ k: Int) { router.didFail(k) }

    /// Another input begins: which submodels are resident does not depend on it, and stays.
    public mutating func beginInput() { drift = CodeDrift() }

    private func afterUnsure() -> Action {
        // A device with room for one submodel has no use for choosing itself, unless the edge is away.
        let isChosenHere = mode == .submodels || (hasSelector && (router.settings.cacheSize > 1 || !isEdgeOpen))
        return isChosenHere ? .select : .askEdge
    }

    private mutating func afterSelection() -> Action {
        if mode == .edge { return .askEdge }
        outcome.submodel = nil
        return .runFull
    }

    private mutating func choose(_ selection: Selection) -> Router.Step {
        let step = router.select(selection.submodel)
        (outcome.selection, outcome.miss) = (selection, step.isMiss)
        if mode == .edge {
            prefetch(selection.angle)
            if case .load(let k) = step { requests.append(k) }
        }
        return step
    }

    /// Only where there is room beside the active submodel.
    private mutating func prefetch(_ angle: Double) {
        guard router.settings.cacheSize > 1, let next = drift.add(angle, partitions, active: router.active),
            !router.resident.contains(next)
        else { return }
        requests.append(next)
    }
}
