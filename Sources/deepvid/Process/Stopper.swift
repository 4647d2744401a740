import DeepVid
import Synchronization

/// Hands a signal on to a batch that may not have begun.
final class Stopper: Sendable {
    private let state = Mutex<(batch: BatchRun?, isStopped: Bool)>((nil, false))

    func stop() {
        let batch = state.withLock { state in
            state.isStopped = true
            return state.batch
        }
        batch?.stop()
    }

    func attach(_ batch: BatchRun) {
        let isStopped = state.withLock { state in
            state.batch = batch
            return state.isStopped
        }
        if isStopped { batch.stop() }
    }
}
