import Foundation
import Models
import Results
import SemanticMemory
import TestSupport
import Testing
import Video
import Vision

@testable import DeepVid

/// The fixture that tells red, green and blue apart, with a memory of it.
private final class ColorClassifier {
    let folder: TemporaryFolder
    let model: LoadedModel
    private let preparer: FramePreparer
    private var dice = Dice(1)

    init() throws {
        folder = try TemporaryFolder()
        var build = MemoryBuild.Options()
        build.model.model = Files.fixture("models/colours.onnx")
        build.images = folder.path("images")
        model = try LoadedModel(build.model)
        preparer = try FramePreparer(model.profile)
        for (color, name) in ["red", "green", "blue"].enumerated() {
            let images = folder.path("images/\(name)")
            try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
            for i in 100..<125 {
                try (Data("P6 32 32 255\n".utf8) + pixels(color)).write(to: URL(fileURLWithPath: "\(images)/\(i).ppm"))
            }
        }
        try MemoryStore.write(try MemoryBuild(build, control: RunControl()).run().memory, to: file)
    }

    var file: String { folder.path("colors.memory") }

    /// 32 × 32 of one color with noise, RGB.
    private func pixels(_ color: Int) -> Data {
        let strength = 60 + dice.int(40), other = 20 + dice.int(30)
        return Data((0..<3 * 32 * 32).map { UInt8(($0 % 3 == color ? 80 + strength : other) + dice.int(60)) })
    }

    /// The model's input with a scene of this color.
    func prepare(_ color: Int) throws -> (buffer: PixelBuffer, placement: Placement) {
        let pixels = pixels(color)
        let frame = Frame(pixelFormat: "rgb24", width: 32, height: 32) { _, bytes, stride in
            for y in 0..<32 { for x in 0..<96 { bytes[y * stride + x] = pixels[y * 96 + x] } }
        }
        let prepared = try preparer.prepare(try #require(frame))
        return (prepared.pixels, prepared.placement)
    }
}

/// A network with a memory beside it.
private final class MemoryRun {
    let recall: MemoryRecall
    private let classifier: ColorClassifier
    private let network: DenseNetwork
    private var picture: (buffer: PixelBuffer, placement: Placement)?

    init(_ classifier: ColorClassifier, _ change: (inout MemoryOptions) -> Void = { _ in }) throws {
        var options = MemoryOptions(file: classifier.file)
        change(&options)
        self.classifier = classifier
        recall = try MemoryRecall(classifier.model, options)
        network = DenseNetwork(classifier.model, threads: 1)
        network.session.probe = recall.makeProbe()
    }

    /// Shows another scene of this color.
    func change(to color: Int) throws { picture = try classifier.prepare(color) }

    var isLooking: Bool { network.session.probe!.isEnabled }

    /// Runs the network on the scene in view.
    @discardableResult
    func frame() throws -> (answer: HeadResult, exit: FrameResult.Exit) {
        let (buffer, placement) = try #require(picture)
        recall.begin()
        let outputs = try network.run(buffer)
        if let left = recall.takeExit() { return left }
        let result = try classifier.model.head.decode(outputs, placement: placement, minimumScore: classifier.model.score)
        return (result, try recall.finish(outputs, result, placement: placement))
    }

    /// Runs frames of the scene in view. - Returns: how many exited.
    @discardableResult
    func frames(_ count: Int) throws -> Int {
        var exits = 0
        for _ in 0..<count where try frame().exit.layer != nil { exits += 1 }
        return exits
    }
}

struct MemoryRecallTests {
    private let classifier: ColorClassifier

    init() throws { classifier = try ColorClassifier() }

    @Test func theFirstFrameGoesToTheEnd() throws {
        let run = try MemoryRun(classifier)
        try run.change(to: 1)
        let exit = try run.frame().exit
        #expect(exit.layer == nil)
        #expect(exit.evidence == nil)
        #expect(exit.macsFraction == 1)
    }

    @Test func restingScenesExitWithTheNetworksAnswer() throws {
        let run = try MemoryRun(classifier)
        try run.change(to: 1)
        let first = try run.frame(), second = try run.frame()
        #expect(second.exit.layer != nil)
        #expect(second.exit.evidence == "scene")
        #expect(second.exit.macsFraction < 1)
        #expect(second.answer == first.answer)
    }

    @Test func exitsByOddsNameTheClass() throws {
        let run = try MemoryRun(classifier)
        var seen = 0
        for i in 0..<60 {
            try run.change(to: i % 3)
            let (result, exit) = try run.frame()
            guard exit.evidence == "classes", case .classes(let classes) = result else { continue }
            seen += 1
            #expect(classes.first?.classID == i % 3)
            #expect(classes.map(\.score) == classes.map(\.score).sorted(by: >))
        }
        #expect(seen > 10)
    }

    @Test func afterABreakTheFirstFrameGoesToTheEndAgain() throws {
        let run = try MemoryRun(classifier)
        try run.change(to: 1)
        #expect(try run.frames(3) > 0)
        run.recall.reset()
        #expect(try run.frame().exit.layer == nil)
        #expect(try run.frame().exit.layer != nil)
    }

    /// An outage, or another size of frames, is a break in the run and not its end.
    @Test func countsOutliveBreaks() throws {
        let run = try MemoryRun(classifier)
        try run.change(to: 1)
        let before = try run.frames(10)
        run.recall.reset()
        let after = try run.frames(10)
        let summary = run.recall.counts
        #expect(before > 0)
        #expect(summary.exits == before + after)
    }

    @Test func countsAreOfOneInput() throws {
        let run = try MemoryRun(classifier)
        #expect(run.recall.counts.frames == 0)
        try run.change(to: 1)
        try run.frames(10)
        #expect(run.recall.counts.frames == 10)
        run.recall.beginInput()
        #expect(run.recall.counts.frames == 0)
        try run.frame()
        let summary = run.recall.counts
        #expect(summary.exits == 0)
        #expect(summary.meanDepth == 1)
    }

    @Test func framesWithoutChangeCountAndCostNothing() throws {
        let run = try MemoryRun(classifier)
        try run.change(to: 1)
        try run.frame()
        for _ in 0..<3 { run.recall.finishUnchanged() }
        let summary = run.recall.counts
        #expect(summary.meanDepth == 0.25)
        #expect(summary.exits == 0)
    }

    /// Where every exit has to be right, none is taken.
    @Test func aTargetOfOneNeverExits() throws {
        let run = try MemoryRun(classifier) { $0.targetAgreement = 1 }
        try run.change(to: 1)
        #expect(try run.frames(20) == 0)
    }

    /// Looking in vain becomes rare.
    @Test func framesInVainAreSkipped() throws {
        let run = try MemoryRun(classifier) { $0.targetAgreement = 1 }
        try run.change(to: 1)
        var skipped = 0
        for i in 0..<60 {
            try run.frame()
            if i < 16 { #expect(run.isLooking) }
            if !run.isLooking { skipped += 1 }
        }
        #expect(skipped > 20)
        #expect(skipped < 44)
    }

    @Test func thePapersRuleLooksAtEveryFrame() throws {
        let run = try MemoryRun(classifier) { ($0.targetAgreement, $0.rule) = (1, .paper) }
        try run.change(to: 1)
        for _ in 0..<60 {
            try run.frame()
            #expect(run.isLooking)
        }
    }

    @Test func exitsAreAuditedNowAndThen() throws {
        let run = try MemoryRun(classifier)
        try run.change(to: 1)
        let exits = try run.frames(200)
        let summary = run.recall.counts
        let audits = summary.audits
        #expect(audits > 2)
        #expect(audits < 20)
        // The scene rests, so the network says what the exit would have.
        #expect(summary.agreed == audits)
        #expect(exits == 199 - audits)
    }

    @Test func aFrameThatIsAuditedGoesToTheEnd() throws {
        let run = try MemoryRun(classifier)
        try run.change(to: 1)
        var audited = 0
        for _ in 0..<100 {
            let isDue = run.recall.auditIsDue, exit = try run.frame().exit
            guard isDue else { continue }
            audited += 1
            #expect(exit.layer == nil)
            #expect(!run.recall.auditIsDue)
        }
        #expect(audited > 0)
    }

    @Test func savesWhatWasLearnt() throws {
        let saved = classifier.folder.path("after.memory")
        let run = try MemoryRun(classifier) { $0.saveTo = saved }
        try run.change(to: 1)
        try run.frames(5)
        try run.recall.save()
        let (before, after) = (try MemoryStore.read(classifier.file), try MemoryStore.read(saved))
        #expect(after.hot.frequency.reduce(0, +) == before.hot.frequency.reduce(0, +) + 5)
    }

    @Test func withoutAPlaceNothingIsSaved() throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: classifier.file)), run = try MemoryRun(classifier)
        try run.change(to: 1)
        try run.frames(5)
        try run.recall.save()
        #expect(try Data(contentsOf: URL(fileURLWithPath: classifier.file)) == bytes)
    }

    @Test func memoriesThatAreNotThereAreRefused() throws {
        let error = #expect(throws: DeepVidError.self) { try MemoryRun(classifier) { $0.file = "/none.memory" } }
        #expect(error?.code == .notFound)
    }
}

struct ExitCountsTests {
    @Test func nothingHasNoDepth() { #expect(ExitCounts(target: 0.99).meanDepth == 0) }

    @Test func meansAreOverAllFrames() throws {
        var counts = ExitCounts(target: 0.99)
        counts.record(depth: 0.25, isExit: true)
        counts.record(depth: 1, isExit: false)
        counts.record(depth: 0, isExit: false)
        counts.record(depth: 0.75, isExit: true)
        #expect(counts.frames == 4)
        #expect(counts.exits == 2)
        #expect(counts.meanDepth == 0.5)
        #expect(counts.audits == 0)
        #expect(counts.interval == nil)
    }

    @Test func auditsAreCountedByTheirOutcome() throws {
        var counts = ExitCounts(target: 0.99)
        counts.record(depth: 1, isExit: false)
        for agrees in [true, false, true, true] { counts.record(audit: agrees) }
        #expect(counts.agreed == 3)
        #expect(counts.audits == 4)
        #expect(counts.agreement == 0.75)
        #expect(try #require(counts.interval).contains(0.75))
    }
}

struct ExitAuditsTests {
    /// Frames at which an audit was due, each audited at once.
    private func due(frames: Int, depth: Double) -> [Int] {
        var audits = ExitAudits()
        return (0..<frames).filter { _ in
            audits.record(depth: depth)
            defer { if audits.isDue { audits.finish() } }
            return audits.isDue
        }
    }

    @Test func framesThatGoToTheEndAreNoReason() { #expect(due(frames: 1000, depth: 1).isEmpty) }

    /// An audit costs one frame, an exit counts as 0.4 at least: one in fifty at most, but for those on credit.
    @Test(arguments: [0.001, 0.4]) func auditsAreATwentiethOfTheWork(depth: Double) {
        let due = due(frames: 1000, depth: depth)
        #expect((15...26).contains(due.count))
    }

    @Test func oneThatIsDueStaysSo() {
        var audits = ExitAudits()
        while !audits.isDue { audits.record(depth: 0.5) }
        for _ in 0..<10 { audits.record(depth: 1) }
        #expect(audits.isDue)
        audits.finish()
        #expect(!audits.isDue)
    }
}
