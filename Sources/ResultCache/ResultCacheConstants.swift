/// All constants of the cache of answers, with unit, meaning and the measurement that chose them (docs/result-cache.md).
public enum ResultCacheConstants {
    /// Cosine from which two embeddings are one answer.
    package static let sameCosine: Float = 0.9
    /// Seconds that no model takes for a crop.
    static let mostSeconds: Float = 3600

    enum Key {
        /// Euclidean length of a key's part for edges.
        static let edgeLength = 400.0
        /// Length of the sums of gradients that is noise rather than edges.
        static let edgeNoise = 2000.0
        /// Weights of light and color next to edges, in sixteenths: one step of 8 bits counts as much.
        static let lightWeight: Int32 = 16
        static let colorWeight: Int32 = 16
    }

    enum Neighbours {
        /// k: entries that decide about a crop, at most.
        static let count = 5
        /// Distance of two pictures of the same thing by noise alone: below, nearer is not better.
        static let noise: Float = 10
        /// Neighbours farther than this, next to the nearest, are left out.
        static let outlierRatio: Float = 2
        /// Distance that a doubt of 1 counts for: a tenth of the votes against an answer, or a model that was sure of it by 0.9, is as bad as
        /// another picture. Of 500, 1000 and 2000, on vehicles of one clip and two classifiers.
        static let doubtDistance: Float = 1000
    }

    package enum Threshold {
        /// Distance to begin with, and for how much evidence it counts in each half: for a target of 0.95 it is enough, for 0.98 it is not.
        package static let first: Float = 60
        static let firstCount = 18
        /// Audits and misses that count, of each. Of 128, halves have too few to be sure of a target of 0.95.
        static let latest = 512
        /// Share of the way that one piece of evidence moves it up: Potluck's.
        static let step: Float = 0.2
    }

    /// What `SimilarityThreshold` and `DropOuts` have instead for how long answers stand along tracks (docs/second-models.md).
    package enum Ages {
        /// To begin with: half of what an object is trusted with, which is as long as the last answer was confirmed for.
        package static let first: Float = 0.5
        /// Share of the first answers that stand that are audited. The cache asks for half of them; there each object's own looks tell of errors, too.
        package static let firstProbability = 0.2
    }

    package enum DropOuts {
        /// Share of the first hits of a cache that are audited, until there are so many audits: what it begins with is a guess, and where that is
        /// wrong, an audit in ten would tell of it after a dozen errors.
        package static let firstProbability = 0.5
        static let first = 16
        /// Potluck's: share of hits that are audited until the answers have proven themselves, and then.
        static let probability = 0.1
        static let provenProbability = 0.025
        /// Audits that count for that.
        static let latest = 200
    }

    enum Index {
        static let tables = 8
        static let hashes = 6
        /// Width of a bucket before it was measured, in units of distance: all keys share one, and a search looks at every entry.
        static let firstWidth: Float = 50_000
        /// Width of a bucket, next to the mean distance to the k-th neighbour.
        static let widthRatio: Float = 4
        /// Entries that a search should meet in its buckets, on the whole.
        static let metEntries = 256
        /// Entries that it meets in one bucket, at most.
        static let mostMet = 128
        /// Distances between entries that the width is computed from.
        static let mostDistances = 2000
        /// Entries before it is measured: as many as a search may compute the distances of.
        static let leastEntries = Pool.mostCandidates
        /// Share by which it has to differ before the index is built anew.
        static let tolerance: Float = 0.2
        /// k.
        static let neighbour = Neighbours.count
        /// Entries whose neighbours are looked for: each is compared with all others.
        static let probes = 32
        /// Of a step of building the index anew: distances that are computed, and entries that are hashed. Either takes about a millisecond.
        static let stepDistances = 16_384
        static let stepEntries = 256
        /// Searches between two looks at what they find.
        static let searches = 256
        /// Share of the entries that is no reason to look at fewer.
        static let leastShare = 0.01
    }

    public enum Pool {
        /// Bytes that entries may take: some 40,000 embeddings of 256 numbers.
        public static let usualLimit = 64 << 20
        /// Seconds: a week.
        public static let usualMaximumAge = 7 * 86_400.0
        /// Bytes of an entry beside its key and answer: its places in the tables, the headers of arrays.
        static let entryOverhead = 400
        /// Share of the entries that goes when there is no room.
        static let evictedShare = 0.1
        /// What is left of an entry's uses then: half of them by the time that as many have gone as there is room for.
        static let usesLeft: Float = 0.933
        /// Entries whose distance a search computes, at most.
        static let mostCandidates = 128
    }

    enum File {
        /// Between two looks at what others have added.
        static let interval = Duration.seconds(1)
        /// Bytes that the file may grow by in any case before it is written anew.
        static let leastGrowth = 4 << 20
        /// Bytes that wait for other processes, at most.
        static let mostWaiting = 4 << 20
    }
}
