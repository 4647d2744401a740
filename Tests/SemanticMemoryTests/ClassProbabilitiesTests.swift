import Foundation
import Testing

@testable import SemanticMemory

struct ClassProbabilitiesTests {
    @Test func uniformIsAProbability() {
        let uniform = ClassProbabilities.uniform(4, novelty: 0.2)
        #expect(abs(exp(uniform.unknown) - 0.2) < 1e-6)
        for value in uniform.classes { #expect(abs(exp(value) - 0.2) < 1e-6) }
    }

    @Test func posteriorsAreThePriorTimesTheLikelihood() {
        let prior = ClassProbabilities(classes: [log(0.5), log(0.3)], unknown: log(0.2))
        var posterior = ClassProbabilities.posterior(prior: prior, scores: [2, 4], unknown: 1, inverseTemperature: 0.5)
        let weights = [0.5 * exp(1.0), 0.3 * exp(2.0), 0.2 * exp(0.5)], sum = weights.reduce(0, +)
        let best = posterior.normalize()
        #expect(best.index == 1)
        #expect(abs(best.logOdds - log(weights[1] / (weights[0] + weights[2]))) < 1e-5)
        #expect(abs(Double(posterior.classes[0]) - weights[0] / sum) < 1e-6)
        #expect(abs(Double(posterior.unknown) - weights[2] / sum) < 1e-6)
    }

    @Test func oddsAreAgainstTheUnknownToo() {
        var posterior = ClassProbabilities(classes: [2, 0, -Float.infinity], unknown: 1)
        let best = posterior.normalize(), two = exp(2.0), one = exp(1.0)
        #expect(best.index == 0)
        #expect(abs(best.logOdds - log(two / (1 + one))) < 1e-5)
        #expect(abs(Double(posterior.unknown) - one / (two + 1 + one)) < 1e-5)
        #expect(posterior.classes[2] == 0)
    }

    @Test func whereNothingIsPossibleNothingIsBest() {
        var none = ClassProbabilities(classes: [-Float.infinity, -Float.infinity], unknown: -Float.infinity)
        #expect(none.normalize().logOdds == -Double.infinity)
    }

    @Test func oddsBeyondPrecisionAreCapped() {
        var sure = ClassProbabilities(classes: [100, 0], unknown: -Float.infinity)
        #expect(sure.normalize().logOdds == 40)
        #expect(sure.classes == [1, 0])
    }
}

struct PriorTests {
    private let parameters = OddsRule.Parameters()

    private func probabilities(_ prior: Prior, _ hot: HotClasses) -> ClassProbabilities {
        let logarithms = prior.logarithms(hot)
        return ClassProbabilities(classes: logarithms.classes.map { exp($0) }, unknown: exp(logarithms.unknown))
    }

    private func certain(_ index: Int, of count: Int) -> ClassProbabilities {
        ClassProbabilities(classes: (0..<count).map { $0 == index ? 1 : 0 }, unknown: 0)
    }

    @Test func atFirstClassesAreAlike() {
        let prior = probabilities(Prior(parameters), HotClasses(count: 4))
        for value in prior.classes { #expect(abs(value - 0.2) < 1e-6) }
        #expect(abs(prior.unknown - 0.2) < 1e-6)
    }

    @Test func hotClassesAreMoreLikely() {
        var hot = HotClasses(count: 4)
        for _ in 0..<30 { hot.record(2) }
        let prior = probabilities(Prior(parameters), hot)
        #expect(prior.classes[2] > 5 * prior.classes[1])
        #expect(abs(prior.classes.reduce(prior.unknown, +) - 1) < 1e-5)
    }

    @Test func theLastClassIsMoreLikelyTheOftenerItStays() {
        func likelihood(stays: Bool) -> Float {
            var prior = Prior(parameters)
            for i in 0..<100 {
                let index = stays ? 1 : i % 3
                prior.update(index, certain(index, of: 3), isNewScene: true)
            }
            return probabilities(prior, HotClasses(count: 3)).classes[stays ? 1 : 99 % 3]
        }
        #expect(likelihood(stays: true) > 0.9)
        #expect(likelihood(stays: false) < 0.5)
    }

    /// However long a class stayed, others remain possible.
    @Test func nothingStaysForCertain() {
        var prior = Prior(parameters)
        for _ in 0..<2000 { prior.update(0, certain(0, of: 2), isNewScene: true) }
        let after = probabilities(prior, HotClasses(count: 2))
        #expect(after.classes[0] < 0.99)
        #expect(abs(after.unknown - 0.03 * 0.2) < 1e-4)
    }

    /// That one scene keeps its class tells nothing of the next scene's.
    @Test func framesOfOneSceneAreNoPersistence() {
        var prior = Prior(parameters)
        prior.update(0, certain(0, of: 2), isNewScene: true)
        let before = probabilities(prior, HotClasses(count: 2)).classes
        for _ in 0..<100 { prior.update(0, nil, isNewScene: false) }
        #expect(probabilities(prior, HotClasses(count: 2)).classes == before)
    }

    @Test func aResetForgetsTheLastFrame() {
        var prior = Prior(parameters)
        prior.update(0, certain(0, of: 2), isNewScene: true)
        prior.reset()
        let after = probabilities(prior, HotClasses(count: 2))
        #expect(after.classes[0] == after.classes[1])
    }

    /// A class that is newer than the last posterior has no part in it.
    @Test func newClassesHaveAPrior() {
        var prior = Prior(parameters)
        prior.update(0, certain(0, of: 2), isNewScene: true)
        let after = probabilities(prior, HotClasses(count: 3))
        #expect(after.classes[2] > 0)
        #expect(after.classes[2] < after.classes[0])
    }
}
