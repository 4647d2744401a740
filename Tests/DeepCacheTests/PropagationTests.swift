import Foundation
import Models
import TestSupport
import Testing
import Vision

@testable import DeepCache

@Suite struct PropagationControllerTests {
    /// A scene in which frames between computed ones lose, in the mean, so much for each frame that those are apart; the controller is told
    /// twice as much.
    private func run(target: Double, perFrame: Double, _ dice: inout Dice) -> (loss: Double, computed: Double) {
        var controller = PropagationController(target: target), done = 0, sum = 0.0, computed = 0
        func risk(_ gap: Int) -> PropagationRisk { PropagationRisk(scores: 2 * perFrame * Double(gap), places: 0, changes: 0) }
        while done < 6000 {
            let gap = controller.nextGap()
            var left = [gap], wasDivided = false
            computed += 1
            while let stretch = left.popLast() {
                let expected = controller.expectedLoss(risk(stretch)), inner = Double(stretch - 1)
                let loss = 2 * Double(dice.uniform()) * perFrame * Double(stretch)
                let isDivided = controller.choose(expected: inner * expected) == .everything
                if stretch > 1, isDivided || controller.isCompared(gap: stretch) {
                    controller.learn(risk(stretch), loss: loss, errors: [], gap: stretch, isDrawn: false)
                    left += [stretch - stretch / 2, stretch / 2]
                    wasDivided = wasDivided || isDivided
                    computed += 1
                } else {
                    if stretch > 1, dice.chance(20) {
                        controller.learn(risk(stretch), loss: loss, errors: [], gap: stretch, isDrawn: true)
                    }
                    sum += inner * perFrame * Double(stretch)
                    controller.account(inner * expected, frames: stretch, counts: true)
                }
            }
            controller.finish(gap: gap, wasDivided: wasDivided)
            done += gap
        }
        return (sum / Double(done), Double(computed) / Double(done))
    }

    @Test(arguments: [0.8, 0.9, 0.95, 0.99])
    func theTargetHolds(target: Double) {
        var dice = Dice(7)
        #expect(run(target: target, perFrame: 0.01, &dice).loss < 1.25 * (1 - target))
    }

    @Test func theDialTurns() {
        var dice = Dice(7)
        let computed = [0.99, 0.95, 0.9].map { run(target: $0, perFrame: 0.01, &dice).computed }
        #expect(computed[1] < 0.8 * computed[0])
        #expect(computed[2] < 0.9 * computed[1])
    }

    @Test func quietScenesRunTheNetworkSeldom() {
        var dice = Dice(8)
        #expect(run(target: 0.95, perFrame: 0.0001, &dice).computed < 0.1)
    }

    @Test func aSceneThatChangesIsComputedFrameByFrame() {
        var controller = PropagationController(target: 0.99), gaps: [Int] = []
        for _ in 0..<200 {
            let gap = controller.nextGap()
            gaps.append(gap)
            controller.finish(gap: gap, wasDivided: gap > 1)
        }
        #expect(gaps.suffix(100).count { $0 > 1 } < 10)
    }

    @Test func whatWasLostIsExpected() {
        var controller = PropagationController(target: 0.9)
        let risk = PropagationRisk(scores: 0, places: 0, changes: 0.2), before = controller.expectedLoss(risk)
        for _ in 0..<60 { controller.learn(risk, loss: 0.8, errors: [], gap: 4, isDrawn: true) }
        #expect(controller.expectedLoss(risk) > 4 * before)
        for _ in 0..<400 { controller.learn(risk, loss: 0, errors: [], gap: 4, isDrawn: true) }
        #expect(controller.expectedLoss(risk) < before / 2)
    }

    /// What one kind of risk came to says nothing of another.
    @Test func eachReasonHasAWorthOfItsOwn() {
        var controller = PropagationController(target: 0.9)
        let scores = PropagationRisk(scores: 0.2, places: 0, changes: 0), before = controller.expectedLoss(scores)
        let changes = PropagationRisk(scores: 0, places: 0, changes: 0.5)
        for _ in 0..<200 { controller.learn(changes, loss: 0, errors: [], gap: 2, isDrawn: true) }
        #expect(controller.expectedLoss(scores) == before)
    }

    /// What was never tried is, and later one stretch in so many, however good all looks.
    @Test func everyLengthIsCompared() {
        var controller = PropagationController(target: 0.9), compared = 0
        let none = PropagationRisk.none
        for gap in [2, 3, 4, 7, 8, 16, 31] {
            #expect(controller.isCompared(gap: gap) == [2, 4, 8, 16].contains(gap))
            controller.learn(none, loss: 0, errors: [], gap: gap, isDrawn: false)
            controller.account(0, frames: gap, counts: true)
        }
        for _ in 0..<320 {
            if controller.isCompared(gap: 8) {
                compared += 1
                controller.learn(none, loss: 0, errors: [], gap: 8, isDrawn: false)
            }
            controller.account(0, frames: 8, counts: true)
        }
        #expect(abs(compared - 20) <= 2)
        #expect(!controller.isCompared(gap: 1))
    }

    @Test func errorsOfScoresAreLearnt() {
        var controller = PropagationController(target: 0.9)
        let before = controller.noise(gap: 2), none = PropagationRisk.none
        for _ in 0..<50 { controller.learn(none, loss: 0, errors: [1.5, 1.6, .nan], gap: 2, isDrawn: true) }
        #expect(controller.noise(gap: 2) > 2 * before)
        #expect(controller.noise(gap: 8) > 1.5 * controller.noise(gap: 2))
    }

    @Test func whatTheTargetDoesNotAllowIsNotPropagated() {
        #expect(!AdaptivePolicy(target: 1, classifies: false, mayPropagate: true).propagates)
        #expect(!AdaptivePolicy(target: 0.9, classifies: true, mayPropagate: true).propagates)
        #expect(AdaptivePolicy(target: 0.99, classifies: false, mayPropagate: true).propagates)
        #expect(!AdaptivePolicy(target: 0.95, classifies: false).propagates)
    }

    @Test func aFrameBetweenOthersIsNotComputed() {
        var policy = started(AdaptivePolicy(target: 0.9, classifies: false, mayPropagate: true))
        follow(
            &policy,
            [
                (.frame, .compare), (.compared(changedShare: 0.1), .update), (.updated(cost: 0.2, computed: 0.1), .answer(nil)),
                (.between, .answer(.propagated)), (.between, .answer(.propagated)), (.between, .answer(.propagated)),
                (.between, .answer(.propagated)), (.frame, .compare),
            ])
    }

    /// Frames that are drawn for the estimate are computed wherever they lie.
    @Test func drawnFramesBetweenOthersAreAudited() {
        var policy = started(AdaptivePolicy(target: 0.9, classifies: false, mayPropagate: true, seed: 3))
        var audits = 0
        for _ in 0..<1000 where policy.step(.between) == .audit {
            audits += 1
            #expect(policy.step(.audited([AuditedFrame(agreement: 0.5, objects: 2)])) == .answer(.audit))
        }
        #expect(audits > 4)
        #expect(policy.estimates[0].frames == audits)
    }
}

@Suite struct PartChoiceTests {
    private func candidate(_ x: Int, loss: Double, share: Double = 0.01, isReported: Bool = true) -> PartCandidate {
        let own = PixelRect(x: x, y: 100, width: 40, height: 40)
        return PartCandidate(loss: loss, share: share, own: own, area: own.widened(by: 24), isReported: isReported)
    }

    private func choose(_ candidates: [PartCandidate], price: Double = 0.1, _ costs: PartCosts? = PartCosts()) -> PartChoice {
        .best(of: candidates, price: price, expected: candidates.reduce(0) { $0 + $1.loss }, costs)
    }

    @Test func whoIsInDoubtIsComputed() {
        #expect(choose([candidate(0, loss: 0.001), candidate(200, loss: 0.05), candidate(300, loss: 0)]) == .some([1]))
    }

    @Test func littleLossIsNotWorthARun() {
        #expect(choose([candidate(0, loss: 0.001), candidate(200, loss: 0.002)]) == .nothing)
    }

    @Test func manyInDoubtAreAWholeFrame() {
        #expect(choose((0..<30).map { candidate(100 * $0, loss: 0.1) }) == .everything)
    }

    @Test func whoStandsInAComputedAreaIsComputed() {
        #expect(choose([candidate(0, loss: 0.1), candidate(50, loss: 0), candidate(100, loss: 0)]) == .some([0, 1, 2]))
        #expect(choose([candidate(0, loss: 0.1), candidate(50, loss: 0, isReported: false)]) == .some([0]))
    }

    @Test func whereNoPartCanBeComputedAllOfItIs() {
        #expect(choose([candidate(0, loss: 0.2)], nil) == .everything)
        #expect(choose([candidate(0, loss: 0.05)], nil) == .nothing)
    }

    /// What parts cost is learnt, and what whole frames do: where these are cheap, parts have to be cheaper.
    @Test func costsAreFollowed() {
        var costs = PartCosts()
        let before = costs.share(ofBlocks: 0.01)
        for _ in 0..<100 { costs.ranPart(cost: 0.5, share: 0.01) }
        #expect(abs(costs.share(ofBlocks: 0.01) - 0.45) < 0.01)
        #expect(before < 0.1)
        for _ in 0..<100 { costs.ranWhole(cost: 0.5) }
        #expect(abs(costs.share(ofBlocks: 0.01) - 0.9) < 0.02)
        #expect(costs.share(ofBlocks: 0) == 0)
    }
}

@Suite struct ComputedPartsTests {
    /// Two blocks differ; one lies in the area.
    @Test func changesAreOfTheAreasOnly() {
        let matcher = BlockMatcher(width: 64, height: 32, channels: 1, rowBytes: 64)
        var picture = [UInt8](repeating: 0, count: 64 * 32)
        (picture[0], picture[64 * 20 + 40]) = (200, 200)
        matcher.compare(picture)
        let area = PixelRect(x: 41, y: 17, width: 3, height: 3)
        #expect(matcher.changes(within: [area]).changed.allSatisfy { $0.begin == 40 && $0.end == 48 })
        #expect(matcher.changes(within: [area]).changed.map(\.row) == Array(16..<24))
        #expect(matcher.changedShare(in: area) == 1.0 / 32)
        #expect(matcher.changedShare(in: area.widened(by: 100)) == 2.0 / 32)
    }

    private func policy() -> AdaptivePolicy { AdaptivePolicy(target: 0.99, classifies: false, mayPropagate: true) }

    @Test func partsWantWhatIsStoredToBeOfTheLastComputedFrame() {
        var fresh = policy()
        #expect(!fresh.mayComputeParts)
        follow(&fresh, [(.frame, .refresh(.firstFrame)), (.refreshed, .answer(.firstFrame))])
        #expect(fresh.mayComputeParts)
        fresh.reset()
        #expect(!fresh.mayComputeParts)
        var ordinary = started(AdaptivePolicy(target: 0.99, classifies: false))
        #expect(!ordinary.mayComputeParts)
        follow(&ordinary, [(.stretchEnd, .compare)])
    }

    /// While reuse is stopped, a frame is computed beside what is stored, but for the end of a stretch.
    @Test func theEndOfAStretchIsStored() {
        var policy = started(policy())
        for _ in 0..<2 {
            follow(&policy, [(.frame, .compare), (.compared(changedShare: 0.95), .refresh(.sceneCut)), (.refreshed, .answer(.sceneCut))])
        }
        follow(&policy, [(.frame, .dense(remembersPicture: true)), (.computed(), .answer(.notWorthwhile))])
        #expect(!policy.mayComputeParts)
        follow(&policy, [(.stretchEnd, .refresh(.notWorthwhile)), (.refreshed, .answer(.notWorthwhile))])
        #expect(policy.mayComputeParts)
    }
}

@Suite struct AnswerPairTests {
    private func object(_ x: Float, _ score: Float, id: Int = 0, side: Float = 40) -> AnswerPair.Known {
        AnswerPair.Known(Detection(classID: id, label: "a", score: score, box: Box(x: x, y: 100, width: side, height: side)))
    }

    private func pair(_ first: [AnswerPair.Known], _ second: [AnswerPair.Known], gap: Int = 4) -> AnswerPair {
        AnswerPair(first, second, gap: gap, score: 0.4, least: 0.05, rule: .boxes)
    }

    @Test func boxesMoveInAStraightLine() throws {
        let between = pair([object(100, 0.8)], [object(120, 0.8)]).answer(at: 0.25)
        try #require(between.count == 1)
        #expect(between[0].box.x == 105)
        #expect(between[0].box.width == 40)
        #expect(abs(between[0].score - 0.8) < 1e-5)
    }

    @Test func theEndsAreAsTheyWereComputed() {
        let (first, second) = ([object(100, 0.8), object(300, 0.5, id: 1)], [object(120, 0.7), object(310, 0.6, id: 1)])
        let pair = pair(first, second)
        #expect(Agreement.between(.detections(pair.answer(at: 0)), .detections(first.map(\.detection)), score: 0.4) == 1)
        #expect(Agreement.between(.detections(pair.answer(at: 1)), .detections(second.map(\.detection)), score: 0.4) == 1)
    }

    /// Half of the way belongs to the frame that has the object.
    @Test func whatComesAppearsOnTheWay() {
        let pair = pair([], [object(100, 0.9)])
        #expect(pair.answer(at: 0.25).allSatisfy { $0.score < 0.4 })
        #expect(pair.answer(at: 0.75).contains { $0.score >= 0.4 })
        #expect(pair.reports)
    }

    @Test func classesAreNotMixed() {
        #expect(pair([object(100, 0.8, id: 0)], [object(100, 0.8, id: 1)]).answer(at: 0.5).count == 2)
    }

    /// Farther than its own size: only its movement says that it is the same.
    @Test func aFastObjectIsFollowed() throws {
        var fast = object(100, 0.8)
        #expect(pair([fast], [object(260, 0.8)]).answer(at: 0.5).count == 2)
        fast.velocity = [38, 0]
        let between = pair([fast], [object(260, 0.8)])
        try #require(between.answer(at: 0.5).count == 1)
        #expect(between.answer(at: 0.5)[0].box.x == 180)
        #expect(between.second[0].velocity == [40, 0])
    }

    @Test func aScoreNearTheThresholdIsARisk() {
        func risk(_ score: Float, noise: Double = 0.3) -> Double {
            pair([object(9, score)], [object(9, score)]).risk(at: 0.5, noise: noise).scores
        }
        #expect(risk(0.9) < 0.001)
        #expect(risk(0.42) > 0.02)
        // Next to the threshold nothing is lost: it is a partner of whatever is reported.
        #expect(risk(0.35) == 0)
        #expect(risk(0.29) > 0.02)
        #expect(risk(0.1) < 0.001)
        #expect(risk(0.42, noise: 1) > 2 * risk(0.42))
    }

    @Test func risksOfObjectsAddUp() {
        let pair = pair([object(0, 0.45), object(200, 0.6)], [object(20, 0.42), object(210, 0.7)])
        let parts = pair.risks(at: 0.5, noise: 0.4, appeared: 0.3), all = pair.risk(at: 0.5, noise: 0.4, appeared: 0.3)
        #expect(abs(parts.objects.reduce(0) { $0 + $1.scores } - all.scores) < 1e-9)
        #expect(parts.objects.map(\.changes) == [0, 0])
        #expect(parts.changes == PropagationRisk(scores: 0, places: 0, changes: all.changes))
    }

    /// An object that the network did not look at is where it lies between, and less sure until it is looked at.
    @Test func whoIsNotSeenStaysOnTheLine() throws {
        let whole = pair([object(0, 0.5), object(200, 0.5)], [object(30, 0.5), object(230, 0.5)], gap: 8)
        let seen = try #require(whole.objects.firstIndex { $0.way.x == 0 })
        let known = whole.answer(at: 0.5, seen: [seen], found: [object(25, 0.5).detection])
        #expect(Set(known.map(\.detection.box.x)) == [25, 215])
        #expect(known.map { $0.unseenFor ?? 0 }.sorted() == [0, 8])
        let half = AnswerPair([object(0, 0.5), object(200, 0.5)], known, gap: 4, score: 0.4, least: 0.05, rule: .boxes)
        let risks = half.risks(at: 0.5, noise: 0.2).objects.map(\.scores)
        let unseen = try #require(half.objects.firstIndex { $0.way.x == 200 })
        #expect(half.objects[unseen].way.width == 55)
        #expect(risks[unseen] > 1.5 * risks[1 - unseen])
    }

    @Test func oneOfManyIsASmallerRisk() {
        let certain = (1...9).map { object(Float(100 * $0), 0.95) }
        let (alone, among) = (pair([object(0, 0.9)], []), pair([object(0, 0.9)] + certain, certain))
        #expect(among.risk(at: 0.5, noise: 0.3).sum < alone.risk(at: 0.5, noise: 0.3).sum / 5)
        #expect(alone.risk(at: 0.5, noise: 0.3).scores > 0.2)
    }

    @Test func whatAppearsIsARisk() {
        let pair = pair([], [])
        #expect(pair.risk(at: 0.5, noise: 0.3).sum == 0)
        #expect(pair.risk(at: 0.5, noise: 0.3, appeared: 0.5).changes == 0.5)
    }

    @Test func errorsAreDistancesFromTheLine() throws {
        let computed = [object(110, 0.5).detection, object(400, 0.9).detection]
        let errors = pair([object(100, 0.8)], [object(120, 0.8)]).errors(at: 0.5, of: computed)
        try #require(errors.count == 1)
        #expect(abs(errors[0] - log(4)) < 1e-5)
    }
}

@Suite struct UnexplainedChangesTests {
    private let width = 160, height = 96
    private let placement = ResizeMode.stretch.placement(width: 320, height: 192, modelWidth: 160, modelHeight: 96)

    /// A textured square of 24 pixels on gray; nil has none.
    private func picture(x: Int?, y: Int = 40) -> [UInt8] {
        var pixels = [UInt8](repeating: 90, count: width * height * 3)
        guard let x else { return pixels }
        for row in 0..<24 {
            for column in 0..<24 {
                for channel in 0..<3 {
                    let wave = 60 * sin(Double(row) / 5 + Double(channel)) + 60 * cos(Double(column) / 4)
                    pixels[((y + row) * width + x + column) * 3 + channel] = UInt8(128 + wave)
                }
            }
        }
        return pixels
    }

    private func changes() -> (BlockMatcher, UnexplainedChanges) {
        let matcher = BlockMatcher(width: width, height: height, channels: 3, rowBytes: width * 3)
        matcher.accept(picture(x: nil))
        return (matcher, UnexplainedChanges(matcher))
    }

    @Test func whatComesUpIsCounted() {
        let (matcher, changes) = changes()
        matcher.compare(picture(x: 60))
        #expect(changes.find(outside: [], placement).objects > 0.5)
    }

    @Test func whatRestsIsNot() {
        let (matcher, changes) = changes()
        matcher.compare(picture(x: nil))
        #expect(changes.find(outside: [], placement).objects == 0)
    }

    @Test func knownObjectsExplainTheirPlaces() {
        let (matcher, changes) = changes()
        matcher.compare(picture(x: 60))
        #expect(changes.find(outside: [Box(x: 120, y: 80, width: 48, height: 48)], placement).objects == 0)
        // One over the whole picture does not.
        #expect(changes.find(outside: [Box(x: 0, y: 0, width: 320, height: 192)], placement).objects > 0.5)
    }

    /// Changes that come to nothing again and again count less, until somebody comes there.
    @Test func whatComesToNothingCountsLess() {
        let (matcher, changes) = changes()
        matcher.compare(picture(x: 60))
        let first = changes.find(outside: [], placement)
        for _ in 0..<8 { changes.learn(changes.find(outside: [], placement), new: [], placement) }
        let later = changes.find(outside: [], placement)
        #expect(later.objects < first.objects / 3)
        changes.learn(later, new: [Box(x: 120, y: 80, width: 48, height: 48)], placement)
        #expect(changes.find(outside: [], placement).objects > 2 * later.objects)
    }

    @Test func anotherViewBeginsAnew() {
        let (matcher, changes) = changes()
        matcher.compare(picture(x: 60))
        let first = changes.find(outside: [], placement).objects
        for _ in 0..<8 { changes.learn(changes.find(outside: [], placement), new: [], placement) }
        changes.clear()
        #expect(changes.find(outside: [], placement).objects == first)
    }
}
