import Concurrency
import Foundation
import Glibc
import Models
import Synchronization
import TestSupport
import Testing
import Video

@testable import DeepVid

@Suite struct ReconnectionTests {
    @Test(arguments: 0..<100) func waitsDoubleUpToAHalfMinute(attempt: Int) {
        let delay = Reconnection.delay(beforeAttempt: attempt)
        let longest = attempt < 6 ? 0.5 * Double(1 << attempt) : 30
        #expect(delay >= longest / 2)
        #expect(delay <= longest)
    }

    @Test func anInputIsGivenUpAfterItsTime() {
        #expect(Reconnection.within(seconds: 10).remaining(after: 4) == 6)
        #expect(Reconnection.within(seconds: 10).remaining(after: 12) < 0)
        #expect(Reconnection.forever.remaining(after: 1e9) > 0)
        #expect(Reconnection.never.remaining(after: 0) == 0)
    }

    @Test(arguments: [DeepVidError.Code.refused, .invalidOptions, .internalFailure])
    func whatWasAskedForWronglyStaysWrong(code: DeepVidError.Code) {
        #expect(Reconnection.isHopeless(DeepVidError(code, ""), hasPlayed: false))
        #expect(Reconnection.isHopeless(DeepVidError(code, ""), hasPlayed: true))
    }

    /// A camera that has given pictures is being changed when it gives others.
    @Test(arguments: [DeepVidError.Code.unsupported, .noVideoStream])
    func aWrongStreamMayChangeOnceItWasRight(code: DeepVidError.Code) {
        #expect(Reconnection.isHopeless(DeepVidError(code, ""), hasPlayed: false))
        #expect(!Reconnection.isHopeless(DeepVidError(code, ""), hasPlayed: true))
    }

    @Test(arguments: [DeepVidError.Code.unreadable, .timedOut, .ended, .notFound, .truncated])
    func othersMayPass(code: DeepVidError.Code) { #expect(!Reconnection.isHopeless(DeepVidError(code, ""), hasPlayed: false)) }
}

/// A server on the loopback that gives each connection a file and closes it.
private final class FileServer: Sendable {
    let port: Int
    private let descriptor: Int32
    private let connections = Mutex(0)

    init(_ bytes: Data, connections limit: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        (address.sin_family, address.sin_addr.s_addr) = (sa_family_t(AF_INET), INADDR_LOOPBACK.bigEndian)
        let (descriptor, size) = (descriptor, length)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                try #require(bind(descriptor, generic, size) == 0)
                try #require(listen(descriptor, 4) == 0)
                try #require(getsockname(descriptor, generic, &length) == 0)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        _ = startThread(named: "test server") { [self] in
            for _ in 0..<limit {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                self.connections.withLock { $0 += 1 }
                bytes.withUnsafeBytes { bytes in
                    var sent = 0
                    while sent < bytes.count {
                        let count = send(connection, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
                        if count <= 0 { break }
                        sent += count
                    }
                }
                close(connection)
            }
            close(descriptor)
        }
    }

    var served: Int { connections.withLock { $0 } }
}

@Suite struct LiveSourceTests {
    private let control = RunControl()

    private func clip(_ name: String) -> String { Files.clip("\(name)") }

    private func source(
        _ input: String, maxFrames: Int? = nil, duration: Double? = nil, _ reconnection: Reconnection = .forever
    ) -> LiveSource {
        var options = VideoOptions()
        (options.maxFrames, options.duration) = (maxFrames, duration)
        return LiveSource(input, options: options, reconnection: reconnection, control: control)
    }

    /// What a source gives, as words, until it ends.
    private func words(_ source: LiveSource, _ look: (String, [String]) -> Void = { _, _ in }) throws -> [String] {
        var words: [String] = []
        while let event = try source.next() {
            switch event {
            case .opened: words.append("opened")
            case .frame(_, let index): words.append("frame \(index)")
            case .passed: words.append("passed")
            case .lost(let outage): words.append("lost: \(outage.cause.code.rawValue)")
            case .back(let outage, _): words.append("back after \(outage.attempts)")
            }
            look(words.last!, words)
        }
        return words
    }

    @Test func framesEndWithTheLimit() throws {
        #expect(try words(source(street, maxFrames: 3)) == ["opened", "frame 0", "frame 1", "frame 2"])
    }

    /// A file is never there again.
    @Test func aFileEndsWithItsLastFrame() throws {
        let words = try words(source(clip("offset.ts")))
        #expect(words.first == "opened")
        #expect(words.count > 2)
        #expect(words.dropFirst().allSatisfy { $0.hasPrefix("frame") })
    }

    @Test func aFileThatIsNotThereIsAFailure() {
        let error = #expect(throws: DeepVidError.self) { try source("/none.mp4").next() }
        #expect(error?.code == .notFound)
    }

    @Test func afterAStopThereIsNothing() throws {
        let source = source(street)
        #expect(try source.next() != nil)
        control.stop()
        #expect(try source.next() == nil)
    }

    @Test func framesHaveArrived() throws {
        let source = source(street, maxFrames: 2)
        _ = try source.next()
        guard case .frame(let frame, _) = try source.next() else {
            Issue.record("no frame")
            return
        }
        #expect(frame.arrival != nil)
        #expect(source.summary?.framesDecoded ?? 0 > 0)
    }

    /// Frames are numbered over both connections.
    @Test func aConnectionThatEndsIsMadeAgain() throws {
        let server = try FileServer(Data(contentsOf: URL(fileURLWithPath: clip("offset.ts"))), connections: 2)
        let source = source("tcp://127.0.0.1:\(server.port)")
        let words = try words(source) { [control] word, all in
            if word.hasPrefix("frame"), all.contains(where: { $0.hasPrefix("back") }) { control.stop() }
        }
        #expect(server.served == 2)
        #expect(words.first == "opened")
        #expect(words.filter { $0.hasPrefix("lost") } == ["lost: ended"])
        #expect(words.filter { $0.hasPrefix("back") } == ["back after 1"])
        #expect(words.last?.hasPrefix("frame") == true)
        let numbers = words.compactMap { $0.hasPrefix("frame ") ? Int($0.dropFirst(6)) : nil }
        // Frames that nobody has taken yet give way to newer ones.
        #expect(numbers.count >= 2)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(source.summary?.framesDecoded ?? 0 >= numbers.count)
    }

    /// Nobody sends: neither the wait for an answer nor that for another attempt may outlast the time.
    @Test(.timeLimit(.minutes(2)), arguments: ["udp://127.0.0.1:9", "tcp://127.0.0.1:9"])
    func theTimeEndsAWaitForTheFirstPicture(input: String) throws {
        let source = source(input, duration: 0.7)
        let error = #expect(throws: DeepVidError.self) { while try source.next() != nil {} }
        #expect(
            error?.message.hasSuffix("--duration; check that the source is running") == true
                || error?.message.hasSuffix("of --duration") == true)
    }

    @Test(.timeLimit(.minutes(2))) func theTimeEndsAnOutage() throws {
        let server = try FileServer(Data(contentsOf: URL(fileURLWithPath: clip("offset.ts"))), connections: 1)
        let words = try words(source("tcp://127.0.0.1:\(server.port)", duration: 1.5))
        #expect(words.first == "opened")
        #expect(words.last == "lost: ended", "the frames before count, and the run is over")
    }

    @Test func withoutReconnectionTheFirstBreakIsTheEnd() throws {
        let server = try FileServer(Data(contentsOf: URL(fileURLWithPath: clip("offset.ts"))), connections: 1)
        let words = try words(source("tcp://127.0.0.1:\(server.port)", .never))
        #expect(words.first == "opened")
        #expect(words.dropFirst().allSatisfy { $0.hasPrefix("frame") })
        #expect(server.served == 1)
    }

    @Test func anInputThatStaysAwayIsGivenUp() throws {
        // Nobody listens there any more.
        let server = try FileServer(Data(), connections: 0)
        let source = source("tcp://127.0.0.1:\(server.port)", .within(seconds: 0.2))
        guard case .lost(let outage) = try source.next() else {
            Issue.record("an input that cannot be opened is lost")
            return
        }
        #expect(outage.lastPts == nil)
        let error = #expect(throws: DeepVidError.self) { try source.next() }
        #expect(error?.code == outage.cause.code)
        #expect(error?.message.hasSuffix("; given up") == true)
    }
}

@Suite struct LiveRunsTests {
    private struct Full: Error {}

    private func runs(_ inputs: [String], maxFrames: Int, _ control: RunControl = RunControl()) throws -> LiveRuns {
        var options = runOptions(threads: 2, cache: .off)
        options.video.maxFrames = maxFrames
        return try LiveRuns(inputs, model: try Model(), options: options, reconnection: .never, control: control)
    }

    @Test func eachInputIsARunOfItsOwn() throws {
        let logs = Mutex<[String: [String]]>([:]), progress = Mutex<[Int]>([])
        let summaries = try runs([street, moving], maxFrames: 4).run(
            into: { source, output in
                let log = RunLog()
                log.take(output)
                logs.withLock { $0[source, default: []] += log.lines }
            }, shortage: { _ in fatalError("no thread") }, onProgress: { now in progress.withLock { $0.append(now.frames) } },
            whileWaiting: {})
        let all = logs.withLock { $0 }
        #expect(summaries.map(\.source) == [street, moving])
        #expect(summaries.map(\.frames) == [4, 4])
        for input in [street, moving] {
            #expect(all[input]?.first == "begin")
            #expect(all[input]?.dropFirst().dropLast().map { String($0.prefix(5)) } == Array(repeating: "frame", count: 4))
            #expect(all[input]?.last == "end finished 4")
        }
        #expect(progress.withLock { $0 } == Array(1...8))
    }

    @Test func anInputThatFailsLeavesTheOthersAlone() throws {
        let summaries = try runs(["/none.mp4", street], maxFrames: 3).run(
            into: { _, _ in }, shortage: { _ in fatalError("no thread") }, onProgress: { _ in }, whileWaiting: {})
        #expect(summaries.map(\.reason) == [.failed, .finished])
        #expect(summaries.first?.error?.code == .notFound)
        #expect(summaries.last?.frames == 3)
    }

    @Test func aSinkThatThrowsEndsAllInputs() throws {
        let runs = try runs([street, street], maxFrames: 1000)
        #expect(throws: Full.self) {
            _ = try runs.run(
                into: { (_, output) throws(Full) in if case .frame = output { throw Full() } }, shortage: { _ in Full() },
                onProgress: { _ in }, whileWaiting: { () throws(Full) in })
        }
    }

    @Test func aStopEndsAllInputs() throws {
        let control = RunControl(), runs = try runs([street, street], maxFrames: 1000, control)
        let summaries = runs.run(
            into: { _, output in if case .frame = output { control.stop() } }, shortage: { _ in fatalError("no thread") },
            onProgress: { _ in }, whileWaiting: {})
        #expect(summaries.map(\.reason) == [.interrupted, .interrupted])
    }
}
