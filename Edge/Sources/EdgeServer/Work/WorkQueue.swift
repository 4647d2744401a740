import CacheNet
import Glibc
import NIOConcurrencyHelpers

/// Hands pictures from the connections to the workers' threads.
final class WorkQueue: Sendable {
    struct Job: Sendable {
        /// Index of its bundle.
        let bundle: Int
        let request: EdgeRequest
        /// Called once, on any thread.
        let finish: @Sendable (Result<EdgeAnswer, Trouble>) -> Void
    }

    /// Why there is no answer.
    enum Trouble: Error {
        case refused(Refusal)
        case failed(EngineFault)
    }

    private struct State: Sendable {
        var queue: FairQueue<Job>
        var isClosed = false
        var busy = 0
    }

    private enum Condition: Int { case idle, something }

    private let lock = ConditionLock(value: Condition.idle)
    private let state: NIOLockedValueBox<State>

    init(capacity: Int) { state = NIOLockedValueBox(State(queue: FairQueue(capacity: capacity))) }

    /// Pictures that wait, and workers at work.
    var load: (waiting: Int, busy: Int) { state.withLockedValue { ($0.queue.waiting.count, $0.busy) } }

    /// Whether `client` is known already; now it is.
    func meet(_ client: ObjectIdentifier) -> Bool {
        state.withLockedValue { state in
            defer { state.queue.meet(client) }
            return state.queue.knows(client)
        }
    }

    func forget(_ client: ObjectIdentifier) { state.withLockedValue { $0.queue.forget(client) } }

    func submit(_ job: Job, client: ObjectIdentifier, expiry: ContinuousClock.Instant?) {
        lock.lock()
        let refused: [(Job, Refusal)] = state.withLockedValue { state in
            if state.isClosed { return [(job, .draining)] }
            return state.queue.admit(.init(client: client, expiry: expiry, work: job), now: .now)
        }
        lock.unlock(withValue: .something)
        refuse(refused)
    }

    /// Waits for the next picture; nil once the queue is closed.
    func next() -> Job? {
        while true {
            lock.lock(whenValue: .something)
            let (job, refused, more) = state.withLockedValue { state in
                let (job, refused) = state.queue.next(now: .now)
                if job != nil { state.busy += 1 }
                return (job, refused, !state.queue.waiting.isEmpty || state.isClosed)
            }
            let isClosed = state.withLockedValue { $0.isClosed }
            lock.unlock(withValue: more ? .something : .idle)
            refuse(refused)
            if let job { return job }
            if isClosed { return nil }
        }
    }

    /// The picture that `next` gave is done.
    func done() { state.withLockedValue { $0.busy -= 1 } }

    /// Takes no more; what waits is still served, then the workers end.
    func close() {
        lock.lock()
        state.withLockedValue { $0.isClosed = true }
        lock.unlock(withValue: .something)
    }

    private func refuse(_ refused: [(Job, Refusal)]) {
        for (job, reason) in refused { job.finish(.failure(.refused(reason))) }
    }
}
