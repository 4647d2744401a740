import CacheNet
import Concurrency
import Foundation
import Models

/// Hands pictures from the connections to the workers' threads: models block, and an event loop must not.
///
/// `@unchecked Sendable`: every variable is touched under the condition's lock only.
final class WorkQueue: @unchecked Sendable {
    struct Job: Sendable {
        /// Index of its bundle.
        let bundle: Int
        let request: EdgeRequest
        /// Called once, on any thread.
        let finish: @Sendable (Result<EdgeAnswer, Failure>) -> Void
    }

    /// Why there is no answer.
    enum Failure: Error {
        case refused(Refusal)
        case failed(DeepVidError)
    }

    private let condition = NSCondition()
    private var queue: FairQueue<Job>
    private var isClosed = false
    private var busy = 0

    init(capacity: Int) { queue = FairQueue(capacity: capacity) }

    /// Pictures that wait, and workers at work.
    var load: (waiting: Int, busy: Int) { condition.withLock { (queue.waiting.count, busy) } }

    /// - Returns: whether the client is a new one.
    func register(_ client: ObjectIdentifier) -> Bool { condition.withLock { queue.register(client) } }

    /// For one that left.
    func forget(_ client: ObjectIdentifier) { condition.withLock { queue.forget(client) } }

    func submit(_ job: Job, client: ObjectIdentifier, expiry: ContinuousClock.Instant?) {
        let refused: [(Job, Refusal)] = condition.withLock {
            if isClosed { return [(job, .draining)] }
            defer { condition.signal() }
            return queue.admit(.init(client: client, expiry: expiry, work: job), now: .now)
        }
        refuse(refused)
    }

    /// Takes no more; what waits is still served, then the workers end.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }

    /// Starts a thread that answers pictures until the queue is closed.
    ///
    /// - Parameter makeEngines: one for each bundle; called on the thread, which no other shares them with.
    /// - Throws: if the system starts no more threads; then the queue is closed.
    func startWorker(
        _ number: Int, _ makeEngines: @escaping @Sendable () -> [ServedBundle.Inference], _ metrics: Metrics
    ) throws(EdgeServerError) {
        let isStarted = startThread(named: "edge worker \(number)") { [self] in
            let engines = makeEngines()
            while let job = next() {
                let result: Result<EdgeAnswer, Failure>
                do throws(DeepVidError) {
                    let answer = try engines[job.bundle](job.request)
                    metrics.answered(job.bundle, answer)
                    result = .success(answer)
                } catch { result = .failure(.failed(error)) }
                condition.withLock { busy -= 1 }
                job.finish(result)
            }
        }
        if isStarted { return }
        close()
        throw EdgeServerError("worker \(number) could not be started: \(threadShortage); or give fewer --workers")
    }

    /// Waits for the next picture; nil once the queue is closed and empty.
    private func next() -> Job? {
        while true {
            let (job, refused, isOver): (Job?, [(Job, Refusal)], Bool) = condition.withLock {
                while queue.waiting.isEmpty, !isClosed { condition.wait() }
                let (job, refused) = queue.next(now: .now)
                if job != nil { busy += 1 }
                return (job, refused, job == nil && isClosed)
            }
            refuse(refused)
            if let job { return job }
            if isOver { return nil }
        }
    }

    private func refuse(_ refused: [(Job, Refusal)]) {
        for (job, reason) in refused { job.finish(.failure(.refused(reason))) }
    }
}
