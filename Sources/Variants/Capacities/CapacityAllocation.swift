/// At which capacity each of several streams runs, on which share of the processors: NestDNN's schedulers (MobiCom 2018).
///
/// A stream that runs at capacity v on share u of a processor costs
///
///     C(v, u) = (A_most − A(v)) + lateness · max(0, L(v) / u / interval − 1)
///
/// with A the accuracy, L the seconds of processor time that a frame takes, and `interval` the seconds to the next frame. The paper's A_min is
/// the accuracy of the largest capacity here, so that the first term is what is lost; its latency is counted in frames that come late.
package struct CapacityAllocation: Equatable, Sendable {
    /// What one stream needs.
    package struct Stream: Sendable {
        /// By capacity: accuracy, 0…1, and seconds of processor time a frame.
        package var capacities: [(accuracy: Double, seconds: Double)]
        /// Seconds from frame to frame.
        package var interval: Double
        /// Processors that it can keep busy.
        package var mostShare: Double

        package init(_ capacities: [(accuracy: Double, seconds: Double)], interval: Double, mostShare: Double) {
            (self.capacities, self.interval, self.mostShare) = (capacities, interval, mostShare)
        }

        /// C(v, u).
        package func cost(_ capacity: Int, share: Double) -> Double {
            let own = capacities[capacity], most = capacities.reduce(0) { max($0, $1.accuracy) }
            let late = share > 0 ? max(0, own.seconds / share / interval - 1) : .infinity
            return most - own.accuracy + CapacityAllocation.lateness * late
        }

        /// The capacity that costs least on a share, the earlier one of two.
        fileprivate func best(share: Double) -> (capacity: Int, cost: Double) {
            capacities.indices.map { ($0, cost($0, share: share)) }.min { $0.1 < $1.1 } ?? (0, .infinity)
        }
    }

    /// What the costs of the streams come to.
    package enum Rule: String, Sendable, CaseIterable {
        /// MinTotalCost: their sum is the least.
        case total
        /// MinMaxCost: the greatest of them is the least, so that no stream pays for the others.
        case max
    }

    /// By stream.
    package var capacities: [Int]
    /// By stream, in processors.
    package var shares: [Double]

    /// What a frame interval of lateness costs, in accuracy: every second frame is dropped then, and a model that is right half of the time
    /// instead of all of it would be as bad.
    package static let lateness = 0.5

    /// - Parameters:
    ///   - processors: that all together may keep busy.
    ///   - parts: into which these are divided; shares are multiples. Exact for such shares.
    /// Complexity: O(streams · parts²) by total, O(streams · (parts + capacities)) by max.
    package init(_ streams: [Stream], processors: Double, rule: Rule, parts: Int) {
        let part = processors / Double(parts)
        func share(_ stream: Stream, _ count: Int) -> Double { Swift.min(Double(count) * part, stream.mostShare) }
        // Falling with the parts that a stream has.
        let costs = streams.map { stream in (0...parts).map { stream.best(share: share(stream, $0)).cost } }
        let counts = rule == .total ? Self.leastTotal(costs, parts) : Self.leastMost(costs, parts)
        shares = zip(streams, counts).map(share)
        capacities = zip(streams, shares).map { $0.best(share: $1).capacity }
    }

    /// Stream by stream, the least sum for every number of parts that are left.
    private static func leastTotal(_ costs: [[Double]], _ parts: Int) -> [Int] {
        var sums = [Double](repeating: 0, count: parts + 1), chosen: [[Int]] = []
        for own in costs {
            var (next, taken) = ([Double](repeating: .infinity, count: parts + 1), [Int](repeating: 0, count: parts + 1))
            for all in 0...parts {
                for count in 0...all where own[count] + sums[all - count] < next[all] {
                    (next[all], taken[all]) = (own[count] + sums[all - count], count)
                }
            }
            sums = next
            chosen.append(taken)
        }
        var (left, counts) = (parts, [Int](repeating: 0, count: costs.count))
        for index in costs.indices.reversed() {
            counts[index] = chosen[index][left]
            left -= counts[index]
        }
        return counts
    }

    /// Part by part to the stream that costs most. No other could make the greatest cost less, so this is exact.
    private static func leastMost(_ costs: [[Double]], _ parts: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: costs.count)
        for _ in 0..<parts {
            guard
                let worst = counts.indices.filter({ costs[$0][counts[$0]] > costs[$0][parts] })
                    .max(by: { costs[$0][counts[$0]] < costs[$1][counts[$1]] })
            else { break }
            counts[worst] += 1
        }
        return counts
    }
}
