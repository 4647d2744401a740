import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

/// Whole frames, by either rule.
struct RecognizerTests {
    /// Most frames of known classes exit, and hardly any wrongly.
    @Test(arguments: [(rule: Recognizer.Rule.odds(.withoutScenes), atLeast: 150), (.paper, 30)])
    func exitsEarlyAndRight(rule: Recognizer.Rule, atLeast: Int) throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory(), rule: rule)
        var exits = 0, wrong = 0, dice = Dice(9)
        for _ in 0..<600 {
            let index = dice.int(5)
            guard let exit = world.show(world.frame(index, &dice), of: index, to: recognizer) else { continue }
            exits += 1
            if exit.index != index { wrong += 1 }
        }
        #expect(exits > atLeast)
        #expect(wrong < 18)
    }

    @Test(arguments: [Recognizer.Rule.odds(), .paper]) func nothingExitsThatMayNot(rule: Recognizer.Rule) throws {
        let world = World(classes: 3), recognizer = Recognizer(try world.memory(), rule: rule)
        var dice = Dice(2)
        let scene = world.frame(1, &dice)
        for _ in 0..<20 {
            recognizer.begin(isAudit: false, mayExit: false)
            #expect(world.run(scene, recognizer) == nil)
            #expect(recognizer.finish(world.answer(1)) == nil)
        }
    }

    /// Where classes come in runs the prior favors the last one, and frames exit earlier.
    @Test func runsExitEarlier() throws {
        let world = World(classes: 5), memory = try world.memory()
        func depth(run: Int) -> (depth: Double, wrong: Int) {
            var dice = Dice(10), depth = 0.0, wrong = 0
            let recognizer = Recognizer(memory, rule: .odds(.withoutScenes))
            for i in 0..<900 {
                let index = (i / run * 3) % 5, exit = world.show(world.frame(index, &dice), of: index, to: recognizer)
                depth += exit.map { memory.exitLayers[$0.layer].macsFraction } ?? 1
                if let exit, exit.index != index { wrong += 1 }
            }
            return (depth / 900, wrong)
        }
        let (shuffled, runs) = (depth(run: 1), depth(run: 30))
        #expect(runs.depth < shuffled.depth - 0.05)
        #expect(runs.wrong < 30)
    }

    /// A scene that rests is known at the first exit layer.
    @Test func restingScenesExitAtOnce() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(11)
        let scene = world.frame(2, &dice)
        world.show(scene, of: 2, to: recognizer, isAudit: true)
        for _ in 0..<20 {
            let exit = try #require(world.show(scene.map { $0 + 0.02 * dice.normal() }, of: 2, to: recognizer))
            #expect(exit.index == 2)
            #expect(exit.layer == 0)
            #expect(exit.evidence == .scene)
            #expect((0...1).contains(exit.margin))
            #expect(exit.probabilities == nil)
        }
    }

    @Test func afterAResetNoSceneIsKnown() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(11)
        let scene = world.frame(2, &dice)
        world.show(scene, of: 2, to: recognizer, isAudit: true)
        #expect(world.show(scene, of: 2, to: recognizer)?.evidence == .scene)
        recognizer.reset()
        #expect(world.show(scene, of: 2, to: recognizer)?.evidence != .scene)
    }

    /// A class that was never in the memory is mostly answered by the network, learnt, and from then on known. Mostly: what looks like
    /// another class at an early layer is taken for it until the network was heard.
    @Test func newClassesAreRejectedThenLearnt() throws {
        let world = World(classes: 6, seed: 3), recognizer = Recognizer(try world.memory(of: [0, 1, 2, 3, 4]))
        #expect(recognizer.memory.classes.count == 5)
        var dice = Dice(12), wrong = 0, right = 0
        for i in 0..<1000 {
            let index = (i / 20) % 5 == 2 ? 5 : dice.int(5)
            let exit = world.show(world.frame(index, &dice), of: index, to: recognizer)
            guard index == 5, let exit else { continue }
            if recognizer.memory.classes[exit.index].classID == 5 { right += 1 } else { wrong += 1 }
        }
        #expect(recognizer.memory.classes.count == 6)
        #expect(wrong <= 2)
        #expect(right > 0)
    }

    @Test func framesAreCountedForTheirClass() throws {
        let world = World(classes: 3), recognizer = Recognizer(try world.memory())
        var dice = Dice(5)
        let before = recognizer.memory
        recognizer.begin(isAudit: false, mayExit: false)
        world.run(world.frame(1, &dice), recognizer)
        recognizer.finish(world.answer(1))
        #expect(recognizer.memory.hot.frequency == [0, 1, 0])
        #expect(recognizer.memory.classCounts[1] == before.classCounts[1] + 1)
        #expect(recognizer.memory.classCounts[0] == before.classCounts[0])
        func center(_ k: Int, _ memory: ClassMemory) -> ArraySlice<Float> {
            let layer = memory.exitLayers[3]
            return layer.centers.raw[k * layer.channels..<(k + 1) * layer.channels]
        }
        #expect(center(1, recognizer.memory) != center(1, before))
        #expect(center(2, recognizer.memory) == center(2, before))
    }

    /// Centers move only up to the exit, and not at all where the frame is one just seen.
    @Test func exitsBySceneTeachNothingNew() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(11)
        let scene = world.frame(2, &dice)
        world.show(scene, of: 2, to: recognizer, isAudit: true)
        let counts = recognizer.memory.exitLayers.map(\.centers.counts)
        #expect(world.show(scene, of: 2, to: recognizer)?.evidence == .scene)
        #expect(recognizer.memory.exitLayers.map(\.centers.counts) == counts)
        #expect(recognizer.memory.hot.frequency[2] == 2)
    }

    /// Audited frames go to the end; a wrong exit makes the limits stricter.
    @Test func auditsMoveTheLimits() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(14)
        let scene = world.frame(1, &dice)
        world.show(scene, of: 1, to: recognizer, isAudit: true)
        let scale = recognizer.memory.limits.distanceScale
        // The scene looks the same, and the network says something else.
        #expect(world.show(scene, of: 3, to: recognizer, isAudit: true) == nil)
        #expect(recognizer.memory.limits.distanceScale < scale)
    }

    @Test func auditsTellWhetherTheExitAgrees() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(14)
        let scene = world.frame(1, &dice)
        world.show(scene, of: 1, to: recognizer, isAudit: true)
        for said in [1, 3] {
            recognizer.begin(isAudit: true, mayExit: true)
            #expect(world.run(scene, recognizer) == nil)
            #expect(recognizer.exit == nil)
            #expect(recognizer.finish(world.answer(said)) == (said == 1))
        }
    }

    /// A second run of the network on a frame replaces its vectors, and neither exits nor forgets that the first could have.
    @Test func aFrameThatIsRunAgainIsLearntOnce() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(14)
        let scene = world.frame(1, &dice)
        world.show(scene, of: 1, to: recognizer, isAudit: true)
        let count = recognizer.memory.classCounts[1]
        recognizer.begin(isAudit: true, mayExit: true)
        world.run(scene, recognizer)
        recognizer.restart()
        #expect(world.run(scene, recognizer) == nil)
        #expect(recognizer.finish(world.answer(1)) == true)
        #expect(recognizer.memory.classCounts[1] == count + 1)
    }

    /// What was not looked at may have been another scene: it takes a frame to the end to know one again.
    @Test func afterASkippedFrameNoSceneIsExpected() throws {
        let world = World(classes: 5)
        func exits(skipping: Bool) throws -> Int {
            var dice = Dice(13), exits = 0
            let recognizer = Recognizer(try world.memory(), rule: .odds(.withoutScenes))
            for _ in 0..<300 {
                if world.show(world.frame(3, &dice), of: 3, to: recognizer) != nil { exits += 1 }
                guard skipping else { continue }
                recognizer.skip()
                #expect(recognizer.exit == nil)
            }
            return exits
        }
        let (seen, interrupted) = (try exits(skipping: false), try exits(skipping: true))
        #expect(seen > 200)
        #expect(interrupted < seen)
    }

    @Test func onlyTheOddsRuleSkipsFrames() throws {
        let memory = try World(classes: 3).memory()
        #expect(Recognizer(memory).canSkipFrames)
        #expect(!Recognizer(memory, rule: .paper).canSkipFrames)
    }

    @Test func anAnswerWithoutClassesIsNone() throws {
        let world = World(classes: 3), recognizer = Recognizer(try world.memory())
        var dice = Dice(1)
        recognizer.begin(isAudit: false, mayExit: true)
        world.run(world.frame(0, &dice), recognizer)
        #expect(recognizer.finish(Recognizer.Answer([])) == nil)
        #expect(recognizer.memory.hot.frequency == [0, 0, 0])
    }

    @Test(arguments: [([0.8, 0.2], log(4)), ([0.5], 20), ([0], 0), ([], 0), ([1, 0], 20)] as [([Float], Float)])
    func marginsAreInLogits(probabilities: [Float], margin: Float) {
        let answer = Recognizer.Answer(probabilities.enumerated().map { (World.known($0), $1) })
        #expect(abs(answer.margin - margin) < 1e-6)
    }

    /// The best class's lead is told of frames that go to the end, too.
    @Test func bestMarginsSayHowFarExitsWere() throws {
        let world = World(classes: 5)
        var memory = try world.memory(), dice = Dice(3)
        memory.limits.logOdds = 14
        let recognizer = Recognizer(memory, rule: .odds(.withoutScenes))
        recognizer.begin(isAudit: false, mayExit: true)
        #expect(recognizer.bestMargin == -40)
        world.run(world.frame(2, &dice, noise: 0.1), recognizer)
        #expect(recognizer.bestMargin > -40)
        #expect(recognizer.bestMargin <= 40 - 14)
    }
}
