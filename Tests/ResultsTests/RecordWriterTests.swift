import Foundation
import Glibc
import Synchronization
import Testing

@testable import Results

@Suite(.serialized) struct RecordWriterTests {
    private let record = FrameRecord(frame: 1, ptsS: 0, objects: [], timingMs: .init(decode: 0, infer: 0))

    @Test func pipeGetsEveryRecordAtOnce() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let writer = RecordWriter(descriptor: ends[1])
        try writer.write(record)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(ends[0], &buffer, buffer.count)
        #expect(String(decoding: buffer.prefix(count), as: UTF8.self) == record.json + "\n")
    }

    @Test func fileHoldsWholeLinesAtAnyTime() throws {
        let path = NSTemporaryDirectory() + "deepvid-writer-\(getpid()).jsonl"
        defer { unlink(path) }
        let writer = try RecordFile(path: path, .replace)
        try writer.write(record)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == record.json + "\n")
        for _ in 1..<3000 { try writer.write(record) }
        try writer.close()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == String(repeating: record.json + "\n", count: 3000))
    }

    @Test func closedPipeIsNoFailure() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let error = #expect(throws: OutputError.self) { try RecordWriter(descriptor: ends[1]).write(record) }
        #expect(error?.code == .closed)
    }

    @Test func fullDiskIsAFailure() throws {
        let error = #expect(throws: OutputError.self) { try RecordFile(path: "/dev/full", .replace).write(record) }
        #expect(error?.code == .full)
        #expect(error?.message == "No space left on device")
    }

    /// What does not block is waited for: a pipe that is full gets the rest when there is room.
    @Test func fullPipeIsWaitedFor() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        #expect(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        let (reading, group) = (ends[0], DispatchGroup())
        let read = Mutex<[UInt8]>([])
        DispatchQueue.global().async(group: group) {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while read.withLock({ $0.count }) < 500_000 {
                let count = Glibc.read(reading, &buffer, buffer.count)
                if count <= 0 { return }
                read.withLock { $0 += buffer.prefix(count) }
            }
        }
        try writeAll(bytes, to: ends[1])
        group.wait()
        #expect(read.withLock { $0 } == bytes)
    }
}
