/// How many unsure frames must select the same submodel before it becomes the active one: a single contrary frame is no new scene.
public struct Hysteresis: Sendable, Codable, Equatable {
    /// So many votes…
    public var votes: Int
    /// …among the last so many unsure frames. As many confident frames in a row make earlier votes void.
    public var among: Int

    /// Five of the last eight: on pictures of one class after another, 3 points more hits than with two of three, and 8 than with one.
    public static let usual = Hysteresis(votes: 5, among: 8)
    /// Every selection counts, as in the paper.
    public static let none = Hysteresis(votes: 1, among: 1)
}

/// Which submodel is active, and which are resident: CacheNet's cache of models (paper §5), without the models.
///
/// ```
/// active confident ──▶ recordHit()                             a hit
/// else             ──▶ select(k) ─▶ .stay                           k is active already: the full model answers
///                                ├▶ .consult(k)                     resident: it is asked, and does not become active
///                                ├▶ .activate(k)                    resident: it becomes active, and is asked
///                                ├▶ .miss                           not resident, and one frame is no reason to load it
///                                └▶ .load(k) … didLoad(k)           not resident: it is loaded, and then active
/// ```
/// Bélády: which submodel is active depends on the frames alone, not on how many may be resident, as long as what is to be loaded
/// arrives before the next frame and nothing is prefetched. The residents are then the most recently used ones, those of a smaller
/// cache among those of a larger one, and a larger cache never misses where a smaller one does not (paper, Theorem 2). With
/// downloads that take time, which frames the old submodel still answers depends on the cache's size, and nothing is promised.
public struct Router: Sendable, Codable, Equatable {
    public struct Settings: Sendable, Codable, Equatable {
        /// N: how many submodels may be resident.
        public var cacheSize = 1
        public var hysteresis = Hysteresis.usual
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
    /// The submodel that becomes active once it is loaded.
    public private(set) var target: Int?
    private var votes = VoteWindow()

    public init(_ settings: Settings) { self.settings = settings }

    /// The active submodel was confident of its answer.
    public mutating func recordHit() { votes.addConfident(settings.hysteresis) }

    /// It was not, or there is none, and the selector chooses `k`: a vote for `k`.
    public mutating func select(_ k: Int) -> Step {
        let hasVotes = votes.add(k, settings.hysteresis)
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
    public mutating func didLoad(_ k: Int) -> [Int] {
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

    /// Submodel `k` could not be loaded. The next selection of it asks for it again.
    public mutating func didFail(_ k: Int) { if target == k { target = nil } }
}

/// The selections of the last unsure frames.
private struct VoteWindow: Sendable, Codable, Equatable {
    private var votes: [Int] = []
    private var confidentInARow = 0

    /// - Returns: whether `k` has enough votes now.
    mutating func add(_ k: Int, _ rule: Hysteresis) -> Bool {
        confidentInARow = 0
        votes.append(k)
        if votes.count > rule.among { votes.removeFirst() }
        return votes.count { $0 == k } >= rule.votes
    }

    mutating func addConfident(_ rule: Hysteresis) {
        confidentInARow += 1
        if confidentInARow >= rule.among { votes = [] }
    }
}
