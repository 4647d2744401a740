import TestSupport
import Testing

@testable import Variants

/// The scheduler over made-up frames whose costs are known.
struct VariantSchedulerTests {
    typealias Variant = VariantScheduler.Variant

    /// A stream whose frames cost what `cost` says of a model and its variant, in milliseconds.
    private struct Stream {
        var scheduler: VariantScheduler
        var frame = 0
        var labels = ["person"]
        var overhead = 0.0

        /// Runs frames.
        /// - Returns: of each frame, the variant of each model.
        mutating func run(
            _ frames: Int, dropping: (_ total: Double) -> Int = { _ in 0 }, cost: (_ model: Int, _ variant: Int) -> Double
        ) -> [[Int]] {
            (0..<frames).map { _ in
                let choice = scheduler.choose(), costs = choice.enumerated().map { cost($0, $1) }
                scheduler.observe(
                    costs: costs, overhead: overhead, seen: choice.map { _ in labels }, at: Double(frame) / 25,
                    dropped: dropping(costs.reduce(overhead, +)))
                frame += 1
                return choice
            }
        }
    }

    private let three = [
        Variant(accuracy: 0.4, work: 10), Variant(accuracy: 0.6, work: 20), Variant(accuracy: 0.7, work: 60),
    ]
    private let costs = [10.0, 20, 60]

    @Test func withoutALimitTheMostAccurateRuns() {
        var stream = Stream(scheduler: VariantScheduler([three], budget: nil))
        #expect(stream.run(500) { costs[$1] }.allSatisfy { $0 == [2] })
    }

    @Test(arguments: [(5.0, 0), (15, 0), (25, 1), (30, 1), (100, 2)])
    func theBudgetDecides(budget: Double, variant: Int) {
        var stream = Stream(scheduler: VariantScheduler([three], budget: budget))
        let choices = stream.run(1500) { costs[$1] }
        #expect(choices.last == [variant])
        // What is over the budget is left within a few frames, whatever the work had promised.
        #expect(choices.count { costs[$0[0]] > max(budget, 10) } <= 20)
    }

    /// Preparing the picture is within the budget, too.
    @Test func whatFramesTakeBesidesCounts() {
        var stream = Stream(scheduler: VariantScheduler([three], budget: 25), overhead: 8)
        #expect(stream.run(1500) { costs[$1] }.last == [0])
    }

    /// The work says that the second variant costs twice as much; in truth it is over the budget. It is tried, less and less often.
    @Test func mistakesAreRepeatedMoreAndMoreSeldom() {
        var stream = Stream(scheduler: VariantScheduler([Array(three.prefix(2))], budget: 25))
        let choices = stream.run(20_000) { $1 == 0 ? 10 : 40 }.map { $0[0] }
        let tries = choices.indices.dropFirst().filter { choices[$0] == 1 && choices[$0 - 1] == 0 }
        #expect(tries.count > 1)
        #expect(tries.count < 14)
        #expect(choices.count { $0 == 1 } < 20 * tries.count)
        #expect(tries[1] - tries[0] >= 1500)
    }

    /// A scene that becomes busy: every variant costs thrice as much. Later it is calm again.
    @Test func costsAreMeasuredAnew() {
        var stream = Stream(scheduler: VariantScheduler([three], budget: 30))
        #expect(stream.run(600) { costs[$1] }.last == [1])
        let busy = stream.run(600) { 2 * costs[$1] }
        #expect(busy.last == [0])
        #expect(busy.prefix(30).last == [0])
        #expect(stream.run(4000) { costs[$1] }.last == [1])
    }

    /// Single frames that cost much, as audits do, change nothing.
    @Test func singleFramesDoNotMatter() {
        var stream = Stream(scheduler: VariantScheduler([three], budget: 30)), count = 0
        _ = stream.run(600) { costs[$1] }
        let choices = stream.run(1000) { _, variant in
            count += 1
            return count.isMultiple(of: 20) ? 500 : costs[variant]
        }
        #expect(choices.allSatisfy { $0 == [1] })
    }

    /// 40 ms a frame arrive; what takes longer drops frames.
    @Test func liveFramesThatAreDroppedLowerTheBudget() {
        var stream = Stream(scheduler: VariantScheduler([three], budget: nil))
        let choices = stream.run(4000, dropping: { $0 > 40 ? 1 : 0 }) { costs[$1] }
        #expect(choices.prefix(40).last! == [1])
        #expect(choices.count { $0 == [2] } < 300)
        #expect(choices.count { $0 == [1] } > 3000)
    }

    @Test func sumsOfSeveralModelsCount() {
        let small = [Variant(accuracy: 0.5, work: 5), Variant(accuracy: 0.9, work: 15)]
        var stream = Stream(scheduler: VariantScheduler([three, small, [Variant(accuracy: 1, work: 8)]], budget: 50))
        let choices = stream.run(3000) { model, variant in model == 0 ? costs[variant] : model == 1 ? [5, 15][variant] : 8 }
        // 20 + 15 + 8 is within nine tenths of 50, and no other choice of that is as accurate.
        #expect(choices.last == [1, 1, 0])
    }

    // MARK: Specialised variants

    private let specialised = [
        Variant(accuracy: 0.7, work: 50), Variant(accuracy: 0.5, work: 20),
        Variant(accuracy: 0.68, classes: ["person"], work: 15),
    ]

    @Test func aSpecialisedVariantRunsWhileTheSceneIsItsOwn() {
        var stream = Stream(scheduler: VariantScheduler([specialised], budget: 30))
        let cost = { (_: Int, variant: Int) -> Double in [50, 20, 15][variant] }
        #expect(stream.run(1000, cost: cost).last == [2])
        // Somebody who knows all classes looks now and then.
        let looks = stream.run(1000, cost: cost).filter { $0 == [1] }.count
        #expect(looks == 1000 / VariantScheduler.lookInterval)
        // Cars come: seen by those who look only, and enough of them in the end.
        stream.labels = ["car", "car", "car"]
        let later = stream.run(4000, cost: cost)
        #expect(later.prefix(500).count { $0 == [2] } > 480)
        #expect(later.suffix(500).allSatisfy { $0 == [1] })
    }

    /// With nothing seen, nobody knows what the scene's classes are.
    @Test func anEmptySceneIsNobodys() {
        var stream = Stream(scheduler: VariantScheduler([specialised], budget: 30), labels: [])
        #expect(stream.run(1000) { _, variant in [50, 20, 15][variant] }.allSatisfy { $0 == [1] })
    }

    @Test func sharesAreOfTheLastMinutes() {
        var scene = SceneWindow()
        for second in 0..<400 { scene.add(["person"], at: Double(second)) }
        #expect(scene.share(of: ["person"]) == 1)
        for second in 400..<550 { scene.add(["car"], at: Double(second)) }
        #expect(abs(scene.share(of: ["person"])! - 0.5) < 0.03)
        scene.add([], at: 2000)
        #expect(scene.share(of: ["person"]) == nil)
        scene.add(["a"], at: .infinity)
        scene.add(["a"], at: -.infinity)
        scene.add(["a"], at: .nan)
    }

    // MARK: Robustness

    /// Whatever it is told, it chooses variants that there are, and goes on after being written down.
    @Test func strangeObservations() throws {
        var dice = Dice(3)
        var scheduler = VariantScheduler([three, specialised], budget: 25)
        let strange = [0, -1, .infinity, -.infinity, .nan, 1e300, 5, 20]
        for frame in 0..<3000 {
            let choice = scheduler.choose()
            #expect((0..<3).contains(choice[0]) && (0..<3).contains(choice[1]))
            scheduler.observe(
                costs: [dice.pick(strange), dice.pick(strange)], overhead: dice.pick(strange), seen: [["person"], []],
                at: dice.pick(strange + [Double(frame)]), dropped: dice.pick([0, 0, 1, -3, 1_000_000]))
        }
    }

    // MARK: The choice itself

    /// Against all combinations.
    @Test func selectionIsExact() {
        var dice = Dice(7)
        for _ in 0..<300 {
            let models = (0..<dice.int(1...4)).map { _ in
                (0..<dice.int(1...4)).map {
                    Selection.Candidate(variant: $0, cost: Double(dice.int(1...30)), accuracy: Double(dice.int(0...10)) / 10)
                }
            }
            let limit = Double(dice.int(0...80))
            func sums(_ choice: [Int]) -> (cost: Double, accuracy: Double) {
                zip(models, choice).reduce((0, 0)) { ($0.0 + $1.0[$1.1].cost, $0.1 + $1.0[$1.1].accuracy) }
            }
            var all: [[Int]] = [[]]
            for model in models { all = all.flatMap { start in model.indices.map { start + [$0] } } }
            let chosen = sums(Selection.best(models, within: limit)), possible = all.map(sums).filter { $0.cost <= limit }
            if let best = possible.map(\.accuracy).max() {
                #expect(abs(chosen.accuracy - best) < 1e-9 && chosen.cost <= limit)
            } else {
                #expect(chosen.cost == all.map { sums($0).cost }.min())
            }
        }
    }
}
