import Testing

@testable import ResultCache

@Suite struct SimilarityThresholdTests {
    private func threshold(_ evidence: [(Float, Bool)], target: Double = 0.95) -> SimilarityThreshold {
        var threshold = SimilarityThreshold(target: target)
        for (distance, isSame) in evidence {
            threshold.learn(.init(distance: distance, isSame: isSame), isAudit: distance <= threshold.value)
        }
        return threshold
    }

    /// Isotonic regression by its min-max formula: at a distance, the least over all beginnings before it of the most over all ends after it of
    /// the mean between them.
    private func directShares(_ evidence: [SimilarityThreshold.Evidence]) -> [(distance: Float, share: Double)] {
        let distances = Set(evidence.map(\.distance)).sorted()
        let groups = distances.map { distance in
            let group = evidence.filter { $0.distance == distance }
            return (same: Double(group.count(where: \.isSame)), count: Double(group.count))
        }
        func mean(_ range: ClosedRange<Int>) -> Double {
            groups[range].reduce(0) { $0 + $1.same } / groups[range].reduce(0) { $0 + $1.count }
        }
        return distances.indices.map { at in
            let shares = (0...at).map { start in (at..<distances.count).map { mean(start...$0) }.max()! }
            return (distances[at], shares.min()!)
        }
    }

    private func directSafeDistance(_ evidence: [SimilarityThreshold.Evidence], _ target: Double) -> Float {
        let shares = directShares(evidence)
        return shares.indices.filter { at in
            // Over a stretch of one share, its end stands for all of it.
            let isEnd = at + 1 == shares.count || abs(shares[at].share - shares[at + 1].share) > 1e-12
            let within = evidence.filter { $0.distance <= shares[at].distance }
            return isEnd && shares[at].share >= 2 * target - 1 - 1e-12
                && Double(within.count(where: \.isSame) + 1) / Double(within.count + 2) >= target
        }.map { shares[$0].distance }.max() ?? 0
    }

    @Test func theSafeDistanceIsWhatItsDefinitionSays() {
        var dice = SeededNumbers(11)
        for round in 0..<30 {
            let evidence = (0..<5 + 2 * round).map { _ in
                let distance = dice.int(60)
                return SimilarityThreshold.Evidence(distance: Float(distance), isSame: dice.int(400) > round + distance)
            }
            let direct = directShares(evidence)
            for block in SimilarityThreshold.isotonicBlocks(evidence) {
                let share = direct.first { $0.distance == block.distance }?.share
                #expect(abs((share ?? 0) - block.same / block.count) < 1e-12)
            }
            for target in [0.7, 0.9, 0.95] {
                #expect(SimilarityThreshold.safeDistance(evidence, target: target) == directSafeDistance(evidence, target))
            }
        }
    }

    @Test func itGoesUpByAFifthOnceEnoughAgrees() {
        func after(_ count: Int) -> Float {
            var threshold = SimilarityThreshold(target: 0.98)
            for _ in 0..<count { threshold.learn(.init(distance: 50, isSame: true), isAudit: false) }
            return threshold.value
        }
        // Of each half, 48 that all agree are enough for 0.98, and 18 are assumed.
        #expect(after(59) == 0)
        #expect(after(60) == 10)
        #expect(after(61) == 18)
        #expect(after(120) > 49)
        #expect(threshold(Array(repeating: (50, false), count: 200)).value < 50)
    }

    /// What is assumed gives way to audits, whatever they say: a threshold that was kept with few of them begins with the rest.
    @Test func assumptionsGiveWayToAudits() {
        func value(audits: Int) -> Float {
            let evidence = (0..<audits).map { _ in SimilarityThreshold.Evidence(distance: 0, isSame: true) }
            return SimilarityThreshold(target: 0.95, audits: evidence).value
        }
        #expect(value(audits: 0) == 60)
        #expect(value(audits: 18) == 30)
        #expect(value(audits: 36) == 0)
    }

    /// What it begins with is given up at the first disagreement, and is not enough for a target of 0.98.
    @Test func itBeginsByNoise() {
        #expect(threshold([]).value == ResultCacheConstants.Threshold.first)
        #expect(threshold([(5, false)]).value == 0)
        #expect(threshold([], target: 0.98).value == 0)
    }

    /// One crop that the model is not sure of is no reason to give up what agrees; many are.
    @Test func oneDisagreementDoesNotEndReuse() {
        var threshold = threshold((0..<300).map { (Float($0 % 50), true) })
        let before = threshold.value
        #expect(before > 40)
        threshold.learn(.init(distance: 20, isSame: false), isAudit: true)
        #expect(threshold.value > 0.9 * before)
        for _ in 0..<30 { threshold.learn(.init(distance: 30, isSame: false), isAudit: true) }
        #expect(threshold.value < 30)
        #expect(threshold.value > 0)
    }

    /// A scene that changes: old evidence is forgotten.
    @Test func itFollowsWhatChanges() {
        var threshold = threshold((0..<300).map { (Float($0 % 60), true) })
        #expect(threshold.value > 50)
        for step in 0..<1000 {
            let distance = Float(step % 60)
            threshold.learn(.init(distance: distance, isSame: distance < 20), isAudit: distance <= threshold.value)
        }
        #expect((15...25).contains(threshold.value), "\(threshold.value)")
    }

    /// The share of disagreements within the threshold follows the target, whether answers differ more and more with the distance or at once.
    @Test(arguments: [0.8, 0.9, 0.95], [false, true]) func theTargetHolds(target: Double, atOnce: Bool) {
        var dice = SeededNumbers(12), threshold = SimilarityThreshold(target: target), (hits, right) = (0, 0)
        for _ in 0..<10_000 {
            let distance = Float(dice.int(1000)) / 10
            let isSame = atOnce ? distance < 40 || dice.int(2) == 0 : Float(dice.int(1000)) > distance * 5
            if distance <= threshold.value {
                hits += 1
                right += isSame ? 1 : 0
                if dice.int(threshold.isTried ? 10 : 2) > 0 { continue }
            }
            threshold.learn(.init(distance: distance, isSame: isSame), isAudit: distance <= threshold.value)
        }
        #expect(Double(right) / Double(hits) >= target - 0.01, "\(right) of \(hits)")
        #expect(hits > 800)
    }
}

@Suite struct DropOutTests {
    @Test func aTenthIsAuditedUntilProvenAndSomeForEver() {
        var dropOuts = DropOuts(target: 0.95, seed: 1)
        func share(_ count: Int, isTried: Bool = true) -> Double {
            Double((0..<count).count { _ in dropOuts.next(isTried: isTried) != nil }) / Double(count)
        }
        #expect(abs(share(20_000, isTried: false) - ResultCacheConstants.DropOuts.firstProbability) < 0.01)
        #expect(abs(share(20_000) - ResultCacheConstants.DropOuts.probability) < 0.01)
        // Wilson's lower end reaches 0.9 with 35 audits that all agree.
        for _ in 0..<34 { dropOuts.record(isSame: true) }
        #expect(dropOuts.probability(isTried: true) == ResultCacheConstants.DropOuts.probability)
        dropOuts.record(isSame: true)
        #expect(dropOuts.probability(isTried: true) == ResultCacheConstants.DropOuts.provenProbability)
        #expect(abs(share(20_000) - ResultCacheConstants.DropOuts.provenProbability) < 0.005)
        for _ in 0..<5 { dropOuts.record(isSame: false) }
        #expect(dropOuts.probability(isTried: true) == ResultCacheConstants.DropOuts.probability)
    }

    @Test func theSameSeedDrawsTheSame() {
        var (a, b, c) = (DropOuts(target: 0.9, seed: 4), DropOuts(target: 0.9, seed: 4), DropOuts(target: 0.9, seed: 5))
        let draws = (0..<200).map { _ in (a.next(isTried: true), b.next(isTried: true), c.next(isTried: true)) }
        #expect(draws.allSatisfy { $0.0 == $0.1 })
        #expect(!draws.allSatisfy { $0.0 == $0.2 })
        #expect(draws.compactMap(\.0).allSatisfy { abs($0 - 1 / ResultCacheConstants.DropOuts.probability) < 1e-9 })
    }

    /// Wilson's interval as in the literature: 81 of 263 is 0.2553 to 0.3662.
    @Test func theTallyHasWilsonsInterval() throws {
        var tally = AuditTally()
        #expect(tally.agreement == nil)
        #expect(tally.interval == 0...1)
        for number in 0..<263 { tally.add(isSame: number < 81, weight: 10) }
        #expect(tally.audits == 263)
        #expect(tally.agreed == 81)
        #expect(abs(tally.interval.lowerBound - 0.2553) < 1e-4)
        #expect(abs(tally.interval.upperBound - 0.3662) < 1e-4)
        // Audits that stand for more hits count for more, and different weights widen the interval.
        var weighted = AuditTally()
        for number in 0..<100 { weighted.add(isSame: number < 50, weight: number < 50 ? 40 : 10) }
        #expect(weighted.agreement == 0.8)
        var even = AuditTally()
        for number in 0..<100 { even.add(isSame: number < 80, weight: 1) }
        #expect(weighted.interval.lowerBound < even.interval.lowerBound)
    }
}
