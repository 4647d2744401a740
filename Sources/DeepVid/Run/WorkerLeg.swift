import Concurrency
import Models
import Video

/// One leg of an input on its way through the workers: to the input's end, or to a checkpoint.
///
/// ```
/// decode thread ──▶ source ──▶ thread that prepares ──┬─▶ worker 0 ─┬──▶ next(), in order
///                                                     └─▶ worker 1 ─┘
/// ```
final class WorkerLeg {
    private let queue: WorkerQueue
    private let source: any FrameSource
    /// Whether all results were taken, and whether the threads have ended.
    private var (isComplete, isOver) = (false, false)

    /// Starts the threads.
    /// - Parameters:
    ///   - first: a frame that was read already.
    ///   - endsBefore: whether the leg ends before a frame of this number in the leg. Called from another thread.
    init(
        _ workers: FrameWorkers, source: any FrameSource, first: Frame?, control: RunControl,
        endsBefore: @escaping (Frame, Int) -> Bool
    ) {
        let queue = WorkerQueue(workers: workers.count, window: workers.window)
        workers.beginLeg()
        (self.queue, self.source) = (queue, source)
        let shared = UncheckedTransfer((workers: workers, source: source, first: first, endsBefore: endsBefore))
        for worker in 0..<workers.count {
            guard Self.start("worker \(worker)", queue, { Self.analyze(shared.value.workers, worker, queue, control) }) else { return }
        }
        _ = Self.start("prepare", queue) {
            Self.prepare(shared.value.source, shared.value.first, shared.value.workers.preparer, queue, shared.value.endsBefore)
        }
    }

    /// The next result, with its frame where frames are kept; nil at the end and after a stop.
    /// - Throws: when the input breaks, ends before it should, or a frame cannot be answered: after all frames before it.
    func next() throws(DeepVidError) -> (FrameResult, Frame?)? {
        let result = try queue.takeResult()
        isComplete = result == nil
        return result
    }

    /// Before the workers are used again, their threads must have let them go.
    /// - Returns: the frame that the leg ended before; nil at the input's end.
    func end() -> Frame? {
        isOver = true
        queue.stop()
        // A thread may wait for frames that nobody wants any more.
        if !isComplete { source.close() }
        return queue.join()
    }

    deinit { if !isOver { _ = end() } }

    /// - Returns: false where the system has no thread left; then there are no frames, and that is why.
    private static func start(_ name: String, _ queue: WorkerQueue, _ body: @escaping @Sendable () -> Void) -> Bool {
        queue.began()
        let isStarted = startThread(named: "deepvid \(name)") {
            body()
            queue.ended()
        }
        guard !isStarted else { return true }
        queue.end(count: 0, .failure(DeepVidError(.unreadable, threadShortage)))
        queue.ended()
        return false
    }

    /// Reads and prepares the leg's frames, on a thread of its own.
    private static func prepare(
        _ source: any FrameSource, _ first: Frame?, _ preparer: FramePreparer, _ queue: WorkerQueue, _ endsBefore: (Frame, Int) -> Bool
    ) {
        var number = 0, first = first
        func read() throws(DeepVidError) -> (frame: Frame, answer: FrameResult?)? {
            if let frame = first.take() { return (frame, nil) }
            switch try source.next() {
            case .frame(let frame, _): return (frame, nil)
            case .passed(let frame, let answer): return (frame, answer)
            default: return nil
            }
        }
        do throws(DeepVidError) {
            while let (frame, answer) = try read() {
                if endsBefore(frame, number) { return queue.end(count: number, .success(frame)) }
                if let answer {
                    guard queue.pass(answer, preparer.keepsFrames ? frame : nil, number: number, wakes: !source.hasNext) else { break }
                    number += 1
                    continue
                }
                guard let buffers = queue.takeBuffers(keepsFrames: preparer.keepsFrames, preparer.makeBuffers) else { break }
                queue.add(try preparer.prepare(frame, into: buffers), number: number)
                number += 1
            }
            queue.end(count: number, .success(nil))
        } catch {
            queue.end(count: number, .failure(error))
        }
    }

    private static func analyze(_ workers: FrameWorkers, _ worker: Int, _ queue: WorkerQueue, _ control: RunControl) {
        while !control.isStopped, let (number, frames) = queue.take(worker: worker) {
            var results: [FrameResult] = [], failure: DeepVidError?
            do throws(DeepVidError) { try workers.analyze(frames, from: number, worker: worker, into: &results) } catch { failure = error }
            queue.give(results, failure, of: frames, number: number)
        }
        if control.isStopped { queue.stop() }
    }
}
