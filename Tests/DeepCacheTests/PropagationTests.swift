import DeepCache
import Foundation
import TestSupport
import Testing
import Vision

@Suite struct PropagationControllerTests {
    private func decided(_ controller: inout PropagationController, _ risk: PropagationRisk?) -> Bool { controller.decide(risk) }

    /// A scene that gets wrong by so much a frame of age, now and then by more because something comes up.
    private func run(target: Double, perFrame: Double, _ dice: inout Dice) -> (loss: Double, computed: Double) {
        var controller = PropagationController(target: target), age = 0, sum = 0.0, computed = 0, count = 0
        for frame in 0..<4000 {
            age += 1
            let newcomers = dice.chance(40) ? 1.0 : 0
            let risk = PropagationRisk(age: age, objects: 4, misfit: 0.02 * Double(age), motion: 0.03 * Double(age), appeared: newcomers)
            let isWrong = Double(dice.uniform()) < perFrame * Double(age)
            let loss = min(1, (isWrong ? 0.25 : 0) + newcomers * 0.2)
            if controller.decide(risk) {
                if frame > 1000 { sum += loss }
            } else {
                controller.learn(risk, loss: loss)
                computed += frame > 1000 ? 1 : 0
                age = 0
            }
            count += frame > 1000 ? 1 : 0
        }
        return (sum / Double(count), Double(computed) / Double(count))
    }

    @Test(arguments: [0.8, 0.9, 0.95])
    func theDialTurns(target: Double) {
        var dice = Dice(7)
        let own = run(target: target, perFrame: 0.05, &dice), careful = run(target: 0.98, perFrame: 0.05, &dice)
        #expect(own.loss < 1.2 * (1 - target))
        #expect(own.computed < careful.computed)
        #expect(own.computed < 0.6)
    }

    @Test func quietScenesRunTheNetworkSeldom() {
        var dice = Dice(8)
        #expect(run(target: 0.95, perFrame: 0.002, &dice).computed < run(target: 0.95, perFrame: 0.1, &dice).computed)
    }

    /// What comes up where nothing was is looked at.
    @Test func newcomersForceTheNetwork() {
        var controller = PropagationController(target: 0.95)
        #expect(decided(&controller, PropagationRisk(age: 1, objects: 0)) == true)
        #expect(decided(&controller, PropagationRisk(age: 1, objects: 0, appeared: 1)) == false)
        #expect(decided(&controller, PropagationRisk(age: 1, objects: 3, appeared: 1)) == false)
        #expect(decided(&controller, PropagationRisk(age: 1, objects: 3, misfit: 1, motion: 1)) == false)
        #expect(decided(&controller, nil) == false)
    }

    @Test func drawnFramesCorrectWhatIsExpected() {
        var controller = PropagationController(target: 0.9)
        let risk = PropagationRisk(age: 1, objects: 3)
        let before = controller.expected(risk)
        for _ in 0..<40 where controller.decide(risk) { controller.audit(loss: 0.5) }
        #expect(controller.expected(risk) > 2 * before)
    }

    @Test func aSceneThatCannotBePropagatedIsGivenUp() {
        var controller = PropagationController(target: 0.9)
        for _ in 0..<20 {
            #expect(decided(&controller, PropagationRisk(age: 1, objects: 1, misfit: 1, motion: 1, appeared: 9)) == false)
        }
        #expect(controller.isHopeless)
        #expect(decided(&controller, PropagationRisk(age: 1, objects: 1)) == true)
        #expect(!controller.isHopeless)
    }

    @Test func policiesBelowTheDialDoNotPropagate() {
        #expect(!AdaptivePolicy(target: 0.99, classifies: false, mayPropagate: true).propagates)
        #expect(!AdaptivePolicy(target: 1, classifies: false, mayPropagate: true).propagates)
        #expect(!AdaptivePolicy(target: 0.9, classifies: true, mayPropagate: true).propagates)
        #expect(AdaptivePolicy(target: 0.95, classifies: false, mayPropagate: true).propagates)
        #expect(!AdaptivePolicy(target: 0.95, classifies: false).propagates)
    }

    @Test func aFrameIsPropagatedOrComputed() {
        var policy = started(AdaptivePolicy(target: 0.9, classifies: false, mayPropagate: true))
        let quiet = PropagationRisk(age: 1, objects: 2), busy = PropagationRisk(age: 2, objects: 2, appeared: 5)
        follow(
            &policy,
            [
                (.frame, .compare), (.compared(changedShare: 0.1, risk: quiet), .propagate), (.propagated, .answer(.propagated)),
                (.frame, .compare), (.compared(changedShare: 0.1, risk: busy), .update),
                (.updated(cost: 0.2, computed: 0.1), .answer(nil)),
                (.frame, .compare), (.compared(changedShare: 0.95, risk: quiet), .refresh(.sceneCut)), (.refreshed, .answer(.sceneCut)),
            ])
    }
}

@Suite struct BoxPropagatorTests {
    private let width = 160, height = 96
    private let placement = ResizeMode.stretch.placement(width: 320, height: 192, modelWidth: 160, modelHeight: 96)

    /// A textured square of 24 pixels on gray.
    private func picture(x: Int, y: Int) -> [UInt8] {
        var pixels = [UInt8](repeating: 90, count: width * height * 3)
        for row in 0..<24 {
            for column in 0..<24 where (0..<width).contains(x + column) && (0..<height).contains(y + row) {
                for channel in 0..<3 {
                    let wave = 60 * sin(Double(row) / 5 + Double(channel)) + 60 * cos(Double(column) / 4)
                    pixels[((y + row) * width + x + column) * 3 + channel] = UInt8(128 + wave)
                }
            }
        }
        return pixels
    }

    private func propagator(_ start: [UInt8], _ boxes: [Box]) -> (BlockMatcher, BoxPropagator) {
        let matcher = BlockMatcher(width: width, height: height, channels: 3, rowBytes: width * 3),
            propagator = BoxPropagator(matcher, score: 0.4)
        matcher.accept(start)
        propagator.start(boxes.map { Detection(classID: 0, label: "a", score: 0.9, box: $0) }, placement)
        return (matcher, propagator)
    }

    @Test(arguments: [(3, 0), (-4, 2), (9, -6), (0, 14)])
    func boxesFollowWhatIsInThem(dx: Int, dy: Int) throws {
        let (matcher, propagator) = propagator(picture(x: 60, y: 40), [Box(x: 120, y: 80, width: 48, height: 48)])
        let now = picture(x: 60 + dx, y: 40 + dy)
        _ = matcher.match(now)
        let risk = try #require(propagator.assess(now))
        #expect(risk.age == 1)
        #expect(risk.objects == 1)
        #expect(risk.misfit < 0.05)
        #expect(risk.appeared == 0)
        let box = try #require(propagator.moved?.first).box
        #expect(box.x == Float(120 + 2 * dx))
        #expect(box.y == Float(80 + 2 * dy))
    }

    @Test func whatRestsStays() throws {
        let start = picture(x: 60, y: 40), (matcher, propagator) = propagator(start, [Box(x: 120, y: 80, width: 48, height: 48)])
        _ = matcher.match(start)
        #expect(try #require(propagator.assess(start)).motion == 0)
        #expect(propagator.moved == propagator.base)
    }

    @Test func whatComesUpIsCounted() throws {
        let (matcher, propagator) = propagator(picture(x: -50, y: -50), [])
        let now = picture(x: 60, y: 40)
        _ = matcher.match(now)
        #expect(try #require(propagator.assess(now)).appeared > 0.5)
    }

    /// Changes that come to nothing again and again count less.
    @Test func whatComesToNothingCountsLess() throws {
        let quiet = picture(x: -50, y: -50), now = picture(x: 60, y: 40), (matcher, propagator) = propagator(quiet, [])
        var appeared: [Double] = []
        for _ in 0..<8 {
            matcher.accept(quiet)
            _ = matcher.match(now)
            appeared.append(try #require(propagator.assess(now)).appeared)
            propagator.start([], placement)
        }
        #expect(appeared[7] < appeared[0] / 3)
    }

    @Test func whatLeavesThePictureDoesNotFit() throws {
        let (matcher, propagator) = propagator(picture(x: 130, y: 40), [Box(x: 260, y: 80, width: 48, height: 48)])
        let now = picture(x: 148, y: 40)
        _ = matcher.match(now)
        #expect(try #require(propagator.assess(now)).misfit > 0.4)
    }

    @Test func shapesAreNotMoved() {
        let (_, propagator) = propagator(picture(x: 60, y: 40), [])
        let points = ObjectShape.keypoints([])
        propagator.start(
            [Detection(classID: 0, label: "a", score: 0.9, box: Box(x: 0, y: 0, width: 9, height: 9), shape: points)], placement)
        #expect(propagator.base == nil)
        #expect(propagator.moved == nil)
    }
}
