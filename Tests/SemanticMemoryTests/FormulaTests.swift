import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

/// The paper's formulas against their definitions.
struct FormulaTests {
    @Test func cumulativeSimilarityOrdersAsTheSumOfPowersDoes() {
        var dice = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let taps = 1 + Int.random(in: 0..<20, using: &dice), classes = 2 + Int.random(in: 0..<8, using: &dice)
            var running = CumulativeSimilarity(count: classes), sums = [Double](repeating: 0, count: classes)
            for tap in 0..<taps {
                let s = (0..<classes).map { _ in Float.random(in: 0.5...1, using: &dice) }
                running.add(s)
                for k in 0..<classes { sums[k] += pow(2, Double(tap)) * Double(s[k]) }
                let sorted = sums.indices.sorted { sums[$0] > sums[$1] }, best = running.best(of: Array(0..<classes))
                #expect(best?.index == sorted[0])
                let wanted = (sums[sorted[0]] - sums[sorted[1]]) / sums[sorted[1]]
                #expect(abs((best?.margin ?? -1) - wanted) < 1e-9)
            }
        }
    }

    @Test func oneClassAloneHasNoMargin() {
        var running = CumulativeSimilarity(count: 3)
        running.add([0.9, nil, nil])
        #expect(running.best(of: [0]) == nil && running.best(of: [0, 1, 2]) == nil && running.best(of: []) == nil)
    }

    @Test func hotClassesHoldTheMass() {
        var hot = HotClasses(count: 6)
        #expect(hot.hot() == [0, 1, 2, 3, 4, 5])
        for _ in 0..<90 { hot.answered(4) }
        for _ in 0..<9 { hot.answered(1) }
        hot.answered(0)
        #expect(hot.frequency == [1, 9, 0, 0, 90, 0])
        #expect(hot.age[4] == 10 && hot.age[1] == 1 && hot.age[0] == 0)
        #expect(hot.score(4) == 90)
        #expect(hot.hot() == [4, 1])
        #expect(hot.hot(fixed: 3) == [4, 1, 0])
        // Two windows later a quarter of a quarter.
        for _ in 0..<2 * HotClasses.window { hot.answered(2) }
        #expect(hot.score(4) == 90.0 / 16 && hot.score(2) == Double(2 * HotClasses.window))
        #expect(hot.hot() == [2, 4])
        #expect(hot.hot(fixed: 1).count == 2)
    }

    @Test func centresAreMeans() {
        let whitening = Whitening(mean: [0, 0], columns: [1, 0, 0, 1])
        var centres = Centres(channels: 2)
        for _ in 0..<17 { centres.append(nil, count: 0, whitening) }
        let vectors: [[Float]] = [[1, 2], [3, 6], [5, 1]]
        for v in vectors { v.withUnsafeBufferPointer { centres.add($0.baseAddress!, whitened: $0.baseAddress!, to: 16) } }
        #expect(Array(centres.centre(16)) == [3, 3] && centres.counts[16] == 3)
        var scores = [Float](repeating: 0, count: 17)
        [Float(1), 1].withUnsafeBufferPointer { z in
            scores.withUnsafeMutableBufferPointer { centres.scores(z.baseAddress!, $0.baseAddress!) }
        }
        // A mean of three frames is by 2/3 further out than its class.
        #expect(abs(scores[16] - (6 - (18 - 2.0 / 3) / 2)) < 1e-5 && scores[0] == -.infinity)
        let cosine = [Float(1), 0].withUnsafeBufferPointer { centres.cosine($0, 16) }
        #expect(abs(cosine! - Float(0.5).squareRoot()) < 1e-6)
        #expect([Float(1), 0].withUnsafeBufferPointer { centres.cosine($0, 0) } == nil)
    }

    /// Whitened, frames scatter about their class by 1 in every direction, and in none together with another.
    @Test func whiteningWhitens() {
        var dice = Dice(5)
        let n = 6, count = 4000
        var scatter = [Double](repeating: 0, count: n * n), vectors: [[Float]] = []
        for _ in 0..<count {
            let free = (0..<n).map { _ in Double(dice.normal()) }
            var x = [Double](repeating: 0, count: n)
            for i in 0..<n { for j in 0...i { x[i] += free[j] * (i == j ? 2 : 0.5) } }
            vectors.append(x.map { Float($0) })
            for a in 0..<n { for b in 0..<n { scatter[a * n + b] += x[a] * x[b] } }
        }
        let whitening = Whitening(
            means: [[Float](repeating: 1, count: n), [Float](repeating: -1, count: n)], scatter: scatter, count: count)
        #expect(whitening.mean.allSatisfy { abs($0) < 1e-6 })
        var covariance = [Float](repeating: 0, count: n * n)
        for x in vectors {
            let z = whitening.apply(x)
            for a in 0..<n { for b in 0..<n { covariance[a * n + b] += z[a] * z[b] / Float(count) } }
        }
        for a in 0..<n { for b in 0..<n { #expect(abs(covariance[a * n + b] - (a == b ? 1 : 0)) < 0.1, "\(a), \(b)") } }
    }

    @Test func auditsHoldTheTarget() {
        var limits = ExitLimits()
        let (risk, reach) = (limits.risk, limits.reach)
        limits.learn(.classes, agreed: false, target: 0.99)
        limits.learn(.scene, agreed: false, target: 0.99)
        #expect(limits.risk < 0.7 * risk && limits.reach < 0.6 * reach)
        for _ in 0..<100_000 { limits.learn(.classes, agreed: true, target: 0.99); limits.learn(.scene, agreed: true, target: 0.99) }
        #expect(abs(limits.risk - 0.02) < 1e-9 && limits.reach == ExitLimits.reachRange.upperBound)
        for _ in 0..<1000 { limits.learn(.classes, agreed: false, target: 0.99); limits.learn(.scene, agreed: false, target: 0.99) }
        #expect(limits.risk == ExitLimits.riskRange.lowerBound && limits.reach == ExitLimits.reachRange.lowerBound)
    }

    /// Where exits are riskier than may be, more is asked of them, and the other way round.
    @Test func riskHoldsTheOdds() {
        var limits = ExitLimits()
        limits.risk = 0.01
        var sum = 0.0
        for i in 0..<20_000 {
            // Frames whose odds spread evenly up to e^8.
            let odds = Double(i * 7919 % 1000) / 125
            let chance = odds >= limits.logOdds ? 1 / (1 + exp(odds)) : 0
            limits.spent(chance)
            if i >= 10_000 { sum += chance }
        }
        #expect(abs(sum / 10_000 - 0.01) < 0.001, "\(sum / 10_000), \(limits.logOdds)")
    }
}
