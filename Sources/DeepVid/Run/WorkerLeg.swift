import Concurrency
import Models
import Synchronization
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
    private let held = Held()
    /// Whether all results were taken, and whether the threads have ended.
    private var (isComplete, isOver) = (false, false)

    /// The frame that the leg ended before; set by the thread that prepares, and read when that has ended.
    private final class Held: Sendable { let frame = Mutex<Frame?>(nil) }

    /// Starts the threads.
    /// - Parameters:
    ///   - first: a frame that was read already.
    ///   - endsBefore: whether the leg ends before a frame of this number in the leg. Called from another thread.
    init(
        _ workers: FrameWorkers, source: any FrameSource, first: Frame?, control: RunControl,
        endsBefore: @escaping (Frame, Int) -> Bool
    ) {
        let queue = WorkerQueue(workers: workers.count)
        (self.queue, self.source) = (queue, source)
        let shared = UncheckedTransfer(workers)
        for worker in 0..<workers.count {
            guard Self.start("worker \(worker)", queue, { Self.analyze(shared.value, worker, queue, control) }) else { return }
        }
        let intake = UncheckedTransfer((source, first, endsBefore)), held = held
        _ = Self.start("prepare", queue) {
            let (source, first, endsBefore) = intake.value
            Self.prepare(source, first, shared.value.preparer, queue, held, endsBefore)
        }
    }

    /// The next result; nil at the end and after a stop.
    /// - Throws: when the input breaks, ends before it should, or a frame cannot be answered: after all frames before it.
    func next() throws(DeepVidError) -> FrameResult? {
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
        queue.join()
        return held.frame.withLock { $0 }
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
        queue.end(count: 0, failure: DeepVidError(.unreadable, threadShortage))
        queue.ended()
        return false
    }

    private static func prepare(
        _ source: any FrameSource, _ first: Frame?, _ preparer: FramePreparer, _ queue: WorkerQueue, _ held: Held,
        _ endsBefore: (Frame, Int) -> Bool
    ) {
        var number = 0, failure: DeepVidError?, coming = first
        func read() throws(DeepVidError) -> Frame? {
            if let frame = coming {
                coming = nil
                return frame
            }
            guard case .frame(let frame, _) = try source.next() else { return nil }
            return frame
        }
        do throws(DeepVidError) {
            while let frame = try read() {
                if endsBefore(frame, number) {
                    held.frame.withLock { $0 = frame }
                    break
                }
                guard let buffer = queue.takeBuffer(preparer.makeBuffer) else { break }
                queue.add(try preparer.prepare(frame, into: buffer), number: number)
                number += 1
            }
        } catch { failure = error }
        queue.end(count: number, failure: failure)
    }

    private static func analyze(_ workers: FrameWorkers, _ worker: Int, _ queue: WorkerQueue, _ control: RunControl) {
        while !control.isStopped, let (number, frame) = queue.take(worker: worker) {
            do throws(DeepVidError) {
                queue.give(.success(try workers.analyze(frame, worker: worker)), of: frame, number: number)
            } catch {
                queue.give(.failure(error), of: frame, number: number)
            }
        }
        if control.isStopped { queue.stop() }
    }
}
