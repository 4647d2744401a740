import Foundation

/// The results of an input's frames on their way from the run to the thread that reads, which may have to wait for them.
///
/// `@unchecked Sendable`: every variable is touched under the condition's lock only.
final class ResultLog: @unchecked Sendable {
    private let condition = NSCondition()
    private var frames: [SeenFrame] = []
    /// Frames before `frames`, counted over the input.
    private var first: Int
    private var isStopped = false
    /// Of how many frames somebody waits for the results.
    private var awaited = Int.max

    /// - Parameter count: frames of the input that came before `frames`.
    init(after count: Int, _ frames: [SeenFrame] = []) { (first, self.frames) = (count, frames) }

    func add(_ frame: SeenFrame) {
        condition.withLock {
            frames.append(frame)
            if frames.count > GroupConstants.mostResults {
                first += frames.count
                frames = []
            }
            if first + frames.count >= awaited { condition.broadcast() }
        }
    }

    /// Waits until `end` frames have come. For one thread.
    /// - Returns: those from `begin` to `end`; fewer after a stop.
    func frames(from begin: Int, to end: Int) -> [SeenFrame] {
        condition.withLock {
            awaited = end
            defer { awaited = .max }
            while first + frames.count < end, !isStopped { condition.wait() }
            let all = max(begin, first)..<min(end, first + frames.count)
            return all.lowerBound < all.upperBound ? Array(frames[all.lowerBound - first..<all.upperBound - first]) : []
        }
    }

    /// All that came, from `begin` on.
    func frames(from begin: Int) -> [SeenFrame] { condition.withLock { Array(frames.dropFirst(max(0, begin - first))) } }

    /// Those before `end` are not asked for again.
    func forget(before end: Int) {
        condition.withLock {
            let count = min(max(0, end - first), frames.count)
            frames.removeFirst(count)
            first += count
        }
    }

    /// Nobody waits any more.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }
}
