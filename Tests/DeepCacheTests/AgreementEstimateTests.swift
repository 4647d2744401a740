import DeepCache
import TestSupport
import Testing
import Vision

@Suite struct AgreementEstimateTests {
    private func estimate(_ agreements: [Double?], objects: Int = 4) -> AgreementEstimate {
        var estimate = AgreementEstimate()
        for agreement in agreements { estimate.add(AuditedFrame(agreement: agreement, objects: objects), weight: 1) }
        return estimate
    }

    @Test func nothingDrawnSaysNothing() {
        #expect(estimate([]).mean == nil)
        #expect(estimate([]).interval == 0...1)
        #expect(estimate([nil, nil]).mean == nil)
        #expect(estimate([nil, nil]).interval == 0...1)
        #expect(estimate([nil, nil]).frames == 2)
    }

    /// Eight frames that agree fully do not show 0.99.
    @Test func fewFramesAreAWideInterval() {
        let few = estimate(Array(repeating: 1, count: 8)), many = estimate(Array(repeating: 1, count: 500))
        #expect(few.mean == 1)
        #expect(few.interval.lowerBound < 0.85)
        #expect(few.interval.upperBound == 1)
        #expect(many.interval.lowerBound > 0.99)
    }

    @Test func framesWeighWhatTheyStandFor() {
        var estimate = AgreementEstimate()
        estimate.add(AuditedFrame(agreement: 1, strict: 0.5), weight: 3)
        estimate.add(AuditedFrame(agreement: 0), weight: 1)
        #expect(estimate.mean == 0.75)
        #expect(estimate.strictMean == 0.375, "where nobody says, strict is the same")
    }

    @Test func sumsOfWorkersAreAdded() {
        let all: [Double?] = [1, 0.5, nil, 0.75, 1, 1]
        let sum = estimate(Array(all[..<2])) + estimate(Array(all[2...])), whole = estimate(all)
        #expect(sum.frames == whole.frames)
        #expect(sum.mean == whole.mean)
        #expect(abs(sum.interval.lowerBound - whole.interval.lowerBound) < 1e-9)
    }

    /// Scenes of several objects, each of which disagrees now and then, alone or with all others of its frame: the interval of the drawn
    /// frames holds the mean over all in nine of ten.
    @Test(arguments: [(0.01, 30, false), (0.05, 12, false), (0.05, 40, true), (0.2, 20, true)])
    func theIntervalHoldsTheTruth(rate: Double, drawn: Int, together: Bool) {
        var dice = Dice(Int(rate * 1000) + drawn), held = 0
        for _ in 0..<400 {
            let frames = (0..<1000).map { _ -> Double in
                let objects = 4, isBad = Double(dice.uniform()) < rate
                let wrong = together ? (isBad ? objects : 0) : (0..<objects).count { _ in Double(dice.uniform()) < rate }
                return 1 - Double(wrong) / Double(objects)
            }
            let truth = frames.reduce(0, +) / 1000
            let sample = estimate(frames.shuffled(using: &dice).prefix(drawn).map { $0 })
            held += sample.interval.contains(truth) ? 1 : 0
        }
        #expect(held >= 360, "\(held) of 400")
    }

    @Test func wilsonHoldsTheShareItself() {
        var dice = Dice(1)
        for _ in 0..<500 {
            let share = Double(dice.uniform())
            let interval = estimate([share, 1, share]).interval
            #expect(interval.contains((2 * share + 1) / 3))
            #expect(interval.lowerBound >= 0)
            #expect(interval.upperBound <= 1)
        }
    }
}

@Suite struct AuditSamplerTests {
    private func drawn(_ seed: UInt64, frames: Int = 2000, cost: Double = 0.3) -> [Int] {
        var sampler = AuditSampler(seed: seed)
        return (0..<frames).filter { _ in sampler.next(cost: cost, isUncertain: true) }
    }

    @Test func aSeedDrawsTheSameFramesInEveryRun() {
        #expect(drawn(1) == drawn(1))
        #expect(drawn(1) != drawn(2))
    }

    @Test func oneFrameOfEachStretchIsDrawn() {
        var sampler = AuditSampler(seed: 3, stretch: 20), counts = [Int](repeating: 0, count: 50)
        for frame in 0..<1000 where sampler.next(cost: 0, isUncertain: true) { counts[frame / 20] += 1 }
        #expect(counts.allSatisfy { $0 == 1 })
        #expect(sampler.weight == 20)
    }

    /// Every place of a stretch is as likely as any other.
    @Test func noPlaceIsPreferred() {
        var counts = [Int](repeating: 0, count: 10)
        for seed in 0..<2000 {
            var sampler = AuditSampler(seed: UInt64(seed), stretch: 10)
            counts[(0..<10).first { _ in sampler.next(cost: 0, isUncertain: true) }!] += 1
        }
        #expect(counts.allSatisfy { (140...260).contains($0) }, "\(counts)")
    }

    @Test func whatIsSavedPaysForAudits() {
        #expect(drawn(1, cost: 0.1).count > drawn(1, cost: 0.7).count)
        #expect(drawn(1, cost: 1).count >= 5, "a frame in 400 all the same")
        #expect(drawn(1, cost: 0.1).count <= 2000 * 3 / 100)
    }
}

/// Drawn frames in the policy.
@Suite struct DrawnFramesTests {
    private func run(_ frames: Int, seed: UInt64, agreement: Double = 1) -> (policy: AdaptivePolicy, audited: [Int]) {
        var policy = AdaptivePolicy(target: 0.99, classifies: false, seed: seed), audited: [Int] = []
        for frame in 0..<frames where MadeUpFrame(agreement: agreement).answer(&policy) == .answer(.audit) { audited.append(frame) }
        return (policy, audited)
    }

    @Test func onlyDrawnFramesAreReported() {
        let (policy, audited) = run(1000, seed: 1, agreement: 0.5)
        #expect(policy.estimates[0].frames > 10)
        #expect(policy.estimates[0].frames < audited.count, "others steer")
        #expect(policy.estimates[0].mean == 0.5)
    }

    /// An answer that stands for unchanged blocks is audited like any other.
    @Test func framesAtRestAreDrawnToo() {
        var policy = started(AdaptivePolicy(target: 0.99, classifies: false, seed: 5))
        let audits = (0..<500).count { _ in MadeUpFrame.resting.run(&policy).contains(.audit) }
        #expect(audits == policy.estimates[0].frames)
        #expect(audits > 2)
    }

    @Test func drawnFramesThatAreComputedAgreeWithThemselves() {
        var policy = AdaptivePolicy(target: 0.99, classifies: false, seed: 5)
        for _ in 0..<3000 {
            _ = MadeUpFrame.cut.run(&policy)
            policy.answered(objects: [2])
        }
        #expect(policy.estimates[0].frames >= 7)
        #expect(policy.estimates[0].mean == 1)
        #expect(policy.audits == 0)
    }

    @Test func atTargetOneNothingIsDrawn() {
        var policy = AdaptivePolicy(target: 1, classifies: false, seed: 5)
        for _ in 0..<500 { _ = MadeUpFrame(agreement: 1).run(&policy) }
        #expect(policy.estimates[0].frames == 0)
    }
}
