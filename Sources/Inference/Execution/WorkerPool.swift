import CKernels
import Glibc
import Synchronization

/// Threads that run the parts of one body together, over and over.
///
/// Parts are taken by whoever comes first: where cores are fewer than threads, because the decoder or another process wants
/// one, the caller does what no worker has begun, and never waits for one that is not running. A layer takes tens of
/// microseconds, so workers spin briefly before they sleep; a longer spin would take the core from the decoder.
package final class WorkerPool: @unchecked Sendable {
    private typealias Body = (Int) -> Void

    /// Parts of a run, and threads, the caller included.
    package let count: Int
    private var threads: [pthread_t] = []
    /// The number of the run, and below it the next part that nobody has taken.
    private let ticket: Atomic<UInt64>
    private let finished = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private var body: UnsafeRawPointer?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private static let spins = 2000
    private static let runShift: UInt64 = 16

    package init(count: Int) {
        self.count = max(1, min(count, 1 << Self.runShift - 1))
        ticket = Atomic(UInt64(self.count))
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        for _ in 1..<self.count {
            var thread = pthread_t()
            let failed = pthread_create(
                &thread, nil,
                { raw in
                    Unmanaged<WorkerPool>.fromOpaque(raw!).takeUnretainedValue().work()
                    return nil
                }, Unmanaged.passUnretained(self).toOpaque())
            // The system has no more: those that there are do it all.
            guard failed == 0 else { break }
            threads.append(thread)
        }
    }

    deinit {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        wake()
        for thread in threads { pthread_join(thread, nil) }
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body(0) … body(count − 1)`, each once, on any of the threads; returns when all are done.
    package func run(_ body: (Int) -> Void) {
        guard count > 1 else { return body(0) }
        withoutActuallyEscaping(body) { escaping in
            withUnsafePointer(to: escaping as Body) { pointer in
                self.body = UnsafeRawPointer(pointer)
                finished.store(0, ordering: .relaxed)
                let run = ticket.load(ordering: .relaxed) >> Self.runShift + 1
                ticket.store(run << Self.runShift, ordering: .sequentiallyConsistent)
                wake()
                while takePart() {}
                var spins = 0
                while finished.load(ordering: .acquiring) != count {
                    spins += 1
                    if spins < Self.spins { dv_pause() } else { sched_yield() }
                }
            }
        }
    }

    /// Runs a part that nobody has taken; false when there is none. The body lives until every part is finished.
    private func takePart() -> Bool {
        var seen = ticket.load(ordering: .sequentiallyConsistent)
        while true {
            let part = Self.part(of: seen)
            guard part < count else { return false }
            let (taken, original) = ticket.compareExchange(expected: seen, desired: seen + 1, ordering: .sequentiallyConsistent)
            guard taken else {
                seen = original
                continue
            }
            body!.assumingMemoryBound(to: Body.self).pointee(part)
            finished.add(1, ordering: .releasing)
            return true
        }
    }

    private static func part(of ticket: UInt64) -> Int { Int(ticket & (1 << runShift - 1)) }

    private var hasParts: Bool { Self.part(of: ticket.load(ordering: .sequentiallyConsistent)) < count }

    private func wake() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    private func work() {
        _ = dv_flush_denormals()
        while true {
            var spins = 0
            while !hasParts {
                if isStopping.load(ordering: .sequentiallyConsistent) { return }
                spins += 1
                if spins < Self.spins {
                    dv_pause()
                    continue
                }
                pthread_mutex_lock(mutex)
                sleepers.add(1, ordering: .sequentiallyConsistent)
                while !hasParts, !isStopping.load(ordering: .sequentiallyConsistent) { pthread_cond_wait(condition, mutex) }
                sleepers.subtract(1, ordering: .sequentiallyConsistent)
                pthread_mutex_unlock(mutex)
                spins = 0
            }
            while takePart() {}
        }
    }
}
