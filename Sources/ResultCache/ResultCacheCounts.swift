/// What a cache has done so far.
public struct ResultCacheCounts: Sendable {
    /// Crops that were looked up.
    public internal(set) var lookups = 0
    /// Crops that were given an answer, audits not counted.
    public internal(set) var hits: [Lookup.Origin: Int] = [:]
    public internal(set) var misses: [Lookup.Reason: Int] = [:]
    /// Audits, and the agreement of all hits with the model that they tell of.
    public internal(set) var audits = AuditTally()
    /// At present.
    public internal(set) var entries = 0
    /// At present, of memory, about.
    public internal(set) var bytes = 0
    /// Entries that made room for others, and that were too old.
    public internal(set) var evicted = 0
    public internal(set) var expired = 0
    /// Distance within which answers are given at present.
    public internal(set) var threshold: Float = 0

    mutating func add(_ lookup: Lookup) {
        lookups += 1
        switch lookup {
        case .hit(let hit): hits[hit.origin, default: 0] += 1
        case .miss(let miss): misses[miss.reason, default: 0] += 1
        case .audit: break
        }
    }
}
