import Foundation

/// How often and how lately each class was answered, and which are therefore worth comparing with (paper, §4.4).
public struct HotClasses: Sendable, Equatable {
    /// FT: how often each class was answered.
    public private(set) var frequency: [Int]
    /// TS: frames since each was answered.
    public private(set) var age: [Int]
    /// Frames after which a class's frequency counts a quarter. The paper does not give its own.
    public static let window = 300
    static let mass = 0.95

    public init(count: Int) {
        frequency = Array(repeating: 0, count: count)
        age = Array(repeating: 0, count: count)
    }

    init(frequency: [Int], age: [Int]) { (self.frequency, self.age) = (frequency, age) }

    mutating func append() {
        frequency.append(0)
        age.append(0)
    }

    mutating func answered(_ index: Int) {
        for k in age.indices { age[k] = min(age[k] + 1, 1 << 40) }
        frequency[index] += 1
        age[index] = 0
    }

    /// FT × 0.25^⌊TS / W⌋.
    public func score(_ index: Int) -> Double {
        Double(frequency[index]) * pow(0.25, Double(min(age[index] / Self.window, 60)))
    }

    /// The fewest classes that hold 95 % of all scores, best first; at least two, for a best needs a second.
    ///
    /// - Parameter fixed: so many instead.
    public func hot(fixed: Int? = nil) -> [Int] {
        let scores = frequency.indices.map(score), all = scores.reduce(0, +)
        // Until something was answered every class may come.
        guard all > 0 || fixed != nil else { return Array(frequency.indices) }
        let sorted = frequency.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        if let fixed { return Array(sorted.prefix(max(2, fixed))) }
        var sum = 0.0, count = 0
        while count < sorted.count, sum < Self.mass * all || count < 2 {
            sum += scores[sorted[count]]
            count += 1
        }
        return Array(sorted.prefix(count))
    }
}
