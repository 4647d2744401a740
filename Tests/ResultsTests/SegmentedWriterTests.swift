import Clocks
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Results

@Suite struct SegmentedWriterTests {
    private final class Clock: Sendable {
        let time: Mutex<Double>
        init(_ time: Double) { self.time = Mutex(time) }
        func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
    }

    private func begin(_ source: String, width: Int = 640) -> BeginRecord {
        BeginRecord(
            deepvid: "0", source: source, model: .init(name: "m", sha256: "00", head: "ssd", input: .init(width: 3, height: 2)),
            video: .init(width: width, height: 384, codec: "h264"), options: .init(threads: 1))
    }

    private func frame(_ number: Int) -> FrameRecord {
        FrameRecord(frame: number, ptsS: nil, objects: [], timingMs: .init(decode: 0, infer: 0))
    }

    private func end(_ source: String) -> EndRecord {
        EndRecord(source: source, reason: .finished)
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.url) }
    }

    private func names(_ folder: URL) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

    private func lines(_ folder: URL, _ name: String) throws -> [String] {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func everyFileCanBeReadAlone() throws {
        try inFolder { folder in
            // 2026-11-21T08:07:12Z
            let clock = Clock(1_795_248_432)
            let writer = try SegmentedWriter(path: folder.appending(path: "night.jsonl").path, length: 600) { clock.time.withLock { $0 } }
            try writer.write(begin("a"))
            try writer.write(begin("b"))
            try writer.write(frame(0))
            #expect(try names(folder) == ["night-20261121T080712Z.jsonl.part"])
            clock.advance(168)
            try writer.write(frame(1))
            try writer.write(end("a"))
            var outage = OutageRecord(source: "b", state: .closed, time: "", reason: "ended", message: "")
            outage.video = begin("b", width: 320).video
            try writer.write(outage)
            clock.advance(600)
            try writer.write(end("b"))
            try writer.close()
            #expect(
                try names(folder) == ["night-20261121T080712Z.jsonl", "night-20261121T081000Z.jsonl", "night-20261121T082000Z.jsonl"])
            let texts = try names(folder).map { try lines(folder, $0) }
            #expect(texts[0] == [begin("a").json, begin("b").json, frame(0).json])
            #expect(texts[1].prefix(3) == [begin("a").json, begin("b").json, frame(1).json])
            #expect(texts[1].count == 5)
            // What is open, as it is by now.
            #expect(texts[2] == [begin("b", width: 320).json, end("b").json])
        }
    }

    @Test func aSilentInputLeavesNoFileOpen() throws {
        try inFolder { folder in
            let clock = Clock(1_795_248_432)
            let sink = try SegmentedWriter(path: folder.appending(path: "night.jsonl").path, length: 600) { clock.time.withLock { $0 } }
            // Nothing came yet: the file waits for its first record.
            clock.advance(700)
            try sink.completeDue()
            #expect(try names(folder) == ["night-20261121T080712Z.jsonl.part"])
            try sink.write(begin("a"))
            try sink.write(frame(0))
            clock.advance(700)
            try sink.completeDue()
            #expect(try names(folder) == ["night-20261121T080712Z.jsonl"])
            clock.advance(6000)
            try sink.completeDue()
            try sink.write(frame(1))
            try sink.close()
            #expect(try names(folder) == ["night-20261121T080712Z.jsonl", "night-20261121T101032Z.jsonl"])
            #expect(try lines(folder, "night-20261121T101032Z.jsonl") == [begin("a").json, frame(1).json])
        }
    }

    @Test func nothingIsWrittenOver() throws {
        try inFolder { folder in
            let path = folder.appending(path: ".night").path
            for _ in 0..<3 {
                let writer = try SegmentedWriter(path: path, length: 1) { 0 }
                try writer.write(frame(0))
                try writer.close()
            }
            #expect(try names(folder) == [".night-19700101T000000Z", ".night-19700101T000000Z-2", ".night-19700101T000000Z-3"])
        }
        #expect(throws: OutputError.self) { _ = try SegmentedWriter(path: "/no/such/folder/a.jsonl", length: 1) }
    }

    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00.000Z"), (1_795_248_432.25, "2026-11-21T08:07:12.250Z"), (1.9996, "1970-01-01T00:00:02.000Z"),
        (-0.001, "1969-12-31T23:59:59.999Z"),
    ]) func times(seconds: Double, text: String) { #expect(UTCTime.text(seconds) == text) }

    /// A killed run leaves `.part`, perhaps with half a line; a running one has it open.
    @Test func whatAKilledRunLeftIsCompleted() throws {
        try inFolder { folder in
            func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }
            try write("{\"type\":\"begin\"}\n{\"ty", "night-20261121T080000Z.jsonl.part")
            try write("{\"ty", "night-20261121T080500Z-2.jsonl.part")
            try write("{}\n", "night-gate-20261121T080000Z.jsonl.part")
            try write("{}\n", "night-20261121T081000Z.jsonl.part")
            let writer = try SegmentedWriter(path: folder.appending(path: "night.jsonl").path, length: 600) { 0 }
            try writer.write(frame(0))
            try writer.close()
            #expect(
                try names(folder) == [
                    "night-19700101T000000Z.jsonl", "night-20261121T080000Z.jsonl", "night-20261121T081000Z.jsonl",
                    "night-gate-20261121T080000Z.jsonl.part",
                ])
            #expect(try lines(folder, "night-20261121T080000Z.jsonl") == ["{\"type\":\"begin\"}"])
        }
    }

    /// Two that write segments of one name would mix them, also between two segments.
    @Test func anotherWriterIsRefused() throws {
        try inFolder { folder in
            let path = folder.appending(path: "night.jsonl").path, clock = Clock(1_795_248_432)
            let writer = try SegmentedWriter(path: path, length: 600) { clock.time.withLock { $0 } }
            func other() -> OutputError.Code? {
                do throws(OutputError) {
                    _ = try SegmentedWriter(path: path, length: 600) { 0 }
                    return nil
                } catch { return error.code }
            }
            #expect(other() == .locked)
            try writer.write(begin("a"))
            clock.advance(700)
            try writer.completeDue()
            #expect(try names(folder) == ["night-20261121T080712Z.jsonl"])
            #expect(other() == .locked)
            withExtendedLifetime(writer) {}
        }
    }

    @Test func aFileHasOneWriter() throws {
        try inFolder { folder in
            let path = folder.appending(path: "a.jsonl").path
            let writer = try RecordFile(path: path, .replace)
            try writer.write(frame(0))
            for opening in [RecordFile.Opening.replace, .append] {
                let error = #expect(throws: OutputError.self) { _ = try RecordFile(path: path, opening) }
                #expect(error?.message.contains("(pid \(ProcessInfo.processInfo.processIdentifier))") == true, "\(error?.message ?? "")")
            }
            try writer.close()
            #expect(try lines(folder, "a.jsonl") == [frame(0).json])
        }
    }
}
