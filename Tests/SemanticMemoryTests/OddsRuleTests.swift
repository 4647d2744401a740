import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

/// Classes that are not in the memory, and exits that would be wrong for long.
struct OddsRuleTests {
    /// Classes in turn are left out of the memory. - Returns: shares of their frames, and of the others, that exit as a class of the memory.
    private func exits(run: Int, _ parameters: OddsRule.Parameters) throws -> (wrong: Double, known: Double) {
        let world = World(classes: 6, seed: 3)
        var frames = 0, wrong = 0, exits = 0, others = 0
        for unknown in 0..<3 {
            var dice = Dice(40 + unknown), index = 0
            let recognizer = Recognizer(try world.memory(of: (0..<6).filter { $0 != unknown }), rule: .odds(parameters))
            for i in 0..<600 {
                if i % run == 0 { index = dice.int(6) }
                let exit = world.show(world.frame(index, &dice), of: index, to: recognizer)
                if index == unknown {
                    frames += 1
                    if let exit, recognizer.memory.classes[exit.index].classID != unknown { wrong += 1 }
                } else {
                    others += 1
                    if exit != nil { exits += 1 }
                }
            }
        }
        return (Double(wrong) / Double(frames), Double(exits) / Double(others))
    }

    /// Hardly a frame of an unknown class exits, in runs of one class, too, where the first frames have the prior against them.
    @Test(arguments: [1, 20]) func unknownClassesGoToTheEnd(run: Int) throws {
        let shares = try exits(run: run, OddsRule.Parameters())
        #expect(shares.wrong < 0.05)
        #expect(shares.known > 0.3)
    }

    /// That is what the unknown class among those that the odds are against is for.
    @Test func withoutTheUnknownMoreWouldExit() throws {
        var parameters = OddsRule.Parameters()
        (parameters.novelty, parameters.openSetThreshold) = (1e-6, 1)
        #expect(try exits(run: 20, parameters).wrong > 1.5 * exits(run: 20, OddsRule.Parameters()).wrong)
    }

    /// The frame after an exit by odds goes to the end if the scene stays; from then on the scene has the network's answer.
    @Test func wrongExitsDoNotLast() throws {
        let world = World(classes: 5), memory = try world.memory()
        var dice = Dice(31), seen = 0
        for _ in 0..<60 {
            // Anew each time, as the network, which says 0 whatever was shown, would move the centers.
            let recognizer = Recognizer(memory), scene = world.frame(dice.int(5), &dice)
            guard let exit = world.show(scene, of: 0, to: recognizer), exit.evidence == .classes else { continue }
            seen += 1
            #expect(world.show(scene, of: 0, to: recognizer) == nil)
            let third = try #require(world.show(scene, of: 0, to: recognizer))
            #expect(third.evidence == .scene)
            #expect(recognizer.memory.classes[third.index].classID == 0)
        }
        #expect(seen > 5)
    }

    @Test func exitsByOddsTellProbabilities() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory(), rule: .odds(.withoutScenes))
        var dice = Dice(31), seen = 0
        for i in 0..<100 {
            guard let exit = world.show(world.frame(i % 5, &dice), of: i % 5, to: recognizer) else { continue }
            seen += 1
            let probabilities = try #require(exit.probabilities)
            #expect(probabilities.count == 5)
            #expect(probabilities.max() == probabilities[exit.index])
            #expect(probabilities.reduce(0, +) <= 1.0001)
            #expect(exit.margin >= 0)
            #expect(exit.risk < 0.1)
            #expect(!exit.isOnProbation)
        }
        #expect(seen > 10)
    }

    /// A memory without labels takes no exit by odds before the network confirmed three.
    @Test func withoutLabelsExitsAreOnProbation() throws {
        let world = World(classes: 5), memory = try world.memory(labelled: false)
        let recognizer = Recognizer(memory, rule: .odds(.withoutScenes))
        var dice = Dice(31), confirmed = 0, early = 0
        for i in 0..<200 {
            recognizer.begin(isAudit: false, mayExit: true)
            if world.run(world.frame(i % 5, &dice), recognizer) != nil {
                recognizer.finishEarly()
                if confirmed < 3 { early += 1 }
            } else if recognizer.finish(world.answer(i % 5)) == true {
                confirmed += 1
            }
        }
        #expect(confirmed == 3)
        #expect(early == 0)
    }

    /// After the network refuted one, odds are no evidence for 50 frames.
    @Test func aRefutedExitSuspendsOdds() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory(labelled: false), rule: .odds(.withoutScenes))
        var dice = Dice(31), isRefuted = false, frames = 0
        while frames < 50 {
            let index = dice.int(5)
            recognizer.begin(isAudit: false, mayExit: true)
            #expect(world.run(world.frame(index, &dice), recognizer) == nil)
            let agrees = recognizer.finish(world.answer(isRefuted ? index : (index + 1) % 5))
            if isRefuted {
                #expect(agrees == nil || frames == 49)
                frames += 1
            } else {
                isRefuted = agrees == false
            }
        }
    }

    /// Audits that the network refutes, by its answer alone: exits get stricter, also of a memory whose limits labels have set.
    @Test(arguments: [true, false]) func anExplicitTargetIsTheNetworks(labelled: Bool) throws {
        let world = World(classes: 5), memory = try world.memory(labelled: labelled)
        let recognizer = Recognizer(memory, rule: .odds(.withoutScenes), targetAgreement: 0.99)
        var dice = Dice(31), refuted = 0
        for i in 0..<400 where refuted == 0 {
            recognizer.begin(isAudit: true, mayExit: true)
            world.run(world.frame(i % 5, &dice), recognizer)
            if recognizer.finish(world.answer((i + 1) % 5)) == false { refuted += 1 }
        }
        #expect(refuted == 1)
        #expect(recognizer.memory.limits.risk < memory.limits.risk)
        #expect(recognizer.memory.limits.logOdds > memory.limits.logOdds)
    }

    /// What the network has to confirm before exits are taken is no exit that was taken.
    @Test func exitsOnProbationAreTold() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory(labelled: false), rule: .odds(.withoutScenes))
        var dice = Dice(31), told = 0, others = 0
        for i in 0..<200 {
            recognizer.begin(isAudit: true, mayExit: true)
            world.run(world.frame(i % 5, &dice), recognizer)
            guard recognizer.finish(world.answer(i % 5)) != nil else { continue }
            if recognizer.wasOnProbation { told += 1 } else { others += 1 }
        }
        #expect(told == 3)
        #expect(others > 0)
    }

    @Test func whereOddsAreClosedOnlyScenesExit() throws {
        let world = World(classes: 5)
        var memory = try world.memory(), dice = Dice(31)
        memory.limits.logOdds = ExitLimits.Constants.unreachable
        let recognizer = Recognizer(memory)
        for i in 0..<100 {
            let scene = world.frame(i % 5, &dice)
            if let exit = world.show(scene, of: i % 5, to: recognizer) { #expect(exit.evidence == .scene) }
            #expect(world.show(scene, of: i % 5, to: recognizer)?.evidence == .scene)
        }
    }
}

/// Memories of clips in which hardly anything happened, shown something else.
struct ForeignSceneTests {
    private let world = World(classes: 8, seed: 5)
    private let memory: ClassMemory

    /// Of two scenes that rested, so that all frames near each other had one answer, however near they were.
    init() throws {
        var dice = Dice(6), builder = MemoryBuilder(world.exitPoints)
        for clip in 0..<2 {
            let scene = world.frame(clip, &dice)
            for _ in 0..<60 {
                builder.add(scene.map { $0 + 0.02 * dice.normal() }, answer: world.answer(clip), label: nil, source: clip)
            }
        }
        memory = try builder.build(model: "m.onnx", sha256: "ab", targetAgreement: 0.99)
    }

    /// Shows scenes of these classes, of each so many frames that hardly differ. - Returns: frames that exit, and that exit wrongly.
    private func show(_ classes: [Int], frames: Int, _ recognizer: Recognizer, noise: Float = 0.02) -> (exits: Int, wrong: Int) {
        var dice = Dice(8), exits = 0, wrong = 0
        for index in classes {
            let scene = world.frame(index, &dice)
            for _ in 0..<frames {
                guard let exit = world.show(scene.map { $0 + noise * dice.normal() }, of: index, to: recognizer) else { continue }
                exits += 1
                if recognizer.memory.classes[exit.index].classID != index { wrong += 1 }
            }
        }
        return (exits, wrong)
    }

    /// Answers change every few frames, as a classifier's do that knows nothing of what it sees.
    @Test func answersThatChangeAreTheNetworks() throws {
        var dice = Dice(9)
        let (exits, wrong) = show((0..<150).map { _ in 2 + dice.int(6) }, frames: 2, Recognizer(memory))
        #expect(wrong <= 3)
        #expect(exits <= 150)
    }

    /// What the memory was made of is known soon, and what rests in it.
    @Test func theSameSceneExits() throws {
        let (exits, wrong) = show([0], frames: 300, Recognizer(memory))
        #expect(wrong == 0)
        #expect(exits > 250)
    }

    /// A class that the memory has not is confirmed more often, and then exits as well.
    @Test func aNewClassThatRestsExitsLater() throws {
        let (exits, wrong) = show([4], frames: 300, Recognizer(memory))
        #expect(wrong == 0)
        #expect((200...255).contains(exits))
    }

    /// An exit that the network refutes ends exits by scene until it has confirmed a hundred.
    @Test func aRefutedSceneEndsExits() throws {
        let recognizer = Recognizer(memory)
        #expect(show([0], frames: 60, recognizer).exits > 40)
        var dice = Dice(10)
        let scene = world.frame(0, &dice)
        world.show(scene, of: 0, to: recognizer, isAudit: true)
        // The network says something else of what looks the same.
        recognizer.begin(isAudit: true, mayExit: true)
        world.run(scene, recognizer)
        #expect(recognizer.finish(world.answer(1)) == false)
        #expect(show([0], frames: 90, recognizer).exits == 0)
    }
}

struct ExemplarsTests {
    /// One vector of two channels at each of two exit layers.
    private func exemplars(_ all: [(index: Int, x: Float, margin: Float)], limit: Int = 6) -> Exemplars {
        var parameters = OddsRule.Parameters()
        parameters.exemplarCount = limit
        var exemplars = Exemplars(parameters)
        for one in all { exemplars.add(one.index, [[one.x, 0], [0, one.x]], margin: one.margin) }
        return exemplars
    }

    @Test func theNearestWithinTheThresholdIsFound() throws {
        let exemplars = exemplars([(3, 0, 8), (5, 1, 8)])
        let near = try #require(exemplars.nearest([0.9, 0], layer: 0, threshold: 0.1))
        #expect(near.index == 5)
        // 0.01 of 2 · 0.1.
        #expect(abs(near.share - 0.05) < 1e-5)
        #expect(exemplars.nearest([0, 0.1], layer: 1, threshold: 0.1)?.index == 3)
        #expect(exemplars.nearest([0.5, 0], layer: 0, threshold: 0.1) == nil)
    }

    @Test func aThresholdOfZeroFindsNothing() {
        #expect(exemplars([(3, 0, 8)]).nearest([0, 0], layer: 0, threshold: 0) == nil)
    }

    /// However wide the threshold of a memory is whose clips never changed their answer.
    @Test func nothingFarIsOneScene() {
        let exemplars = exemplars([(3, 0, 8)])
        #expect(exemplars.nearest([1.9, 0], layer: 0, threshold: 1e6)?.index == 3)
        #expect(exemplars.nearest([2.1, 0], layer: 0, threshold: 1e6) == nil)
    }

    /// Near an answer that hardly leads, others begin.
    @Test func doubtfulAnswersReachLessFar() {
        let exemplars = exemplars([(3, 0, 4)])
        #expect(exemplars.nearest([0.3, 0], layer: 0, threshold: 0.1) == nil)
        #expect(exemplars.nearest([0.2, 0], layer: 0, threshold: 0.1) != nil)
    }

    @Test(arguments: [(Float(-1), Float(0)), (0, 0), (4, 0.25), (8, 1), (20, 1)]) func allowances(margin: Float, wanted: Float) {
        #expect(Exemplars.allowance(margin: margin, OddsRule.Parameters()) == wanted)
    }

    @Test func eachClassHasItsLatestFrame() {
        let exemplars = exemplars([(3, 0, 8), (3, 1, 8)])
        #expect(exemplars.nearest([0, 0], layer: 0, threshold: 0.1) == nil)
        #expect(exemplars.nearest([1, 0], layer: 0, threshold: 0.1)?.index == 3)
    }

    @Test func theOldestGoes() {
        let exemplars = exemplars([(1, 1, 8), (2, 2, 8), (3, 3, 8)], limit: 2)
        #expect(exemplars.nearest([1, 0], layer: 0, threshold: 0.1) == nil)
        #expect(exemplars.nearest([2, 0], layer: 0, threshold: 0.1)?.index == 2)
    }

    @Test func noneAreKeptWhereNoneAreWanted() {
        #expect(exemplars([(1, 1, 8)], limit: 0).nearest([1, 0], layer: 0, threshold: 0.1) == nil)
    }

    @Test func removedOnesAreGone() {
        var exemplars = exemplars([(1, 1, 8)])
        exemplars.removeAll()
        #expect(exemplars.nearest([1, 0], layer: 0, threshold: 0.1) == nil)
    }

    @Test(arguments: [1, 7, 8, 19]) func distancesAreSumsOfSquares(count: Int) {
        var dice = Dice(count)
        let a = (0..<count).map { _ in dice.float() }, b = (0..<count).map { _ in dice.float() }
        let wanted = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(abs(squaredDistance(a, b) - wanted) < 1e-5)
    }
}
