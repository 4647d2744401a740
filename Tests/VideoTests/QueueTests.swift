import Foundation
import TestSupport
import Testing
import Video

@Suite(.timeLimit(.minutes(1))) struct QueueTests {
    @Test func deliversEveryFrameInOrder() throws {
        let queue = try FrameQueue(Files.clip("moving.mp4"), capacity: 2)
        var indices: [Int] = []
        while let frame = try queue.next() {
            indices.append(frame.index)
            #expect(frame.decodeMilliseconds >= 0)
            #expect(frame.decodeMilliseconds < 60_000)
        }
        #expect(indices == Array(0..<75))
        #expect(try queue.next()?.index == nil)
        #expect(queue.summary.framesDecoded == 75)
        #expect(queue.summary.dropped == 0)
        #expect(queue.summary.earlyEnd == nil)
    }

    @Test func waitsWhenFull() throws {
        let queue = try FrameQueue(Files.clip("moving.mp4"), capacity: 3)
        Thread.sleep(forTimeInterval: 0.3)
        // Three waiting, and one in the reader's hand.
        #expect(queue.summary.framesDecoded <= 4)
        var count = 0
        while try queue.next() != nil { count += 1 }
        #expect(count == 75)
    }

    @Test func cancellingWhileFullEndsBothSides() throws {
        let queue = try FrameQueue(Files.clip("street.mp4"), capacity: 1)
        _ = try queue.next()
        Thread.sleep(forTimeInterval: 0.1)
        queue.cancel()
        #expect(try queue.next()?.index == nil)
        let decoded = queue.summary.framesDecoded
        Thread.sleep(forTimeInterval: 0.1)
        #expect(queue.summary.framesDecoded <= decoded + 1)
    }

    @Test func cancellingWakesAWaitingCaller() throws {
        try withFIFO { path in
            // A writer that never writes keeps the reader waiting inside open.
            let writer = open(path, O_RDWR)
            defer { close(writer) }
            var options = VideoOptions()
            options.timeout = 0.4
            let begin = Date()
            let error = #expect(throws: VideoError.self) { _ = try FrameQueue(path, options: options) }
            #expect(error?.code == .timedOut)
            #expect(Date().timeIntervalSince(begin) < 5)
        }
    }

    @Test func liveInputDropsTheOldest() throws {
        let queue = try FrameQueue(Files.clip("moving.mp4"), capacity: 2, overflow: .dropOldest)
        while queue.summary.framesDecoded < 75 { Thread.sleep(forTimeInterval: 0.01) }
        Thread.sleep(forTimeInterval: 0.05)
        let first = try #require(try queue.next())
        #expect(first.index == 73)
        #expect(first.droppedBefore == 73)
        #expect(queue.summary.dropped == 73)
        #expect(try queue.next()?.index == 74)
        #expect(try queue.next()?.index == nil)
    }

    @Test func theReasonOfAnEarlyEndComesThrough() throws {
        let queue = try FrameQueue(Files.clip("truncated.mp4"))
        var count = 0
        while try queue.next() != nil { count += 1 }
        #expect(count == 37)
        #expect(queue.summary.earlyEnd?.code == .truncated)
    }

    @Test func cancellingAReaderThrowsOnce() throws {
        let reader = try VideoReader(Files.clip("moving.mp4"))
        _ = try reader.next()
        let cancel = reader.canceller
        Thread.detachNewThread { cancel() }
        let error = #expect(throws: VideoError.self) {
            while try reader.next() != nil { Thread.sleep(forTimeInterval: 0.002) }
        }
        #expect(error?.code == .cancelled)
        #expect(try reader.next()?.index == nil)
    }
}
