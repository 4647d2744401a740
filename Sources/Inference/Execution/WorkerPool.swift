import CKernels
import Glibc
import Synchronization

/// Threads that run one body together, over and over. The caller is worker 0.
///
/// A layer takes tens of microseconds, so workers spin briefly before they sleep; a longer spin would take the core
/// from the decoder.
package final class WorkerPool: @unchecked Sendable {
    private typealias Body = (Int) -> Void

    package let count: Int
    private var threads: [pthread_t] = []
    private let generation = Atomic<Int>(0)
    private let running = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private var body: UnsafeRawPointer?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private static let spins = 4000

    package init(count: Int) {
        self.count = max(1, count)
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        for index in 1..<self.count {
            var thread = pthread_t()
            let start = Start(pool: Unmanaged.passUnretained(self), index: index)
            let failed = pthread_create(
                &thread, nil,
                { raw in
                    let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
                    start.pool.takeUnretainedValue().work(start.index)
                    return nil
                }, Unmanaged.passRetained(start).toOpaque())
            precondition(failed == 0, "no thread could be started")
            threads.append(thread)
        }
    }

    private final class Start {
        let pool: Unmanaged<WorkerPool>
        let index: Int
        init(pool: Unmanaged<WorkerPool>, index: Int) { (self.pool, self.index) = (pool, index) }
    }

    deinit {
        isStopping.store(true, ordering: .releasing)
        wake()
        for thread in threads { pthread_join(thread, nil) }
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body(0) … body(count − 1)`, one per thread; returns when all are done.
    package func run(_ body: (Int) -> Void) {
        guard count > 1 else { return body(0) }
        withoutActuallyEscaping(body) { escaping in
            withUnsafePointer(to: escaping as Body) { pointer in
                self.body = UnsafeRawPointer(pointer)
                running.store(count - 1, ordering: .relaxed)
                wake()
                escaping(0)
                while running.load(ordering: .acquiring) != 0 { dv_pause() }
            }
        }
    }

    private func wake() {
        generation.add(1, ordering: .sequentiallyConsistent)
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    private func work(_ index: Int) {
        _ = dv_flush_denormals()
        var seen = 0
        while true {
            var spins = 0
            while generation.load(ordering: .acquiring) == seen {
                spins += 1
                if spins < Self.spins {
                    dv_pause()
                    continue
                }
                pthread_mutex_lock(mutex)
                sleepers.add(1, ordering: .sequentiallyConsistent)
                while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(condition, mutex) }
                sleepers.subtract(1, ordering: .sequentiallyConsistent)
                pthread_mutex_unlock(mutex)
            }
            seen += 1
            if isStopping.load(ordering: .acquiring) { return }
            body!.assumingMemoryBound(to: Body.self).pointee(index)
            running.subtract(1, ordering: .releasing)
        }
    }
}
