import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

/// Classes that are not in the memory, and exits that would be wrong for long.
struct StrangerTests {
    /// N(0, I + B) against its density written out.
    @Test func backgroundIsTheDensityOfAnyClass() {
        let background = Background(centres: [[2, 0], [-2, 0]], channels: 2)
        for z: [Float] in [[0, 0], [1, -2], [-4, 3]] {
            // B: 8 along the first axis; a tenth of it is shared out.
            let (a, b) = (Float(1 + 0.9 * 8 + 0.4), Float(1 + 0.4))
            let wanted = (z[0] * z[0] * (1 - 1 / a) + z[1] * z[1] * (1 - 1 / b) - log(a * b)) / 2
            #expect(abs(z.withUnsafeBufferPointer(background.score) - wanted) < 1e-4)
        }
    }

    @Test func oddsAreAgainstTheUnknownToo() {
        var chances = Chances(classes: [2, 0, -Float.infinity], unknown: 1)
        let best = chances.normalize(), two = 7.389056, one = 2.718282
        #expect(best.index == 0 && abs(best.logOdds - log(two / (1 + one))) < 1e-5)
        #expect(abs(Double(chances.unknown) - one / (two + 1 + one)) < 1e-5 && chances.classes[2] == 0)
        var none = Chances(classes: [-Float.infinity, -Float.infinity], unknown: -Float.infinity)
        #expect(none.normalize().logOdds == -Double.infinity)
    }

    /// Each class in turn is left out of the memory: hardly one of its frames leaves as another. Where classes come in runs, the first
    /// frames of one have what was seen before against them.
    @Test(arguments: [(run: 1, limit: 0.01), (run: 20, limit: 0.025)]) func strangersGoToTheEnd(run: Int, limit: Double) throws {
        let world = World(classes: 6, seed: 3)
        var frames = 0, wrong = 0, exits = 0
        for stranger in 0..<6 {
            var settings = Recognizer.Settings(), dice = Dice(40 + stranger)
            settings.targetAgreement = 0.99
            let recognizer = Recognizer(try world.memory(of: (0..<6).filter { $0 != stranger }), settings)
            var index = 0
            for i in 0..<900 {
                if i % run == 0 { index = dice.int(6) }
                let exit = world.show(world.frame(index, &dice), of: index, to: recognizer)
                if exit != nil { exits += 1 }
                guard index == stranger else { continue }
                frames += 1
                if let exit, recognizer.memory.classes[exit.index].classID != stranger { wrong += 1 }
            }
        }
        #expect(Double(wrong) < limit * Double(frames) && exits > 1000, "\(wrong) of \(frames), \(exits) exits")
    }

    /// The frame after an exit by odds goes to the end if the scene stays; from then on the scene has the network's answer.
    @Test func wrongExitsDoNotLast() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(31), seen = 0
        for _ in 0..<200 {
            let scene = world.frame(dice.int(5), &dice)
            guard let exit = world.show(scene, of: 0, to: recognizer), exit.evidence == .classes else { continue }
            seen += 1
            // Whatever the exit said, the network says 0.
            #expect(world.show(scene, of: 0, to: recognizer) == nil)
            let third = world.show(scene, of: 0, to: recognizer)
            #expect(third?.evidence == .scene && third?.index == recognizer.memory.classes.firstIndex { $0.classID == 0 })
        }
        #expect(seen > 10)
    }

    /// Where a network's answers change between frames that hardly differ, scenes are no evidence.
    @Test func scenesAreAsNearAsAnswersAreSteady() throws {
        let world = World(classes: 2)
        func memory(flickers: Bool) throws -> ClassMemory {
            var dice = Dice(8), builder = MemoryBuilder(world.taps)
            for i in 0..<240 {
                let shown = i / 40 % 2, named = flickers ? dice.int(2) : shown
                let still = world.frame(shown, &dice, noise: 0.05)
                builder.add(
                    still, answer: Recognizer.Answer([(World.known(named), 0.6), (World.known(1 - named), 0.4)]), label: nil, source: 0)
            }
            return try builder.build(model: "m.onnx", sha256: "ab", targetAgreement: 0.99)
        }
        #expect(try memory(flickers: true).taps.allSatisfy { $0.nearness == 0 })
        #expect(try memory(flickers: false).taps.allSatisfy { $0.nearness > 0 })
    }
}
