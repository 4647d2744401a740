import Models
import Foundation
import Vision

/// A frame as a lane gets it: prepared, so that what waits is as large as the model's input, however large the video.
struct PreparedFrame {
    /// Among the frames of the input that are analysed, from 0.
    let number: Int
    let facts: FrameFacts
    let buffer: PixelBuffer
    let placement: Placement
    /// Which the preparation took.
    let milliseconds: Double
}

/// A frame with its answer.
struct AnsweredFrame {
    let facts: FrameFacts
    let analysis: FrameAnalysis
}

/// What passes between the thread that prepares frames, the lanes, and the one that takes the answers in order.
///
/// `@unchecked Sendable`: every variable is touched under the condition's lock only.
final class LaneQueue: @unchecked Sendable {
    private let condition = NSCondition()
    let plan: LanePlan
    private var waiting: [[PreparedFrame]]
    private var buffers: [PixelBuffer] = []
    private var made = 0
    /// Lanes that wait.
    private var idle = 0
    private var answers: [Int: Result<AnsweredFrame, DeepVidError>] = [:]
    /// Of the next answer to be taken.
    private var next = 0
    /// All there are, once known.
    private var count: Int?
    private var failure: DeepVidError?
    private var isStopped = false
    private var workers = 0

    init(_ plan: LanePlan) {
        self.plan = plan
        waiting = Array(repeating: [], count: plan.lanes)
    }

    // MARK: The thread that prepares

    /// A buffer that nothing waits in; nil when no more frames are wanted. While there is room, a new one for a lane that has
    /// nothing to do: lanes of like speed need little more than a run.
    func takeBuffer(_ make: () -> PixelBuffer) -> PixelBuffer? {
        condition.withLock {
            while buffers.isEmpty, !isStopped, idle == 0 || made == plan.room { condition.wait() }
            if isStopped { return nil }
            if let buffer = buffers.popLast() { return buffer }
            made += 1
            return make()
        }
    }

    func add(_ frame: PreparedFrame) {
        condition.withLock {
            waiting[plan.lane(of: frame.number)].append(frame)
            condition.broadcast()
        }
    }

    /// There are no frames but the `count` that were added; `failure` is why, if it is not the input's end.
    func end(count: Int, failure: DeepVidError?) {
        condition.withLock {
            (self.count, self.failure) = (count, failure)
            condition.broadcast()
        }
    }

    // MARK: The lanes

    /// Waits for the lane's next frame; nil when there are no more, or no more are wanted.
    func take(lane: Int) -> PreparedFrame? {
        condition.withLock {
            if waiting[lane].isEmpty {
                idle += 1
                defer { idle -= 1 }
                condition.broadcast()
                while waiting[lane].isEmpty, count == nil, !isStopped { condition.wait() }
            }
            return isStopped || waiting[lane].isEmpty ? nil : waiting[lane].removeFirst()
        }
    }

    func answer(_ frame: PreparedFrame, _ answer: Result<AnsweredFrame, DeepVidError>) {
        condition.withLock {
            answers[frame.number] = answer
            buffers.append(frame.buffer)
            condition.broadcast()
        }
    }

    func began() { condition.withLock { workers += 1 } }

    func ended() {
        condition.withLock {
            workers -= 1
            condition.broadcast()
        }
    }

    // MARK: The thread that takes answers

    /// The next answer, in the order of the frames. Nil after the last, and after `stop()` at the first that is missing.
    func takeAnswer() throws(DeepVidError) -> AnsweredFrame? {
        let answer: Result<AnsweredFrame?, DeepVidError> = condition.withLock {
            while answers[next] == nil, count.map({ next < $0 }) ?? true, !isStopped || workers > 0 { condition.wait() }
            if let answer = answers.removeValue(forKey: next) {
                next += 1
                return answer.map(Optional.some)
            }
            // What came before a failure has been taken.
            if let failure, next == count { return .failure(failure) }
            return .success(nil)
        }
        return try answer.get()
    }

    /// Lanes finish the frame that they are at.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    /// Waits until no thread is left.
    func join() { condition.withLock { while workers > 0 { condition.wait() } } }
}
