import Results

/// Sums over some frames that follow each other.
struct TimeBin: Sendable {
    /// Times of the first and the last frame, in seconds.
    var first: Double
    var last: Double
    var frames = 0
    /// Sum of the shares that were reused.
    var reused = 0.0
    /// Frames whose records have such a share.
    var reusing = 0
    /// Milliseconds: the sum of all frames, and the slowest one.
    var total = 0.0
    var slowest = 0.0

    mutating func merge(_ other: TimeBin) {
        last = max(last, other.last)
        frames += other.frames
        reused += other.reused
        reusing += other.reusing
        total += other.total
        slowest = max(slowest, other.slowest)
    }
}

/// A bounded number of bins, however many frames there are: when there are too many bins, each two neighbors are merged.
///
/// - Complexity: O(1) a frame, amortized.
struct TimeBins: Sendable {
    private(set) var bins: [TimeBin] = []
    private let limit: Int
    private var framesEach = 1

    /// - Parameter limit: the most bins; with more frames than that there are at least half as many.
    init(limit: Int) { self.limit = limit }

    mutating func add(_ record: FrameRecord, at time: Double) {
        var bin = TimeBin(first: time, last: time, frames: 1)
        if let cache = record.cache, cache.reused.isFinite { (bin.reused, bin.reusing) = (cache.reused, 1) }
        let milliseconds = record.timingMs.total
        if milliseconds.isFinite, (0..<1e9).contains(milliseconds) { (bin.total, bin.slowest) = (milliseconds, milliseconds) }
        add(bin)
    }

    /// Frames without records between two times, in which nothing changed since the record before them.
    mutating func add(held frames: Int, from first: Double, to last: Double) {
        add(TimeBin(first: first, last: last, frames: frames))
    }

    private mutating func add(_ bin: TimeBin) {
        if let last = bins.indices.last, bins[last].frames < framesEach {
            bins[last].merge(bin)
        } else {
            bins.append(bin)
        }
        if bins.count > limit { halve() }
    }

    /// The same with at most `count` bins.
    func reduced(to count: Int) -> [TimeBin] {
        var copy = self
        while copy.bins.count > max(count, 1) { copy.halve() }
        return copy.bins
    }

    private mutating func halve() {
        framesEach *= 2
        bins = stride(from: 0, to: bins.count, by: 2).map { index in
            var bin = bins[index]
            if index + 1 < bins.count { bin.merge(bins[index + 1]) }
            return bin
        }
    }
}
