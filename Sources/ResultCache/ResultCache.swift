import Synchronization

/// Answers of one model, for crops that look like one that it has answered (Potluck, FoggyCache).
///
/// For each crop: `lookup`; where that is no hit, the model, and `insert`. Safe to share among threads; with one thread, the same crops in the
/// same order are answered in the same way every time.
public final class ResultCache: Sendable {
    public struct Options: Sendable {
        /// Share of hits whose answer is to be the model's own, 0…1.
        public var targetAgreement = 0.95
        /// Bytes that entries may take.
        public var limit = ResultCacheConstants.Pool.usualLimit
        /// Seconds after which an entry goes that no model confirmed since.
        public var maximumAge = ResultCacheConstants.Pool.usualMaximumAge
        /// Of the audits.
        public var seed: UInt64 = 1

        public init() {}
    }

    public let model: ModelIdentity
    private let file: ResultCacheFile?
    private let secondLevel: (any SecondLevel)?
    private let state: Mutex<CacheState>

    /// - Parameters:
    ///   - file: what processes of this machine share; may be given to the caches of several models.
    ///   - secondLevel: asked about crops that are not known here.
    ///   - now: seconds since 1970, as everywhere here.
    public init(
        _ model: ModelIdentity, _ options: Options = Options(), file: ResultCacheFile? = nil, secondLevel: (any SecondLevel)? = nil,
        now: Double
    ) {
        (self.model, self.file, self.secondLevel) = (model, file, secondLevel)
        state = Mutex(CacheState(options, model))
        guard let file else { return }
        let learnt = file.join(self, now: now), target = options.targetAgreement
        if let known = learnt[.threshold].flatMap({ EntryCoding.threshold($0, target: target) }) {
            state.withLock { $0.threshold = known.threshold }
        }
        if let known = learnt[.ages].flatMap({ EntryCoding.threshold($0, target: target, first: ResultCacheConstants.Ages.first) }) {
            state.withLock { $0.ages = known.threshold }
        }
        takeArrivals(now: now)
    }

    public func lookup(_ key: CropKey, now: Double) -> Lookup { lookup([key], now: now)[0] }

    /// Looks up the crops of a frame. The second level is asked about all that are not known here at once.
    ///
    /// - Returns: one for each key.
    /// - Complexity: for each key, O(tables × hashes) and the distances of as many entries as share a bucket with it; at most the second
    ///   level's deadline more.
    public func lookup(_ keys: [CropKey], now: Double) -> [Lookup] {
        takeArrivals(now: now)
        var (lookups, radius) = state.withLock { state in (keys.map { state.lookup($0, now: now) }, state.secondLevelRadius) }
        let unknown = lookups.indices.filter { if case .miss(let miss) = lookups[$0] { miss.reason == .far } else { false } }
        defer { state.withLock { $0.count(lookups) } }
        guard let secondLevel, let radius, !unknown.isEmpty else { return lookups }
        let found = secondLevel.neighbours(
            of: unknown.map { keys[$0] }, within: radius, count: ResultCacheConstants.Neighbours.count, model: model)
        state.withLock { state in
            for (index, entries) in zip(unknown, found) {
                if let lookup = state.lookup(keys[index], adding: entries, now: now) { lookups[index] = lookup }
            }
        }
        return lookups
    }

    /// Takes what the model said of a crop that was no hit.
    ///
    /// - Parameters:
    ///   - lookup: what `lookup` gave for the key.
    ///   - seconds: that the model took for it.
    /// - Returns: for an audit, whether the model said the same.
    @discardableResult
    public func insert(_ answer: Answer, for key: CropKey, after lookup: Lookup, seconds: Double, now: Double) -> Bool? {
        let entry = CacheEntry(key: key, answer: answer, seconds: Float(seconds), time: now)
        let (told, isSame) = state.withLock { $0.insert(entry, after: lookup, now: now) }
        file?.append(told, from: self)
        secondLevel?.add(told, model: model)
        return isSame
    }

    /// How long answers stand along tracks, for an input that begins; nil where nothing is known.
    package var knownAges: SimilarityThreshold? { state.withLock { $0.ages } }

    /// Takes what an input has learnt that began with `knownAges`: the last of its `audits` and `misses`, as many as it says.
    package func learn(_ learnt: SimilarityThreshold, audits: Int, misses: Int) {
        state.withLock { $0.ages = $0.ages?.adding(learnt, audits: audits, misses: misses) ?? learnt }
    }

    /// Writes down what was learnt, and what still waits to be. Call it when a run ends.
    public func flush(now: Double) {
        let learnt = contents.learnt
        for kind in RecordFraming.Kind.learnt { if let one = learnt[kind] { file?.append(one, as: kind, model, now: now) } }
    }

    /// What a file that is written anew keeps.
    var contents: (entries: [CacheEntry], learnt: [RecordFraming.Kind: SimilarityThreshold]) {
        state.withLock { state in
            var learnt = [RecordFraming.Kind.threshold: state.threshold]
            learnt[.ages] = state.ages
            return (state.pool.entries, learnt)
        }
    }

    private func takeArrivals(now: Double) {
        guard let entries = file?.takeArrivals(self, now: now), !entries.isEmpty else { return }
        state.withLock { $0.take(entries, now: now) }
    }

    public var counts: ResultCacheCounts { state.withLock { $0.currentCounts } }
}
