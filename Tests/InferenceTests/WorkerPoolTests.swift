@testable import Inference
import Synchronization
import Testing

struct WorkerPoolTests {
    /// Also with more threads than cores, where workers come late or not at all.
    @Test(arguments: [1, 2, 3, 16])
    func everyPartRunsOnceBeforeARunReturns(threads: Int) {
        let pool = WorkerPool(count: threads)
        let parts = UnsafeMutableBufferPointer<Int>.allocate(capacity: threads)
        parts.initialize(repeating: 0)
        defer { parts.deallocate() }
        for run in 1...3000 {
            // Now and then long enough for workers to fall asleep.
            if run % 1000 == 0 { for _ in 0..<2_000_000 { dontOptimise() } }
            pool.run { parts[$0] += 1 }
            #expect(parts.allSatisfy { $0 == run })
        }
    }

    @Test func poolsEndWhateverTheirWorkersDo() {
        for run in 0..<200 {
            let pool = WorkerPool(count: 4)
            let done = Atomic(0)
            for _ in 0..<run % 3 { pool.run { _ in done.add(1, ordering: .relaxed) } }
            #expect(done.load(ordering: .relaxed) == run % 3 * 4)
        }
    }

    @inline(never) private func dontOptimise() {}
}
