/// Which submodel is active, and which are resident: CacheNet's cache of models (paper §5), without the models.
///
/// ```
/// active sure ──▶ sure()                                       a hit
/// else        ──▶ select(k) ─▶ .stay                           k is active already: the full model answers
///                           ├▶ .consult(k)                     resident: it is asked, and stays where it is
///                           ├▶ .activate(k)                    resident: it is active from now on, and is asked
///                           ├▶ .miss                           not resident, and one frame is no reason to get it
///                           └▶ .load(k) … arrived(k)           not resident: it is got, and then active
/// ```
/// Bélády: which submodel is active depends on the frames alone, not on how many may be resident, as long as what is to be loaded
/// arrives before the next frame and nothing is prefetched. The residents are then the most recently used ones, those of a smaller
/// cache among those of a larger one, and a larger cache never misses where a smaller one does not (paper, Theorem 2). With
/// downloads that take time, which frames the old submodel still answers depends on the cache's size, and nothing is promised.
public struct Router: Sendable, Codable, Equatable {
    public struct Settings: Sendable, Codable, Equatable {
        /// N: how many submodels may be resident.
        public var cacheSize: Int
        public var hysteresis: Hysteresis

        public init(cacheSize: Int = 1, hysteresis: Hysteresis = .usual) {
            precondition(cacheSize >= 1)
            (self.cacheSize, self.hysteresis) = (cacheSize, hysteresis)
        }
    }

    public enum Step: Sendable, Equatable {
        case stay, miss
        case consult(Int)
        case activate(Int)
        case load(Int)

        /// Whether the selected submodel was not resident.
        public var isMiss: Bool {
            switch self {
            case .miss, .load: true
            case .stay, .consult, .activate: false
            }
        }
    }

    public let settings: Settings
    /// Nil until the first submodel is there.
    public private(set) var active: Int?
    /// Most recently used first: the active one.
    public private(set) var resident: [Int] = []
    /// What is to be active once it is resident.
    public private(set) var target: Int?
    private var ballot = Ballot()

    public init(_ settings: Settings) { self.settings = settings }

    /// The active submodel was sure of its answer.
    public mutating func sure() { ballot.addSure(settings.hysteresis) }

    /// It was not, or there is none, and the selector chooses `k`.
    public mutating func select(_ k: Int) -> Step {
        let hasVotes = ballot.add(k, settings.hysteresis)
        if k == active {
            // The scene is the old one after all.
            if hasVotes { target = nil }
            return .stay
        }
        let isDecided = hasVotes || active == nil
        guard let place = resident.firstIndex(of: k) else {
            if isDecided { target = k }
            return isDecided ? .load(k) : .miss
        }
        resident.remove(at: place)
        guard isDecided else {
            resident.insert(k, at: active == nil ? 0 : 1)
            return .consult(k)
        }
        resident.insert(k, at: 0)
        (active, target) = (k, nil)
        return .activate(k)
    }

    /// Submodel `k` is loaded. It becomes the active one if that is what it was loaded for, or there is none; else it is kept where
    /// there is room beside the active one.
    ///
    /// - Returns: what is resident no more, which may be `k` itself.
    public mutating func arrived(_ k: Int) -> [Int] {
        guard !resident.contains(k) else { return [] }
        if target == k || active == nil {
            resident.insert(k, at: 0)
            active = k
            if target == k { target = nil }
        } else {
            resident.insert(k, at: 1)
        }
        let evicted = Array(resident.dropFirst(settings.cacheSize))
        resident.removeLast(evicted.count)
        return evicted
    }

    /// Submodel `k` could not be had. It is asked for again when it is selected again.
    public mutating func failed(_ k: Int) { if target == k { target = nil } }
}
