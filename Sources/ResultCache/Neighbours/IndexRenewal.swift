/// Another index that is built beside the one in use, a part with each entry that is added, so that no crop waits for all of it.
struct IndexRenewal: Sendable {
    private var index: LSHIndex
    /// Slots before this one are in it.
    private var reached = 0

    init(width: Float) { index = LSHIndex(width: width) }

    /// Takes the next slots, at most `ResultCacheConstants.Index.stepEntries` of them.
    ///
    /// - Parameter key: of a slot; nil where it is free.
    /// - Returns: the index, once all slots are in it.
    mutating func step(slots: Int, key: (Int) -> CropKey?) -> LSHIndex? {
        let next = min(slots, reached + ResultCacheConstants.Index.stepEntries)
        for slot in reached..<max(reached, next) { if let key = key(slot) { index.add(Int32(slot), key) } }
        reached = max(reached, next)
        return reached == slots ? index : nil
    }

    /// An entry has come. Slots that were not reached have their turn.
    mutating func add(_ slot: Int, _ key: CropKey) { if slot < reached { index.add(Int32(slot), key) } }

    /// An entry has gone.
    mutating func remove(_ slot: Int, _ key: CropKey) { if slot < reached { index.remove(Int32(slot), key) } }
}
