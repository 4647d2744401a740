/// What a cache knows, and how it decides: no files, no network, no locks.
struct CacheState: Sendable {
    private typealias Constants = ResultCacheConstants.Neighbours
    private(set) var pool: EntryPool
    var threshold: SimilarityThreshold
    /// How long the model's answers stand along tracks, as inputs have learnt that are over: it is kept with the answers.
    var ages: SimilarityThreshold?
    private var dropOuts: DropOuts
    private var counts = ResultCacheCounts()
    /// Something that the model said: entries of others must be of the same form.
    private var example: Answer?
    private let classes: Int?

    init(_ options: ResultCache.Options, _ model: ModelIdentity) {
        pool = EntryPool(limit: options.limit, maximumAge: options.maximumAge)
        threshold = SimilarityThreshold(target: options.targetAgreement)
        dropOuts = DropOuts(target: options.targetAgreement, seed: options.seed)
        classes = model.classes
    }

    /// Within what distance entries of others are of use; nil before anything is known that they can be checked by.
    var secondLevelRadius: Float? { example == nil ? nil : threshold.value }

    mutating func lookup(_ key: CropKey, now: Double) -> Lookup {
        decide(key, now: now, origin: .cache)
    }

    /// Looks up a key that was missed, after entries of others were added.
    ///
    /// - Returns: nil if none of them is of use.
    mutating func lookup(_ key: CropKey, adding entries: [CacheEntry], now: Double) -> Lookup? {
        guard let example else { return nil }
        var useful = entries.prefix(Constants.count).filter {
            $0.isPlausible(example, classes: classes) && $0.key.distance(to: key) <= threshold.value
        }
        // Ages travel, not times: what an entry spent on its way here makes it look younger, and the youngest as if they were still to come.
        for index in useful.indices { useful[index].time = min(useful[index].time, now) }
        guard !useful.isEmpty else { return nil }
        for entry in useful { pool.insert(entry, now: now) }
        return decide(key, now: now, origin: .edge)
    }

    private mutating func decide(_ key: CropKey, now: Double, origin: Lookup.Origin) -> Lookup {
        let neighbours = pool.nearest(key, count: Constants.count, now: now)
        guard let vote = HomogeneousNeighbours(neighbours.map { ($0.distance, $0.entry.answer) }) else {
            return .miss(.init(reason: .far, likeliest: nil))
        }
        let winner = neighbours[vote.winner], distance = winner.distance + vote.doubt * Constants.doubtDistance
        guard distance <= threshold.value else {
            let reason: Lookup.Reason = neighbours[0].distance > threshold.value ? .far : .mixed
            return .miss(.init(reason: reason, likeliest: (distance, winner.entry.answer)))
        }
        let weight = dropOuts.next(isTried: threshold.isTried)
        let hit = Lookup.Hit(
            answer: winner.entry.answer, distance: distance, origin: origin, weight: weight ?? 1, digest: winner.entry.digest)
        pool.use(winner)
        return weight == nil ? .hit(hit) : .audit(hit)
    }

    /// Takes what the model said.
    ///
    /// - Returns: what others should know, the entry or the one that it confirms; and for an audit, whether the model said the same.
    mutating func insert(_ entry: CacheEntry, after lookup: Lookup, now: Double) -> (told: CacheEntry, isSame: Bool?) {
        if example == nil { example = entry.answer }
        var isSame: Bool?
        switch lookup {
        case .hit: break
        case .miss(let miss):
            if let (distance, answer) = miss.likeliest {
                threshold.learn(.init(distance: distance, isSame: answer.agrees(with: entry.answer)), isAudit: false)
            }
        case .audit(let hit):
            let agrees = hit.answer.agrees(with: entry.answer)
            counts.audits.add(isSame: agrees, weight: hit.weight)
            dropOuts.record(isSame: agrees)
            threshold.learn(.init(distance: hit.distance, isSame: agrees), isAudit: true)
            if agrees, let confirmed = pool.confirm(hit.digest, at: now) { return (confirmed, true) }
            isSame = agrees
        }
        pool.insert(entry, now: now)
        return (entry, isSame)
    }

    /// Takes entries that the model is known to have given, from a file.
    mutating func take(_ entries: [CacheEntry], now: Double) {
        for entry in entries {
            if example == nil { example = entry.answer }
            if entry.isPlausible(example ?? entry.answer, classes: classes) { pool.insert(entry, now: now) }
        }
    }

    mutating func count(_ lookups: [Lookup]) { for lookup in lookups { counts.add(lookup) } }

    var currentCounts: ResultCacheCounts {
        var all = counts
        (all.entries, all.bytes, all.evicted, all.expired) = (pool.count, pool.bytes, pool.evicted, pool.expired)
        all.threshold = threshold.value
        return all
    }
}
