import Concurrency
import Models
import Video

/// An input on its way through the workers, to its end.
///
/// ```
/// decode thread ──▶ source ──▶ thread that prepares ──┬─▶ worker 0 ─┬──▶ next(), in order
///                                                     └─▶ worker 1 ─┘
/// ```
final class WorkerLeg {
    private let queue: WorkerQueue
    private let intake: Intake
    /// Whether all results were taken, and whether the threads have ended.
    private var (isComplete, isOver) = (false, false)

    /// Starts the threads.
    init(_ workers: FrameWorkers, source: any FrameSource, control: RunControl) {
        let queue = WorkerQueue(workers: workers.count)
        let intake = Intake(source, workers.preparer)
        (self.queue, self.intake) = (queue, intake)
        let shared = UncheckedTransfer(workers)
        for worker in 0..<workers.count {
            guard Self.start("worker \(worker)", queue, { Self.analyze(shared.value, worker, queue, control) }) else { return }
        }
        _ = Self.start("prepare", queue) { intake.run(into: queue) }
    }

    /// The next result; nil at the end and after a stop.
    /// - Throws: when the input breaks, ends before it should, or a frame cannot be answered: after all frames before it.
    func next() throws(DeepVidError) -> FrameResult? {
        let result = try queue.takeResult()
        isComplete = result == nil
        return result
    }

    /// Before the workers are used again, their threads must have let them go.
    func end() {
        isOver = true
        queue.stop()
        // A thread may wait for frames that nobody wants any more.
        if !isComplete { intake.source.close() }
        queue.join()
    }

    deinit { if !isOver { end() } }

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

/// Reads and prepares frames, on a thread of its own.
///
/// `@unchecked Sendable`: used by its thread alone until that has ended.
private final class Intake: @unchecked Sendable {
    let source: any FrameSource
    private let preparer: FramePreparer

    init(_ source: any FrameSource, _ preparer: FramePreparer) { (self.source, self.preparer) = (source, preparer) }

    func run(into queue: WorkerQueue) {
        var number = 0
        do throws(DeepVidError) {
            while case .frame(let frame, _) = try source.next() {
                guard let buffer = queue.takeBuffer(preparer.makeBuffer) else { break }
                queue.add(try preparer.prepare(frame, into: buffer), number: number)
                number += 1
            }
            queue.end(count: number, failure: nil)
        } catch {
            queue.end(count: number, failure: error)
        }
    }
}
