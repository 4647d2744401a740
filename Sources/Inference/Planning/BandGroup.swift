import Tensors

/// Consecutive steps that a dense run computes together: a band of rows of the first, what of the second those rows allow, and so on, then
/// the next band. What one step writes is still in L2 when the next reads it; step by step it would have gone to L3 or memory and
/// come back. Every tensor is written whole, at its own place, so that outputs, their bits and incremental sessions know nothing of it.
package struct BandGroup: Sendable {
    /// Indices of the plan's steps.
    package let steps: Range<Int>
    /// Bands that the rows of the last step are divided into.
    package let count: Int

    /// Rows of a band and those that stay for the next one, over all steps: three quarters of an L2 cache of 512 KB, the smallest in use.
    private static let cachedBytes = 384 << 10
    /// Packed weights of all steps, which every band reads again.
    private static let weightBytes = 128 << 10
    /// Of the tensor that one step passes to the next: smaller ones come from L3 about as fast as they are computed, and rows of theirs are
    /// too short for whole tiles of pixels.
    private static let leastBytes = 2 << 20

    /// The groups of a plan's steps, in order. O(steps²) for the longest group.
    static func find(in steps: [BandStep?]) -> [BandGroup] {
        var groups: [BandGroup] = [], start = 0
        while start < steps.count {
            guard let first = steps[start] else {
                start += 1
                continue
            }
            var members = [first], weights = first.weightBytes, group: BandGroup?
            while members.last!.bytes >= leastBytes, start + members.count < steps.count, let next = steps[start + members.count],
                weights + next.weightBytes <= weightBytes,
                let count = bands(of: members + [next])
            {
                members.append(next)
                weights += next.weightBytes
                group = BandGroup(steps: start..<start + members.count, count: count)
            }
            if let group { groups.append(group) }
            start += members.count
        }
        return groups
    }

    /// As few bands as fit the cache; nil where not even single rows do.
    private static func bands(of steps: [BandStep]) -> Int? {
        // Rows of a source that one band reads and the next reads again.
        var kept = [Int](repeating: 0, count: steps.count)
        for reader in steps.indices {
            for (source, field) in zip(steps[reader].sources, steps[reader].fields) {
                for writer in steps[..<reader].indices where steps[writer].destination.overlaps(source) {
                    kept[writer] = max(kept[writer], field.sharedRows)
                }
            }
        }
        let most = steps.last!.destination.height
        var count = 2
        while count <= most {
            let bytes = zip(steps, kept).reduce(0) { sum, step in
                let rows = (step.0.destination.height + count - 1) / count
                return sum + min(step.0.destination.height, rows + step.1) * step.0.rowBytes
            }
            if bytes <= cachedBytes { return count }
            count += max(1, count / 8)
        }
        return nil
    }
}

/// What a step looks like to those who divide it into bands.
struct BandStep: Sendable {
    let sources: [SpatialRef]
    let fields: [ReceptiveField]
    let destination: SpatialRef
    /// Of its packed weights.
    let weightBytes: Int

    /// Nil where a row of the output may depend on all rows, or there are too few rows to divide.
    init?(sources: [SpatialRef], fields: [ReceptiveField], destination: SpatialRef, weightBytes: Int) {
        guard destination.images == 1, destination.height >= Self.leastRows else { return nil }
        for field in fields { if case .whole = field { return nil } }
        (self.sources, self.fields, self.destination, self.weightBytes) = (sources, fields, destination, weightBytes)
    }

    private static let leastRows = 8

    /// Of the channels that the step writes; the pixels in memory may have more.
    var rowBytes: Int { destination.width * (destination.channels + 15) / 16 * 64 }

    var bytes: Int { destination.height * rowBytes }
}

extension ReceptiveField {
    /// Source rows that two neighboring rows of the output both read, at most.
    fileprivate var sharedRows: Int {
        switch self {
        case .pixel: 0
        case .window(let w): max(0, w.extentY - w.strideY)
        case .table(let rows, _): rows.reduce(0) { max($0, $1.last - $1.first + 1) }
        case .whole: .max
        }
    }

    /// The source rows that `rows` of the output read, of a source with `height` rows.
    func rows(of rows: Range<Int>, height: Int) -> Range<Int> {
        guard !rows.isEmpty else { return 0..<0 }
        let read: ClosedRange<Int>
        switch self {
        case .pixel: read = rows.lowerBound...rows.upperBound - 1
        case .window(let w):
            let first = rows.lowerBound * w.strideY - w.padTop
            read = first...max(first, (rows.upperBound - 1) * w.strideY - w.padTop + w.extentY - 1)
        case .table(let table, _):
            let first = rows.reduce(Int.max) { min($0, table[$1].first) }
            read = first...max(first, rows.reduce(0) { max($0, table[$1].last) })
        case .whole: read = 0...max(0, height - 1)
        }
        let lower = min(max(0, read.lowerBound), height), upper = min(max(0, read.upperBound + 1), height)
        return lower..<max(lower, upper)
    }
}
