import Concurrency
import Foundation
import Models
import Testing
import Vision

@testable import DeepVid

@Suite struct WorkerTests {
    @Test(arguments: [(1, 1, 1), (2, 2, 1), (3, 3, 1), (8, 8, 1), (16, 8, 2), (20, 8, 2)])
    func threadsBecomeWorkers(threads: Int, workers: Int, each: Int) {
        let division = FrameWorkers.divide(threads: threads)
        #expect(division.workers == workers)
        #expect(division.threads == each)
    }

    @Test(arguments: [(30 << 20, 8, 1), (300 << 20, 3, 2), (2 << 30, 1, 8)])
    func largeModelsHaveFewerWorkers(bytes: Int, workers: Int, each: Int) {
        let division = FrameWorkers.divide(threads: 8, bytes: bytes)
        #expect(division.workers == workers)
        #expect(division.threads == each)
    }

    @Test func framesGoInTurns() {
        let turn = FrameWorkers.turn, workers = (0..<7 * turn).map { FrameWorkers.worker(of: $0, among: 3) }
        #expect(workers == (0..<7).flatMap { Array(repeating: $0 % 3, count: turn) })
    }

    /// Workers of very different speed: results come in the order of the frames, and memory stays within the room.
    @Test func resultsComeInOrder() throws {
        let queue = WorkerQueue(workers: 3), count = 11 * FrameWorkers.turn + 5, made = Counter()
        run(queue, 3, frames: count, made) { number in if FrameWorkers.worker(of: number, among: 3) == 1 { usleep(300) } }
        var numbers: [Int] = []
        while let (result, _) = try queue.takeResult() { numbers.append(result.frame.index) }
        queue.join()
        #expect(numbers == Array(0..<count))
        #expect(made.value > 0)
        #expect(made.value <= queue.room)
    }

    @Test func failureComesAfterWhatWasBefore() throws {
        let queue = WorkerQueue(workers: 2), bad = FrameWorkers.turn + 3
        run(queue, 2, frames: 4 * FrameWorkers.turn, Counter()) { number throws(DeepVidError) in
            // The worker before is the slower one.
            if number < FrameWorkers.turn { usleep(300) }
            if number == bad { throw DeepVidError(.modelFailed, "frame \(number)") }
        }
        var count = 0
        let failure = #expect(throws: DeepVidError.self) { while try queue.takeResult() != nil { count += 1 } }
        #expect(count == bad)
        #expect(failure?.code == .modelFailed)
        queue.stop()
        queue.join()
    }

    /// However fast the thread that prepares is.
    @Test(arguments: [0, 400]) func windowsAreFullOrEndATurn(microseconds: UInt32) throws {
        let queue = WorkerQueue(workers: 2, window: 12)
        queue.began()
        _ = startThread(named: "test") {
            for number in 0..<80 {
                guard number != 40 else {
                    // A frame that no worker has to look at, in the second turn.
                    _ = queue.pass(FrameResult(makeInfo(number), answer: .classes([]), timing: .init()), nil, number: number, wakes: false)
                    continue
                }
                usleep(microseconds)
                guard let buffers = queue.takeBuffers({ [PixelBuffer(width: 4, height: 4, channels: 3)] }) else { break }
                queue.add(prepared(number, buffers[0]), number: number)
            }
            queue.end(count: 80, .success(nil))
            queue.ended()
        }
        @Sendable func take(_ worker: Int) -> [Range<Int>] {
            var all: [Range<Int>] = []
            while let (number, frames) = queue.take(worker: worker) {
                all.append(number..<number + frames.count)
                queue.give(
                    frames.map { FrameResult($0.info, answer: .classes([]), timing: .init()) }, nil, of: frames, number: number)
            }
            return all
        }
        queue.began()
        let second = Ranges()
        _ = startThread(named: "test") {
            second.value = take(1)
            queue.ended()
        }
        #expect(take(0) == [0..<12, 12..<24, 24..<32, 64..<76, 76..<80])
        var count = 0
        while try queue.takeResult() != nil { count += 1 }
        queue.join()
        #expect(second.value == [32..<40, 41..<53, 53..<64])
        #expect(count == 80)
    }

    @Test func endOfTheInputMayBeAFailure() throws {
        let queue = WorkerQueue(workers: 2)
        run(queue, 2, frames: 40, Counter(), failure: DeepVidError(.truncated, "cut")) { _ in }
        for _ in 0..<40 { #expect(try queue.takeResult() != nil) }
        #expect(throws: DeepVidError.self) { try queue.takeResult() }
    }

    @Test func stoppedWorkersLeaveNoGap() throws {
        let queue = WorkerQueue(workers: 2)
        run(queue, 2, frames: 100_000, Counter()) { _ in usleep(50) }
        for number in 0..<50 { #expect(try queue.takeResult()?.0.frame.index == number) }
        queue.stop()
        var next = 50
        while let (result, _) = try queue.takeResult() {
            #expect(result.frame.index == next)
            next += 1
        }
        queue.join()
        #expect(next < 100_000)
    }

    @Test func noFramesNoResults() throws {
        let queue = WorkerQueue(workers: 2)
        run(queue, 2, frames: 0, Counter()) { _ in }
        #expect(try queue.takeResult() == nil)
        queue.join()
    }

    /// Stands for the preparing thread and the workers.
    private func run(
        _ queue: WorkerQueue, _ workers: Int, frames: Int, _ made: Counter, failure: DeepVidError? = nil,
        _ work: @escaping @Sendable (Int) throws(DeepVidError) -> Void
    ) {
        func start(_ body: @escaping @Sendable () -> Void) {
            queue.began()
            _ = startThread(named: "test") {
                body()
                queue.ended()
            }
        }
        start {
            var number = 0
            while number < frames,
                let buffers = queue.takeBuffers({
                    made.value += 1
                    return [PixelBuffer(width: 4, height: 4, channels: 3)]
                })
            {
                queue.add(prepared(number, buffers[0]), number: number)
                number += 1
            }
            queue.end(count: number, failure.map(Result.failure) ?? .success(nil))
        }
        for worker in 0..<workers {
            start {
                while let (number, frames) = queue.take(worker: worker) {
                    var results: [FrameResult] = [], failure: DeepVidError?
                    do throws(DeepVidError) {
                        for frame in frames {
                            try work(number + results.count)
                            results.append(FrameResult(frame.info, answer: .classes([]), timing: .init()))
                        }
                    } catch { failure = error }
                    queue.give(results, failure, of: frames, number: number)
                }
            }
        }
    }

    /// Written by a thread that has ended when it is read.
    private final class Ranges: @unchecked Sendable { var value: [Range<Int>] = [] }

    /// Touched under the queue's lock, and read when all is done.
    private final class Counter: @unchecked Sendable { var value = 0 }
}

private func prepared(_ number: Int, _ buffer: PixelBuffer) -> PreparedFrame {
    let placement = Placement(
        sourceWidth: 4, sourceHeight: 4, modelWidth: 4, modelHeight: 4, picture: PixelRect(x: 0, y: 0, width: 4, height: 4))
    return PreparedFrame(info: makeInfo(number), pixels: buffer, placement: placement, candidates: [], milliseconds: 0)
}
