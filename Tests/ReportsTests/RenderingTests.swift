import DeepVid
import Models
import Results
import TestSupport
import Testing
import Video

@testable import Reports

@Suite struct RenderingTests {
    private func records(_ lines: [String], clip: String = "street.mp4") throws -> ClipRecords {
        let folder = try TemporaryFolder()
        return try ClipRecords(try write(lines, in: folder), clip: clip)
    }

    @Test func recordsHoldUntilTheNext() throws {
        let records = try records([beginLine(), frameLine(2), frameLine(5), endLine(frames: 2, decoded: 8)])
        #expect(try records.advance(to: 0) == nil)
        #expect(try records.advance(to: 2) == true)
        #expect(try records.advance(to: 4) == false)
        #expect(records.current?.frame == 2)
        #expect(try records.advance(to: 6) == false)
        #expect(records.current?.frame == 5)
        #expect(records.covers(7))
        #expect(!records.covers(8))
    }

    @Test func recordsWithoutAnEndCoverTheirLastFrame() throws {
        let records = try records([frameLine(0), frameLine(1)])
        #expect(records.begin == nil)
        _ = try records.advance(to: 3)
        #expect(records.covers(1))
        #expect(!records.covers(2))
    }

    @Test func theClipIsFoundByItsName() throws {
        let lines = [beginLine("a/one.mp4"), frameLine(0), endLine("a/one.mp4", frames: 1), beginLine("two.mp4"), frameLine(3)]
        let two = try records(lines, clip: "folder/two.mp4")
        #expect(two.begin?.source == "two.mp4")
        #expect(two.upcoming?.frame == 3)
        let refusal = #expect(throws: DeepVidError.self) { try records(lines, clip: "three.mp4") }
        #expect(refusal?.code == .resultsMismatch)
        #expect(refusal?.message.contains("a/one.mp4, two.mp4") == true)
    }

    @Test func onlyInputsMayHaveAnotherName() throws {
        #expect(try records([beginLine("old.mp4"), frameLine(0)]).begin?.source == "old.mp4")
    }

    @Test func framesInDisorder() throws {
        let records = try records([frameLine(4), frameLine(2)])
        let refusal = #expect(throws: DeepVidError.self) { try records.advance(to: 4) }
        #expect(refusal?.code == .notRecords)
        #expect(refusal?.message.contains("line 2: frame 2 comes after frame 4") == true)
    }

    @Test func resultsWithoutFrames() {
        let none = #expect(throws: DeepVidError.self) { try records([beginLine(options: #","records":"events""#), endLine(frames: 1)]) }
        #expect(none?.code == .noRecords)
        #expect(none?.message.contains("results of --events have none") == true)
    }

    @Test func clockJumps() {
        var clock = ClockJumps()
        for (frame, seconds) in [(0, 0.0), (1, 0.1), (2, 0.05), (3, 500), (4, nil), (5, 500.1)] as [(Int, Double?)] {
            clock.add(frame, at: seconds)
        }
        #expect(clock.warning == nil)
        clock.add(6, at: 86_900.1)
        #expect(clock.warning == "the clock jumps by 86400.0 s at frame 6; the video goes on without a gap")
        clock.add(7, at: 3)
        #expect(clock.warning?.contains("frame 6, and 1 time more") == true)
    }

    private func render(
        _ lines: [String], to name: String = "out.mp4", _ change: (inout VideoRenderer.Options) -> Void = { _ in }
    ) throws -> VideoRenderer.Outcome {
        let folder = try TemporaryFolder()
        var options = try VideoRenderer.Options(results: try write(lines, in: folder), output: folder.path(name))
        options.scale = 0.25
        change(&options)
        let clip = Files.clip("street.mp4")
        return try VideoRenderer(clip, options, control: RunControl()).run()
    }

    @Test func theFramesOfTheRecordsAreWritten() throws {
        let outcome = try render((10..<20).map { frameLine($0, [Seen(box: [100, 100, 200, 200])]) }) { $0.showsHeat = true }
        #expect(outcome.error == nil)
        #expect(outcome.isWritten)
        #expect(outcome.frames == 10)
        #expect(outcome.bytes > 1000)
    }

    @Test func resultsOfAClipOfAnotherSize() throws {
        let begin = beginLine().replacing("\"width\":640,\"height\":384", with: "\"width\":320,\"height\":192")
        let outcome = try render([begin, frameLine(0)])
        #expect(outcome.error?.code == .resultsMismatch)
        #expect(!outcome.isWritten)
    }

    @Test func resultsOfAClipWithOtherTimes() throws {
        let outcome = try render([frameLine(0, at: 0), frameLine(1, at: 0.5)])
        #expect(outcome.error?.code == .resultsMismatch)
        #expect(outcome.error?.message.contains("frame 1 is shown at 0.500 s there and at 0.067 s") == true)
        #expect(!outcome.isWritten)
    }

    @Test func resultsThatGoOnAfterTheClip() throws {
        let outcome = try render([frameLine(88), frameLine(300)])
        #expect(outcome.error?.code == .resultsLonger)
        #expect(outcome.isWritten)
        #expect(outcome.frames == 2)
        let late = try render([frameLine(300)])
        #expect(late.error?.code == .resultsLonger)
        #expect(!late.isWritten)
    }

    @Test func outputsThatCannotBe() throws {
        let unwritable = try render([frameLine(0)], to: "missing/out.mp4")
        #expect(unwritable.error?.code == .unwritable)
        #expect(!unwritable.isWritten)
        let refusal = #expect(throws: DeepVidError.self) { try VideoRenderer.Options(results: "r.jsonl", output: "out.webm") }
        #expect(refusal?.code == .invalidOptions)
        let small = try render([frameLine(0)]) { $0.scale = 0.0001 }
        #expect(small.error?.code == .invalidOptions)
    }

    @Test func heatMarksWhatChanged() throws {
        let input = try reportInput([beginLine(), frameLine(0)])
        let heat = ChangeHeatmap(input.begin, frameWidth: 64, frameHeight: 64)
        func drawn() -> Canvas {
            var canvas = Canvas(width: 64, height: 64)
            heat.draw(on: &canvas)
            return canvas
        }
        let plain = try makeFrame(0, width: 64, height: 64)
        let moved = try makeFrame(1, width: 64, height: 64) { x, y in x >= 32 && y >= 32 ? 220 : 128 }
        try heat.add(plain, isInFull: true)
        #expect(drawn().pixels.allSatisfy { $0 == 0 })
        try heat.add(moved, isInFull: false)
        let marked = drawn()
        #expect(marked[48, 48].red > 50)
        #expect(marked[8, 8] == .black)
        // The reference took the change over, so that the mark fades.
        try heat.add(moved, isInFull: false)
        #expect(drawn()[48, 48].red < marked[48, 48].red)
        #expect(drawn()[48, 48].red > 0)
    }
}
