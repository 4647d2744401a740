import CacheNet
import Models
import Testing

@testable import EdgeServer

/// Pictures on their way to a worker's thread and back.
@Suite struct WorkQueueTests {
    private final class Device: Sendable {}

    private static func ask(_ queue: WorkQueue, _ picture: EdgeRequest, _ device: Device) async -> Result<EdgeAnswer, WorkQueue.Failure> {
        await withCheckedContinuation { continuation in
            let job = WorkQueue.Job(bundle: 0, request: picture) { continuation.resume(returning: $0) }
            queue.submit(job, client: ObjectIdentifier(device), expiry: nil)
        }
    }

    @Test func whatWaitsIsStillServedAfterClosing() async throws {
        let (queue, device, metrics) = (WorkQueue(capacity: 4), Device(), Metrics(bundles: ["test"]))
        let waiting = (1...2).map { number in Task { await Self.ask(queue, TestBundle.picture(number), device) } }
        while queue.load.waiting < 2 { await Task.yield() }
        queue.close()
        try queue.startWorker(1, { [FakeEngine().infer] }, metrics)
        for (number, task) in zip(1..., waiting) {
            #expect(try await task.value.get().result == FakeEngine.answer(TestBundle.picture(number)).result)
        }
        #expect(metrics.current.modelSeconds == [0.5])
        guard case .failure(.refused(.draining)) = await Self.ask(queue, TestBundle.picture(), device) else {
            Issue.record("a closed queue took a picture")
            return
        }
    }

    @Test func aFailureOfTheModelsIsReportedAndTheWorkerGoesOn() async throws {
        let (queue, device) = (WorkQueue(capacity: 4), Device())
        defer { queue.close() }
        try queue.startWorker(1, { [FakeEngine().infer] }, Metrics(bundles: ["test"]))
        var white = TestBundle.picture()
        white.pixels = white.pixels.map { _ in 255 }
        guard case .failure(.failed(let error)) = await Self.ask(queue, white, device) else {
            Issue.record("no failure")
            return
        }
        #expect(error.code == .modelFailed)
        #expect(try await Self.ask(queue, TestBundle.picture(7), device).get().result == FakeEngine.answer(TestBundle.picture(7)).result)
        #expect(queue.load.busy == 0)
        #expect(queue.load.waiting == 0)
    }

    /// A connection is known from its first picture until it is closed.
    @Test func devicesAreRegisteredOnce() {
        let (queue, device) = (WorkQueue(capacity: 1), Device())
        #expect(queue.register(ObjectIdentifier(device)))
        #expect(!queue.register(ObjectIdentifier(device)))
        queue.forget(ObjectIdentifier(device))
        #expect(queue.register(ObjectIdentifier(device)))
    }
}
