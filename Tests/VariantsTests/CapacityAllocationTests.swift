import TestSupport
import Testing

@testable import Variants

/// NestDNN's schedulers against trying everything.
struct CapacityAllocationTests {
    typealias Stream = CapacityAllocation.Stream

    /// Every division of the parts among the streams.
    private func divisions(_ parts: Int, among count: Int) -> [[Int]] {
        count == 1 ? (0...parts).map { [$0] } : (0...parts).flatMap { own in divisions(parts - own, among: count - 1).map { [own] + $0 } }
    }

    /// Every capacity of every stream.
    private func choices(_ streams: [Stream]) -> [[Int]] {
        streams.reduce([[]]) { all, stream in all.flatMap { choice in stream.capacities.indices.map { choice + [$0] } } }
    }

    private func costs(_ streams: [Stream], _ choice: [Int], _ shares: [Double]) -> [Double] {
        zip(streams, zip(choice, shares)).map { $0.cost($1.0, share: $1.1) }
    }

    private func random(_ dice: inout Dice) -> [Stream] {
        (0..<dice.int(1...3)).map { _ in
            let count = dice.int(1...4)
            return Stream(
                (0..<count).map { _ in (Double(dice.uniform()), Double(dice.uniform()) * 0.1 + 0.001) },
                interval: Double(dice.uniform()) * 0.1 + 0.01, mostShare: Double(dice.int(1...2)))
        }
    }

    @Test(arguments: [CapacityAllocation.Rule.total, .max], 0..<40)
    func nothingThatCouldBeTriedCostsLess(rule: CapacityAllocation.Rule, seed: Int) {
        var dice = Dice(seed)
        let streams = random(&dice), parts = 6, processors = Double(dice.int(1...3)) * 0.7
        let found = CapacityAllocation(streams, processors: processors, rule: rule, parts: parts)
        func value(_ costs: [Double]) -> Double { rule == .total ? costs.reduce(0, +) : costs.max()! }
        var least = Double.infinity
        for division in divisions(parts, among: streams.count) {
            let shares = zip(division, streams).map { min(Double($0) * processors / Double(parts), $1.mostShare) }
            for choice in choices(streams) { least = min(least, value(costs(streams, choice, shares))) }
        }
        let own = value(costs(streams, found.capacities, found.shares))
        #expect(own == least || abs(own - least) < 1e-9 * abs(least), "\(own), and \(least) is possible")
        #expect(found.shares.reduce(0, +) <= processors * (1 + 1e-12))
    }

    private func stream(_ scale: Double, interval: Double = 0.1) -> Stream {
        Stream([(0.9, 0.08 * scale), (0.8, 0.04 * scale), (0.6, 0.01 * scale)], interval: interval, mostShare: 1)
    }

    @Test func withRoomForAllTheLargestRun() {
        for rule in CapacityAllocation.Rule.allCases {
            let found = CapacityAllocation([stream(1), stream(1)], processors: 2, rule: rule, parts: 32)
            #expect(found.capacities == [0, 0])
        }
    }

    /// One input that is ten times as dear: by the sum the others keep theirs and it is late, by the worst all give way to it.
    @Test func theRulesDifferInWhoPays() {
        let streams = [stream(10), stream(1), stream(1), stream(1)]
        let total = CapacityAllocation(streams, processors: 2, rule: .total, parts: 64)
        let most = CapacityAllocation(streams, processors: 2, rule: .max, parts: 64)
        func worst(_ found: CapacityAllocation) -> Double { costs(streams, found.capacities, found.shares).max()! }
        func sum(_ found: CapacityAllocation) -> Double { costs(streams, found.capacities, found.shares).reduce(0, +) }
        #expect(worst(most) <= worst(total))
        #expect(sum(total) <= sum(most))
    }
}

/// The choice over time, with streams whose costs and whose processors are made up.
struct SharedCapacitiesTests {
    /// Streams that come 10 frames a second, whose frames take 60, 30 or 10 ms of a processor.
    private struct Machine {
        static let cost = [60.0, 30, 10]
        var shared: SharedCapacities
        var frame = 0
        let streams: Int
        /// By stream, when its thread is free again, and frames that were dropped since.
        private var free: [Double]
        private var skipped: [Int]

        init(streams: Int, rule: CapacityAllocation.Rule = .total) {
            self.streams = streams
            (free, skipped) = (Array(repeating: 0, count: streams), Array(repeating: 0, count: streams))
            shared = SharedCapacities(
                zip([0.9, 0.8, 0.6], Self.cost).map { (accuracy: $0, work: $1) }, streams: streams, processors: 2, threads: 1, rule: rule)
        }

        /// - Parameter others: threads of other programs that always want a processor.
        /// - Returns: capacities after each frame, and frames that did not fit.
        mutating func run(seconds: Int, others: Double = 0) -> (capacities: [[Int]], dropped: Int) {
            var (all, lost) = ([[Int]](), 0)
            for _ in 0..<seconds * 10 {
                let chosen = (0..<streams).map { shared.capacity(of: $0) }, now = Double(frame) / 10
                // Fair shares: of what is wanted at a time, the part that two processors are.
                let wanted = chosen.reduce(0) { $0 + Self.cost[$1] } / 100, fit = min(1, 2 / (min(wanted, Double(streams)) + others))
                for (stream, capacity) in chosen.enumerated() {
                    if free[stream] > now {
                        // Still at the frame before.
                        (skipped[stream], lost) = (skipped[stream] + 1, lost + 1)
                        continue
                    }
                    let busy = Self.cost[capacity]
                    free[stream] = now + busy / fit / 1e3 - 1e-9
                    shared.observe(stream, busy: busy, waited: busy / fit, at: now, now: now, dropped: skipped[stream])
                    skipped[stream] = 0
                }
                frame += 1
                all.append(chosen)
            }
            return (all, lost)
        }
    }

    @Test func whatFitsRunsAtTheLargest() {
        var machine = Machine(streams: 3)
        let all = machine.run(seconds: 30)
        #expect(all.capacities.allSatisfy { $0 == [0, 0, 0] })
        #expect(all.dropped == 0)
    }

    @Test func whatDoesNotFitIsSmaller() {
        var machine = Machine(streams: 8)
        let all = machine.run(seconds: 60)
        let need = all.capacities.last!.reduce(0) { $0 + Machine.cost[$1] } / 100
        #expect(need <= 2)
        #expect(Set(all.capacities.last!) != [2], "there is room for more than the smallest")
    }

    @Test func aLoadIsMadeRoomForAndGoesAgain() {
        var machine = Machine(streams: 3)
        _ = machine.run(seconds: 20)
        let loaded = machine.run(seconds: 40, others: 4)
        #expect(loaded.capacities.last!.contains { $0 > 0 })
        let after = machine.run(seconds: 60)
        #expect(after.capacities.last! == [0, 0, 0])
    }

    @Test func changesAreSeldom() {
        var machine = Machine(streams: 8)
        _ = machine.run(seconds: 60)
        let later = machine.run(seconds: 120)
        let changes = zip(later.capacities, later.capacities.dropFirst()).count { $0 != $1 }
        #expect(changes < 20)
    }

    @Test func anInputThatIsAwayNeedsNothing() {
        var machine = Machine(streams: 6)
        _ = machine.run(seconds: 30)
        let before = machine.shared.capacity(of: 0)
        for stream in 1..<6 { machine.shared.rest(stream) }
        for _ in 0..<100 {
            machine.shared.observe(
                0, busy: Machine.cost[machine.shared.capacity(of: 0)], waited: Machine.cost[machine.shared.capacity(of: 0)],
                at: Double(machine.frame) / 10, now: Double(machine.frame) / 10, dropped: 0)
            machine.frame += 1
        }
        #expect(before > 0)
        #expect(machine.shared.capacity(of: 0) == 0)
    }
}
