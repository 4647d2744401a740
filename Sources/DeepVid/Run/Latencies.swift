import Glibc

/// Percentiles of latencies in constant memory: counts in classes that are 2 % wide, from 10 µs to 20 minutes.
struct Latencies {
    private static let least = 0.01
    private static let width = log(1.02)
    private var counts = [Int](repeating: 0, count: 940)
    private var total = 0
    private var longest = 0.0

    /// - Parameter milliseconds: 0 or more.
    mutating func add(_ milliseconds: Double) {
        let place = log(max(milliseconds, Self.least) / Self.least) / Self.width
        counts[min(Int(place), counts.count - 1)] += 1
        total += 1
        longest = max(longest, milliseconds)
    }

    /// The upper end of the class that `share` of all lies within; nil without any.
    func percentile(_ share: Double) -> Double? {
        guard total > 0 else { return nil }
        let wanted = Int((share * Double(total)).rounded(.up))
        var sum = 0
        for (index, count) in counts.enumerated() {
            sum += count
            if sum >= wanted { return min(Self.least * exp(Double(index + 1) * Self.width), longest) }
        }
        return longest
    }

    var figures: RunSummary.Latency? {
        guard let p50 = percentile(0.5), let p99 = percentile(0.99) else { return nil }
        return .init(p50: p50, p99: p99, max: longest)
    }
}
