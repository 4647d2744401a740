import Foundation
import Models
import Video
import Vision

/// What passes between the thread that prepares frames, the workers, and the one that takes the results in order.
///
/// `@unchecked Sendable`: every variable but `ready` is touched under the condition's lock only.
final class WorkerQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private let workers: Int
    /// Frames that a worker takes together at most.
    private let window: Int
    /// By worker, with the frames' numbers in this leg.
    private var waiting: [[(number: Int, frame: PreparedFrame)]]
    /// Buffers that no frame waits in, a frame's together, and for how many frames there are any.
    private var buffers: [[PixelBuffer]] = []
    private var made = 0
    /// Workers that wait.
    private var idle = 0
    private var results: [Int: Result<(FrameResult, Frame?), DeepVidError>] = [:]
    /// Number of the result to be taken next.
    private var next = 0
    /// Results that were taken together and not given yet, the next one last; of the thread that takes them.
    private var ready: [(FrameResult, Frame?)] = []
    /// Frames that were added or passed.
    private var seen = 0
    /// How many frames there are, once known.
    private var count: Int?
    /// The frame that the leg ended before, or why it ended early.
    private var end: Result<Frame?, DeepVidError> = .success(nil)
    private var isStopped = false
    private var threads = 0

    init(workers: Int, window: Int = 1) {
        (self.workers, self.window) = (workers, window)
        waiting = Array(repeating: [], count: workers)
    }

    /// Results that may wait to be taken before frames are passed on without being looked at.
    private static let mostPassed = 1024

    /// Results that may wait to be taken with their frames: a turn of each worker.
    private var mostKept: Int { workers * FrameWorkers.turn }

    /// Pictures that may wait: a turn for each worker, and two more for those that are ahead.
    var room: Int { (workers + 2) * FrameWorkers.turn }

    // MARK: The thread that prepares

    /// Waits for a frame's buffers that no frame waits in; nil when no more frames are wanted. While there is room, new ones are made for a
    /// worker that has nothing to do: workers of like speed need little more than a turn.
    /// - Parameter keepsFrames: whether results wait with their frames, so that many of them are too many.
    func takeBuffers(keepsFrames: Bool = false, _ make: () -> [PixelBuffer]) -> [PixelBuffer]? {
        condition.withLock {
            while keepsFrames, results.count >= mostKept, !isStopped { condition.wait() }
            while buffers.isEmpty, !isStopped, idle == 0 || made == room { condition.wait() }
            if isStopped { return nil }
            if let free = buffers.popLast() { return free }
            made += 1
            return make()
        }
    }

    func add(_ frame: PreparedFrame, number: Int) {
        condition.withLock {
            waiting[FrameWorkers.worker(of: number, among: workers)].append((number, frame))
            seen = number + 1
            condition.broadcast()
        }
    }

    /// Takes the result of a frame that no worker has to look at. Waits while many are not taken.
    /// - Parameters:
    ///   - frame: nil where frames are not kept.
    ///   - wakes: whether who takes results is told; else another call that follows at once tells.
    /// - Returns: false when no more are wanted.
    func pass(_ result: FrameResult, _ frame: Frame?, number: Int, wakes: Bool) -> Bool {
        condition.withLock {
            while results.count >= (frame == nil ? Self.mostPassed : mostKept), !isStopped {
                condition.broadcast()
                condition.wait()
            }
            if isStopped { return false }
            results[number] = .success((result, frame))
            seen = number + 1
            // Workers are woken as well; one that waits for more frames takes those that it has.
            if wakes, results[next] != nil || idle > 0 { condition.broadcast() }
            return true
        }
    }

    /// There are no frames but the `count` that were added.
    /// - Parameter end: the frame that the leg ends before, nil at the input's end; or why there are no more.
    func end(count: Int, _ end: Result<Frame?, DeepVidError>) {
        condition.withLock {
            (self.count, self.end) = (count, end)
            condition.broadcast()
        }
    }

    // MARK: The workers

    /// Waits for the worker's next frames, which follow one another; nil when there are no more, or no more are wanted. With a window, until
    /// it is full or another frame than the next one has come: what is taken together does not depend on who is faster.
    func take(worker: Int) -> (number: Int, frames: [PreparedFrame])? {
        condition.withLock {
            func run() -> Int {
                guard let first = waiting[worker].first?.number else { return 0 }
                return waiting[worker].prefix(window).enumerated().prefix { $1.number == first + $0 }.count
            }
            func isComplete() -> Bool {
                let length = run()
                return length == window || length > 0 && (length < waiting[worker].count || waiting[worker][length - 1].number + 1 < seen)
            }
            if !isComplete() {
                idle += 1
                defer { idle -= 1 }
                condition.broadcast()
                while !isComplete(), count == nil, !isStopped { condition.wait() }
            }
            let length = run()
            guard !isStopped, length > 0 else { return nil }
            let taken = waiting[worker].prefix(length)
            waiting[worker].removeFirst(length)
            return (taken.first!.number, taken.map(\.frame))
        }
    }

    /// - Parameters:
    ///   - answers: to the frames that were taken together, or to the first of them.
    ///   - failure: why there is none to the others.
    func give(_ answers: [FrameResult], _ failure: DeepVidError?, of frames: [PreparedFrame], number: Int) {
        condition.withLock {
            for (index, frame) in frames.enumerated() {
                if index < answers.count {
                    results[number + index] = .success((answers[index], frame.frame))
                } else if let failure {
                    results[number + index] = .failure(failure)
                }
                buffers.append(frame.buffers)
            }
            condition.broadcast()
        }
    }

    func began() { condition.withLock { threads += 1 } }

    func ended() {
        condition.withLock {
            threads -= 1
            condition.broadcast()
        }
    }

    // MARK: The thread that takes results

    /// The next result, in the order of the frames. Nil after the last, and after `stop()` at the first that is missing.
    func takeResult() throws(DeepVidError) -> (FrameResult, Frame?)? {
        if ready.isEmpty { ready = try takeResults().reversed() }
        return ready.popLast()
    }

    /// Those that are there.
    private func takeResults() throws(DeepVidError) -> [(FrameResult, Frame?)] {
        let taken: Result<[(FrameResult, Frame?)], DeepVidError> = condition.withLock {
            while results[next] == nil, count.map({ next < $0 }) ?? true, !isStopped || threads > 0 { condition.wait() }
            var taken: [(FrameResult, Frame?)] = []
            let isFull = results.count >= min(mostKept, Self.mostPassed)
            while let result = results[next] {
                switch result {
                case .success(let one): taken.append(one)
                // What came before a failure is taken first.
                case .failure(let error): if taken.isEmpty { return .failure(error) } else { return .success(taken) }
                }
                results[next] = nil
                next += 1
            }
            if !taken.isEmpty {
                if isFull { condition.broadcast() }
                return .success(taken)
            }
            return next == count ? end.map { _ in [] } : .success([])
        }
        return try taken.get()
    }

    /// Workers finish the frame that they are at.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    /// Waits until no thread is left.
    /// - Returns: the frame that the leg ended before.
    @discardableResult
    func join() -> Frame? {
        condition.withLock {
            while threads > 0 { condition.wait() }
            return try? end.get()
        }
    }
}
