import CKernels

/// Entries of one model, the index that finds them, and what goes when there are too many. Knows nothing of thresholds and audits.
public struct EntryPool: Sendable {
    private struct Slot {
        var entry: CacheEntry
        /// How often it answered a crop, and once for being new. Less whenever entries have to go, so that old merits fade.
        var uses: Float = 1

        /// Seconds that it saves, next to the bytes that it takes (Potluck).
        var importance: Float { entry.seconds * uses / Float(entry.size) }
    }

    /// An entry near a key.
    public struct Neighbour: Sendable {
        public let distance: Float
        public let entry: CacheEntry
    }

    private typealias Constants = ResultCacheConstants.Pool
    /// Bytes that entries may take.
    public let limit: Int
    /// Seconds after which an entry goes that no model confirmed since.
    public let maximumAge: Double
    /// By slot; nil where one is free.
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var slotByDigest: [UInt64: Int] = [:]
    /// All keys, by slot: what a search reads lies together.
    private var keys: [UInt8] = []
    private var index = LSHIndex(width: ResultCacheConstants.Index.firstWidth)
    private var width = BucketWidth()
    /// What takes the place of the index; nil while nothing does.
    private var renewal: IndexRenewal?

    public private(set) var bytes = 0
    public private(set) var evicted = 0
    public private(set) var expired = 0
    public var count: Int { slots.count - free.count }

    public init(limit: Int, maximumAge: Double) { (self.limit, self.maximumAge) = (limit, maximumAge) }

    /// The nearest entries that the index finds, nearest first; of two as near, the older slot.
    public mutating func nearest(_ key: CropKey, count: Int, now: Double) -> [Neighbour] {
        let candidates = index.candidates(of: key, most: Constants.mostCandidates)
        width.record(candidates: candidates.count, entries: self.count)
        var best: [(squared: UInt64, slot: Int)] = []
        keys.withUnsafeBufferPointer { keys in
            key.bytes.withUnsafeBufferPointer { key in
                for candidate in candidates {
                    let slot = Int(candidate), length = CropKey.count
                    let squared = dv_squared_difference(
                        key.baseAddress, keys.baseAddress! + slot * length, Int64(length), Int32(length), 1)
                    if best.count == count, (squared, slot) >= best[count - 1] { continue }
                    best.insert((squared, slot), at: best.firstIndex { (squared, slot) < $0 } ?? best.count)
                    if best.count > count { best.removeLast() }
                }
            }
        }
        return best.compactMap { squared, slot in
            guard let entry = slots[slot]?.entry else { return nil }
            if entry.time + maximumAge < now {
                remove(slot)
                expired += 1
                return nil
            }
            return Neighbour(distance: Float(squared).squareRoot(), entry: entry)
        }
    }

    /// Adds an entry, or takes note of when it was confirmed, if it is there already; makes room where there is none.
    ///
    /// - Returns: whether it is there; an entry that is older than entries become, or larger than all of them may be together, is not.
    @discardableResult
    public mutating func insert(_ entry: CacheEntry, now: Double) -> Bool {
        guard entry.time + maximumAge >= now, entry.size <= limit else { return false }
        if slotByDigest[entry.digest] != nil {
            confirm(entry.digest, at: entry.time)
            return true
        }
        if bytes + entry.size > limit { evict(bytes + entry.size - limit) }
        let slot = free.popLast() ?? slots.count
        if slot == slots.count {
            slots.append(nil)
            keys += entry.key.bytes
        } else {
            keys.replaceSubrange(slot * CropKey.count..<(slot + 1) * CropKey.count, with: entry.key.bytes)
        }
        slots[slot] = Slot(entry: entry)
        slotByDigest[entry.digest] = slot
        bytes += entry.size
        index.add(Int32(slot), entry.key)
        renewal?.add(slot, entry.key)
        renew()
        return true
    }

    /// A step of measuring how wide buckets should be, or of hashing all keys anew.
    private mutating func renew() {
        if renewal == nil { renewal = width.next(of: self).map(IndexRenewal.init) }
        guard let renewed = renewal?.step(slots: slots.count, key: { [slots] in slots[$0]?.entry.key }) else { return }
        (index, renewal) = (renewed, nil)
        width.begin()
    }

    /// Notes that an entry answered a crop.
    public mutating func use(_ neighbour: Neighbour) {
        // Between finding it and now, it may have gone.
        if let slot = slotByDigest[neighbour.entry.digest] { slots[slot]?.uses += 1 }
    }

    /// Notes that a model said the same again.
    ///
    /// - Returns: the entry with the later time; nil if it has gone.
    @discardableResult
    public mutating func confirm(_ digest: UInt64, at time: Double) -> CacheEntry? {
        guard let slot = slotByDigest[digest], let known = slots[slot]?.entry.time else { return nil }
        slots[slot]?.entry.time = max(known, time)
        return slots[slot]?.entry
    }

    /// All entries, oldest slot first.
    public var entries: [CacheEntry] { slots.compactMap { $0?.entry } }

    /// Entries that are spread over all, by slot.
    var probes: [Int] {
        let all = slots.indices.filter { slots[$0] != nil }, most = ResultCacheConstants.Index.probes
        return stride(from: 0, to: all.count, by: max(1, all.count / most)).prefix(most).map { all[$0] }
    }

    /// From an entry to all others, by rising distance; nil if it has gone.
    func distances(from probe: Int) -> [Float]? {
        guard let key = slots[probe]?.entry.key else { return nil }
        return slots.indices.compactMap { slot in slot == probe ? nil : slots[slot]?.entry.key.distance(to: key) }.sorted()
    }

    private mutating func remove(_ slot: Int) {
        guard let entry = slots[slot]?.entry else { return }
        index.remove(Int32(slot), entry.key)
        renewal?.remove(slot, entry.key)
        slotByDigest[entry.digest] = nil
        bytes -= entry.size
        slots[slot] = nil
        free.append(slot)
    }

    /// Removes the least important entries: so many that `size` bytes are freed, and at least a tenth of all, for finding them looks at every one.
    public mutating func evict(_ size: Int) {
        let order = slots.indices.filter { slots[$0] != nil }.sorted { a, b in
            let (first, second) = (slots[a]!, slots[b]!)
            return (first.importance, first.entry.time, a) < (second.importance, second.entry.time, b)
        }
        let goal = bytes - max(size, Int(Double(bytes) * Constants.evictedShare))
        for slot in order {
            guard bytes > goal else { break }
            remove(slot)
            evicted += 1
        }
        for slot in slots.indices { slots[slot]?.uses *= Constants.usesLeft }
    }
}
