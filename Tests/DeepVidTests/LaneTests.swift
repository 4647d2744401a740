import Models
import Foundation
import Testing
import Vision

@testable import DeepVid

@Suite struct LaneTests {
    @Test(arguments: [(1, 1, 1), (2, 2, 1), (3, 3, 1), (8, 8, 1), (16, 8, 2), (20, 8, 2)])
    func threadsBecomeLanes(threads: Int, lanes: Int, each: Int) {
        let plan = LanePlan(threads: threads)
        #expect(plan.lanes == lanes && plan.threads == each)
    }

    @Test func largeModelsHaveFewerLanes() {
        #expect(LanePlan(threads: 8, bytes: 30 << 20).lanes == 8)
        let few = LanePlan(threads: 8, bytes: 300 << 20)
        #expect(few.lanes == 3 && few.threads == 2)
        #expect(LanePlan(threads: 8, bytes: 2 << 30).lanes == 1)
    }

    @Test func framesGoInRuns() {
        let plan = LanePlan(threads: 3), run = LanePlan.run
        let lanes = (0..<7 * run).map(plan.lane)
        #expect(lanes == (0..<7).flatMap { Array(repeating: $0 % 3, count: run) })
    }

    /// Lanes of very different speed: answers come in the order of the frames, and memory stays within the room.
    @Test func answersComeInOrder() throws {
        let plan = LanePlan(threads: 3), queue = LaneQueue(plan), count = 11 * LanePlan.run + 5
        let made = Counter()
        run(queue, frames: count, made) { number in if plan.lane(of: number) == 1 { usleep(300) } }
        var numbers: [Int] = []
        while let answer = try queue.takeAnswer() { numbers.append(answer.facts.index) }
        queue.join()
        #expect(numbers == Array(0..<count))
        #expect(made.value > 0 && made.value <= plan.room)
    }

    @Test func failureComesAfterWhatWasBefore() throws {
        let queue = LaneQueue(LanePlan(threads: 2)), bad = LanePlan.run + 3
        run(queue, frames: 4 * LanePlan.run, Counter()) { number throws(DeepVidError) in
            // The lane before is the slower one.
            if number < LanePlan.run { usleep(300) }
            if number == bad { throw DeepVidError(.modelFailed, "frame \(number)") }
        }
        var count = 0
        let failure = #expect(throws: DeepVidError.self) { while try queue.takeAnswer() != nil { count += 1 } }
        #expect(count == bad && failure?.code == "model_failed")
        queue.stop()
        queue.join()
    }

    @Test func endOfTheInputMayBeAFailure() throws {
        let queue = LaneQueue(LanePlan(threads: 2))
        run(queue, frames: 40, Counter(), failure: DeepVidError(.truncated, "cut")) { _ in }
        for _ in 0..<40 { #expect(try queue.takeAnswer() != nil) }
        #expect(throws: DeepVidError.self) { try queue.takeAnswer() }
    }

    @Test func stoppedLanesLeaveNoGap() throws {
        let queue = LaneQueue(LanePlan(threads: 2))
        run(queue, frames: 100_000, Counter()) { _ in usleep(50) }
        for number in 0..<50 { #expect(try queue.takeAnswer()?.facts.index == number) }
        queue.stop()
        var next = 50
        while let answer = try queue.takeAnswer() {
            #expect(answer.facts.index == next)
            next += 1
        }
        queue.join()
        #expect(next < 100_000)
    }

    @Test func noFramesNoAnswers() throws {
        let queue = LaneQueue(LanePlan(threads: 2))
        run(queue, frames: 0, Counter()) { _ in }
        #expect(try queue.takeAnswer() == nil)
        queue.join()
    }

    /// Stands for the preparing thread and the lanes.
    private func run(
        _ queue: LaneQueue, frames: Int, _ made: Counter, failure: DeepVidError? = nil,
        _ work: @escaping @Sendable (Int) throws(DeepVidError) -> Void
    ) {
        func start(_ body: @escaping @Sendable () -> Void) {
            queue.began()
            Thread {
                body()
                queue.ended()
            }.start()
        }
        start {
            var number = 0
            while number < frames,
                let buffer = queue.takeBuffer({
                    made.value += 1
                    return PixelBuffer(width: 4, height: 4, channels: 3)
                })
            {
                let placement = Placement(
                    sourceWidth: 4, sourceHeight: 4, modelWidth: 4, modelHeight: 4, picture: PixelRect(x: 0, y: 0, width: 4, height: 4))
                queue.add(
                    PreparedFrame(
                        number: number, facts: FrameFacts(makeFrame(number)), buffer: buffer, placement: placement, milliseconds: 0))
                number += 1
            }
            queue.end(count: number, failure: failure)
        }
        for lane in 0..<queue.plan.lanes {
            start {
                while let frame = queue.take(lane: lane) {
                    do throws(DeepVidError) {
                        try work(frame.number)
                        let analysis = FrameAnalysis(result: .classes([]), inferMilliseconds: 0)
                        queue.answer(frame, .success(AnsweredFrame(facts: frame.facts, analysis: analysis)))
                    } catch {
                        queue.answer(frame, .failure(error))
                    }
                }
            }
        }
    }

    /// Touched under the queue's lock, and read when all is done.
    private final class Counter: @unchecked Sendable { var value = 0 }
}
