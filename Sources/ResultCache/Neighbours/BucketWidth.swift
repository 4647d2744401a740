/// How wide the index's buckets should be: so wide that neighbours share them and others do not (FoggyCache's A-LSH).
///
/// The width is a multiple of the mean distance from an entry to its k-th nearest, which is measured on a sample whenever the number of
/// entries has doubled, and when searches find much more or much less than they did.
struct BucketWidth {
    private typealias Constants = ResultCacheConstants.Index
    private var width = Constants.firstWidth
    /// When it was measured: entries, and the share of them that a search looks at.
    private var entries = 0
    private var share: Double?
    /// Since then, of searches: how many, and the shares that they looked at.
    private var searches = 0
    private var shares = 0.0

    /// Takes note of a search.
    mutating func record(candidates: Int, entries: Int) {
        guard entries > 0 else { return }
        searches += 1
        shares += Double(candidates) / Double(entries)
    }

    /// - Returns: another width, if the index should be built anew.
    mutating func next(of pool: EntryPool) -> Float? {
        guard pool.count >= Constants.leastEntries, pool.count >= 2 * entries || hasMoved() else { return nil }
        let measured = Constants.widthRatio * pool.meanNeighbourDistance()
        (entries, share, searches, shares) = (pool.count, nil, 0, 0)
        guard abs(measured / width - 1) > Constants.tolerance else { return nil }
        width = measured
        return measured
    }

    /// Whether searches look at much more or much less of the entries than right after the width was measured.
    private mutating func hasMoved() -> Bool {
        guard searches >= Constants.searches else { return false }
        let mean = shares / Double(searches)
        (searches, shares) = (0, 0)
        guard let first = share else {
            share = mean
            return false
        }
        return max(mean, Constants.leastShare) > 2 * first || 2 * max(mean, Constants.leastShare) < first
    }
}
