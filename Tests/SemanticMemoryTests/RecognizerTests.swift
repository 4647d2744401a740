import Testing
import TestSupport

@testable import SemanticMemory

struct RecognizerTests {
    /// Most frames of known classes leave early, and hardly any wrongly.
    @Test(arguments: [Recognizer.Settings.Rule.odds, .paper])
    func leavesEarlyAndRight(rule: Recognizer.Settings.Rule) throws {
        let world = World(classes: 5), memory = try world.memory()
        #expect(memory.heldOut.exits > 0.3 && memory.heldOut.depth < 0.95 && memory.heldOut.accuracy! >= 0.98)
        var settings = Recognizer.Settings(), dice = Dice(9)
        settings.rule = rule
        settings.remembersScenes = false
        settings.targetAgreement = 0.99
        let recognizer = Recognizer(memory, settings)
        var exits = 0, wrong = 0
        for _ in 0..<600 {
            let index = dice.int(5)
            guard let exit = world.show(world.frame(index, &dice), of: index, to: recognizer) else { continue }
            exits += 1
            if exit.index != index { wrong += 1 }
        }
        #expect(exits > (rule == .paper ? 30 : 150) && Double(wrong) / 600 < 0.03, "\(exits) exits, \(wrong) wrong")
    }

    /// Where classes come in runs, what was seen last is expected, and frames leave earlier.
    @Test func runsLeaveEarlier() throws {
        let world = World(classes: 5), memory = try world.memory()
        func depth(run: Int) -> (depth: Double, wrong: Int) {
            var dice = Dice(10), depth = 0.0, wrong = 0, settings = Recognizer.Settings()
            settings.remembersScenes = false
            settings.targetAgreement = 0.99
            let recognizer = Recognizer(memory, settings)
            for i in 0..<900 {
                let index = (i / run * 3) % 5
                let exit = world.show(world.frame(index, &dice), of: index, to: recognizer)
                depth += exit.map { world.taps[$0.tap].macsFraction } ?? 1
                if let exit, exit.index != index { wrong += 1 }
            }
            return (depth / 900, wrong)
        }
        let (shuffled, runs) = (depth(run: 1), depth(run: 30))
        #expect(runs.depth < shuffled.depth - 0.05 && runs.wrong < 30, "\(shuffled) \(runs)")
    }

    /// A scene that rests is known at the first tap; one that changes is looked at again.
    @Test func restingScenesLeaveAtOnce() throws {
        let world = World(classes: 5), recognizer = Recognizer(try world.memory())
        var dice = Dice(11)
        let scene = world.frame(2, &dice)
        world.show(scene, of: 2, to: recognizer, isAudit: true)
        for _ in 0..<20 {
            let exit = world.show(scene.map { $0 + 0.02 * dice.normal() }, of: 2, to: recognizer)
            #expect(exit?.index == 2 && exit?.tap == 0 && exit?.evidence == .scene)
        }
        recognizer.reset()
        let after = world.show(world.frame(4, &dice), of: 4, to: recognizer)
        #expect(after == nil || after?.evidence == .classes)
    }

    /// A class that was never in the memory is mostly answered by the network, learnt, and from then on known. Mostly: what
    /// looks like another class at an early tap is taken for it until the network was heard.
    @Test func newClassesAreRejectedThenLearnt() throws {
        let world = World(classes: 6, seed: 3)
        var settings = Recognizer.Settings()
        settings.targetAgreement = 0.99
        let recognizer = Recognizer(try world.memory(of: [0, 1, 2, 3, 4]), settings)
        #expect(recognizer.memory.classes.count == 5)
        var dice = Dice(12), wrong = 0, frames = 0
        for i in 0..<1000 {
            let index = (i / 20) % 5 == 2 ? 5 : dice.int(5)
            let exit = world.show(world.frame(index, &dice), of: index, to: recognizer)
            guard index == 5 else { continue }
            frames += 1
            if let exit, recognizer.memory.classes[exit.index].classID != 5 { wrong += 1 }
        }
        #expect(recognizer.memory.classes.count == 6 && frames == 200 && wrong <= 2, "\(wrong) wrong")
    }

    @Test func withoutLearningNothingChanges() throws {
        let world = World(classes: 6, seed: 3), memory = try world.memory(of: [0, 1, 2, 3, 4])
        var settings = Recognizer.Settings(), dice = Dice(13)
        settings.learns = false
        let recognizer = Recognizer(memory, settings)
        for i in 0..<100 { world.show(world.frame(i % 6, &dice), of: i % 6, to: recognizer) }
        #expect(MemoryFile.bytes(of: recognizer.memory) == MemoryFile.bytes(of: memory))
    }

    /// Audited frames go to the end; a wrong exit makes the limits stricter.
    @Test func auditsMoveTheLimits() throws {
        let world = World(classes: 5)
        var settings = Recognizer.Settings(), dice = Dice(14)
        settings.targetAgreement = 0.99
        let recognizer = Recognizer(try world.memory(), settings)
        let scene = world.frame(1, &dice)
        world.show(scene, of: 1, to: recognizer, isAudit: true)
        let reach = recognizer.memory.limits.reach
        // The scene looks the same, and the network says something else.
        let exit = world.show(scene, of: 3, to: recognizer, isAudit: true)
        #expect(exit == nil && recognizer.memory.limits.reach < reach)
    }

    @Test func tooLittleMakesNoMemory() {
        let world = World(classes: 3)
        #expect(throws: MemoryError.self) { try world.memory(frames: 10) }
        #expect(throws: MemoryError.self) { try world.memory(of: [1]) }
        #expect(throws: MemoryError.self) { try MemoryBuilder([]).build(model: "m", sha256: "", targetAgreement: 0.99) }
    }

    /// What was not looked at may have been another scene: it takes a frame to the end to know one again.
    @Test func afterAFramePassedOverNoSceneIsExpected() throws {
        let world = World(classes: 5)
        func exits(passingOver: Bool) throws -> Int {
            var dice = Dice(13), exits = 0, settings = Recognizer.Settings()
            settings.remembersScenes = false
            let recognizer = Recognizer(try world.memory(), settings)
            for _ in 0..<300 {
                if world.show(world.frame(3, &dice), of: 3, to: recognizer) != nil { exits += 1 }
                guard passingOver else { continue }
                recognizer.passOver()
                #expect(recognizer.exit == nil && recognizer.finished(Recognizer.Answer([])) == nil)
            }
            return exits
        }
        let (seen, interrupted) = (try exits(passingOver: false), try exits(passingOver: true))
        #expect(seen > 200 && interrupted < seen, "\(seen), \(interrupted)")
    }
}
