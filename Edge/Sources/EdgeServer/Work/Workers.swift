import Glibc

/// Threads that answer pictures, each with engines of its own: models block, and an event loop must not.
final class Workers: Sendable {
    let count: Int

    /// - Parameter engines: for each worker its engines, one for each bundle.
    init(_ engines: [[any PictureEngine]], _ queue: WorkQueue, _ metrics: Metrics) {
        count = engines.count
        for own in engines {
            let worker = Worker(own, queue, metrics)
            var thread = pthread_t()
            let failed = pthread_create(
                &thread, nil,
                { context in
                    Unmanaged<Worker>.fromOpaque(context!).takeRetainedValue().run()
                    return nil
                }, Unmanaged.passRetained(worker).toOpaque())
            precondition(failed == 0, "no thread could be started")
            pthread_detach(thread)
        }
    }
}

private final class Worker {
    private let engines: [any PictureEngine]
    private let queue: WorkQueue
    private let metrics: Metrics

    init(_ engines: [any PictureEngine], _ queue: WorkQueue, _ metrics: Metrics) {
        (self.engines, self.queue, self.metrics) = (engines, queue, metrics)
    }

    func run() {
        while let job = queue.next() {
            do throws(EngineFault) {
                let answer = try engines[job.bundle].infer(job.request)
                metrics.answered(job.bundle, answer)
                queue.done()
                job.finish(.success(answer))
            } catch {
                queue.done()
                job.finish(.failure(.failed(error)))
            }
        }
    }
}
