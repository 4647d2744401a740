import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

struct MemoryBuilderTests {
    @Test func tooFewFramesMakeNoMemory() {
        #expect(throws: MemoryError.self) { try World(classes: 3).memory(frames: 10) }
    }

    @Test func oneClassMakesNoMemory() {
        #expect(throws: MemoryError.self) { try World(classes: 3).memory(of: [1]) }
    }

    @Test func noExitPointsMakeNoMemory() {
        #expect(throws: MemoryError.self) { try MemoryBuilder([]).build(model: "m", sha256: "", targetAgreement: 0.99) }
    }

    @Test func aFifthIsKeptApart() throws {
        let memory = try World(classes: 5).memory()
        #expect(memory.heldOut.frames == 120)
        #expect(memory.classCounts == [96, 96, 96, 96, 96])
    }

    @Test func layersAreTheExitPoints() throws {
        let world = World(classes: 3), memory = try world.memory()
        #expect(memory.exitLayers.map(\.name) == world.exitPoints.map(\.name))
        #expect(memory.exitLayers.map(\.step) == world.exitPoints.map(\.step))
        #expect(memory.exitLayers.map(\.macsFraction) == world.exitPoints.map(\.macsFraction))
        #expect(memory.exitLayers.map(\.channels) == world.exitPoints.map(\.channels))
    }

    /// On the frames kept apart the limits hold what they were set for.
    @Test(arguments: [0.9, 0.99]) func theTargetIsHeld(target: Double) throws {
        let kept = try World(classes: 5).memory(target: target).heldOut
        #expect(kept.exits > 0.3)
        #expect(kept.depth < 0.95)
        let (accuracy, network) = (try #require(kept.accuracy), try #require(kept.networkAccuracy))
        #expect(network - accuracy <= 1 - target + 1e-9)
        #expect(kept.openSetErrors < 0.1)
    }

    @Test func laxerTargetsAskForLess() throws {
        let world = World(classes: 5, clarity: [0.5, 1, 1.5, 2])
        let lax = try world.memory(target: 0.9), strict = try world.memory(target: 1)
        #expect(lax.limits.tau < strict.limits.tau)
        #expect(lax.limits.risk > strict.limits.risk)
    }

    /// Layers at which classes lie far apart say more: their scores need less help.
    @Test func scoresAreTempered() throws {
        let layers = try World(classes: 5).memory().exitLayers
        for layer in layers { #expect((0.02...2).contains(layer.inverseTemperature)) }
    }

    @Test func withoutLabelsThereIsNoAccuracy() throws {
        let kept = try World(classes: 5).memory(labelled: false).heldOut
        #expect(kept.networkAccuracy == nil)
        #expect(kept.accuracy == nil)
        #expect(kept.agreement >= 0.99)
    }

    @Test func theSameFramesMakeTheSameMemory() throws {
        let world = World(classes: 4), (one, other) = (try world.memory(), try world.memory())
        #expect(MemoryFile.bytes(of: one) == MemoryFile.bytes(of: other))
    }

    @Test func whatIsNotFiniteIsLeftOut() throws {
        let world = World(classes: 2)
        var builder = MemoryBuilder(world.exitPoints), dice = Dice(1), frame = world.frame(0, &dice)
        builder.add(frame, answer: world.answer(0), label: nil, source: 0)
        #expect(builder.count == 1)
        frame[3] = .nan
        builder.add(frame, answer: world.answer(0), label: nil, source: 0)
        builder.add(frame, answer: Recognizer.Answer([]), label: nil, source: 0)
        #expect(builder.count == 1)
        #expect(!builder.isFull)
    }

    /// Where a network's answers change between frames that hardly differ, scenes are no evidence.
    @Test(arguments: [true, false]) func scenesReachAsFarAsAnswersAreSteady(flickers: Bool) throws {
        let world = World(classes: 2)
        var dice = Dice(8), builder = MemoryBuilder(world.exitPoints)
        for i in 0..<240 {
            let shown = i / 40 % 2, named = flickers ? dice.int(2) : shown
            builder.add(
                world.frame(shown, &dice, noise: 0.05),
                answer: Recognizer.Answer([(World.known(named), 0.6), (World.known(1 - named), 0.4)]), label: nil, source: 0)
        }
        let memory = try builder.build(model: "m.onnx", sha256: "ab", targetAgreement: 0.99)
        for layer in memory.exitLayers { #expect((layer.distanceThreshold == 0) == flickers) }
    }

    @Test(arguments: [(0.0, Float(1)), (0.5, 3), (1.0, 4)]) func quantiles(share: Double, wanted: Float) {
        #expect(quantile([4, 1, 3, 2], share) == wanted)
    }

    @Test func nothingHasNoQuantile() { #expect(quantile([], 0.5) == nil) }
}
