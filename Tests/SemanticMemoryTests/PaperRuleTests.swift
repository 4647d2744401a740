import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

/// SMTM's rule as published, against the paper's formulas.
struct PaperRuleTests {
    @Test func cumulativeSimilarityOrdersAsTheSumOfPowersDoes() {
        var dice = Dice(50)
        for _ in 0..<50 {
            let layers = dice.int(1...20), classes = dice.int(2...9)
            var running = CumulativeSimilarity(count: classes), sums = [Double](repeating: 0, count: classes)
            for layer in 0..<layers {
                let s = (0..<classes).map { _ in 0.5 + dice.uniform() / 2 }
                running.add(s)
                for k in 0..<classes { sums[k] += pow(2, Double(layer)) * Double(s[k]) }
                let sorted = sums.indices.sorted { sums[$0] > sums[$1] }, best = running.best
                #expect(best?.index == sorted[0])
                let wanted = (sums[sorted[0]] - sums[sorted[1]]) / sums[sorted[1]]
                #expect(abs((best?.margin ?? -1) - wanted) < 1e-9)
            }
        }
    }

    @Test func oneClassAloneHasNoMargin() {
        var running = CumulativeSimilarity(count: 3)
        running.add([0.9, nil, nil])
        #expect(running.best == nil)
    }

    /// A class that misses at one layer is out for the frame.
    @Test func classesWithoutACenterDropOut() {
        var running = CumulativeSimilarity(count: 3)
        running.add([0.9, 0.8, 0.7])
        running.add([nil, 0.8, 0.9])
        #expect(running.best?.index == 2)
        running.add([1, 0.8, 0.7])
        #expect(running.best?.index != 0)
    }

    @Test func exitsWhereTheMarginPassesTau() throws {
        let world = World(classes: 4)
        var memory = try world.memory(), dice = Dice(6)
        let frame = world.frame(2, &dice, noise: 0.1)
        func exit(tau: Double) -> Recognizer.Exit? {
            memory.limits.tau = tau
            return world.show(frame, of: 2, to: Recognizer(memory, rule: .paper))
        }
        let first = try #require(exit(tau: 0.001))
        #expect(first.evidence == .similarity)
        #expect(first.margin > 0.001)
        #expect(first.index == 2)
        #expect(first.probabilities == nil)
        let later = try #require(exit(tau: first.margin))
        #expect(later.layer > first.layer)
        #expect(exit(tau: 10) == nil)
    }

    /// Only hot classes are compared: another one is answered by the network, or taken for a hot one.
    @Test func coldClassesAreNoCandidates() throws {
        let world = World(classes: 4)
        var memory = try world.memory(), dice = Dice(6)
        memory.limits.tau = 1e-5
        for _ in 0..<100 { memory.hot.record(0); memory.hot.record(1) }
        for _ in 0..<20 {
            let exit = world.show(world.frame(3, &dice), of: 3, to: Recognizer(memory, rule: .paper))
            #expect(exit?.index != 3)
        }
    }

    @Test func auditsMoveTau() throws {
        let world = World(classes: 4)
        var memory = try world.memory(), dice = Dice(6)
        memory.limits.tau = 0.001
        let recognizer = Recognizer(memory, rule: .paper), frame = world.frame(2, &dice, noise: 0.1)
        #expect(world.show(frame, of: 2, to: recognizer, isAudit: true) == nil)
        let lower = recognizer.memory.limits.tau
        #expect(lower < 0.001)
        world.show(frame, of: 1, to: recognizer, isAudit: true)
        #expect(recognizer.memory.limits.tau > lower)
    }

    /// The paper's rule moves centers as the network gives them, and knows nothing of whitened ones.
    @Test func learnsRawCentersOnly() throws {
        let world = World(classes: 3), recognizer = Recognizer(try world.memory(), rule: .paper)
        var dice = Dice(6)
        let before = recognizer.memory.exitLayers[0].centers
        recognizer.begin(isAudit: false, mayExit: false)
        world.run(world.frame(2, &dice), recognizer)
        recognizer.finish(world.answer(2))
        let after = recognizer.memory.exitLayers[0].centers
        #expect(after.raw != before.raw)
        #expect(after.whitened == before.whitened)
    }
}

struct HotClassesTests {
    @Test func allAreHotUntilOneWasAnswered() {
        #expect(HotClasses(count: 6).indices() == [0, 1, 2, 3, 4, 5])
    }

    @Test func hotClassesHoldTheMass() {
        var hot = HotClasses(count: 6)
        for _ in 0..<90 { hot.record(4) }
        for _ in 0..<9 { hot.record(1) }
        hot.record(0)
        #expect(hot.frequency == [1, 9, 0, 0, 90, 0])
        #expect(hot.age[4] == 10)
        #expect(hot.age[1] == 1)
        #expect(hot.age[0] == 0)
        #expect(hot.score(4) == 90)
        #expect(hot.indices() == [4, 1])
    }

    /// After each window a class counts a quarter.
    @Test func scoresDecayByWindows() {
        var hot = HotClasses(count: 4)
        for _ in 0..<90 { hot.record(3) }
        for _ in 0..<2 * HotClasses.window { hot.record(2) }
        #expect(hot.score(3) == 90.0 / 16)
        #expect(hot.score(2) == Double(2 * HotClasses.window))
    }

    @Test func thereAreTwoAtLeast() {
        var hot = HotClasses(count: 4)
        for _ in 0..<50 { hot.record(2) }
        #expect(hot.indices() == [2, 0])
    }

    @Test func newClassesBeginUnseen() {
        var hot = HotClasses(count: 2)
        hot.record(1)
        hot.append()
        #expect(hot.frequency == [0, 1, 0])
        #expect(hot.score(2) == 0)
    }
}
