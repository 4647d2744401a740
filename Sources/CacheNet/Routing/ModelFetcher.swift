import Concurrency
import Models
import CacheNet
import Foundation
import Synchronization
import Video

/// Gets models in the background, one at a time, while frames go on. One for each input.
final class ModelFetcher: Sendable {
    struct Arrival: Sendable {
        let item: RoutedModels.Item
        /// The model, and whether it was downloaded.
        let result: Result<(model: LoadedModel, isDownloaded: Bool), DeepVidError>
    }

    private struct State {
        var queue: [RoutedModels.Item] = []
        var current: RoutedModels.Item?
        var arrived: [Arrival] = []
        /// Of items that failed.
        var waits: [RoutedModels.Item: BackOff] = [:]
    }

    private let models: RoutedModels
    private let state = Mutex(State())

    init(_ models: RoutedModels) { self.models = models }

    /// Asks for a model, if it is not on its way and did not just fail. What was asked for last comes first.
    func request(_ item: RoutedModels.Item) {
        let starts = state.withLock { state in
            guard state.current != item, state.waits[item]?.isOver() ?? true, !state.arrived.contains(where: { $0.item == item }) else {
                return false
            }
            state.queue.removeAll { $0 == item }
            state.queue.append(item)
            guard state.current == nil else { return false }
            state.current = state.queue.removeLast()
            return true
        }
        guard starts else { return }
        // Ends when nothing is asked for any more: between fetches there is no thread.
        if startThread(named: "deepvid fetch", { [self] in while step() {} }) { return }
        state.withLock { state in
            state.waits[item, default: BackOff()].failed()
            state.arrived.append(Arrival(item: item, result: .failure(DeepVidError(.unreadable, threadShortage))))
            state.current = nil
        }
    }

    /// What has come since the last call.
    func take() -> [Arrival] {
        state.withLock { state in
            defer { state.arrived = [] }
            return state.arrived
        }
    }

    /// - Returns: whether there is more to do.
    private func step() -> Bool {
        guard let item = state.withLock({ $0.current }) else { return false }
        let result: Result<(model: LoadedModel, isDownloaded: Bool), DeepVidError>
        do throws(DeepVidError) { result = .success(try models.obtain(item)) } catch { result = .failure(error) }
        return state.withLock { state in
            if case .failure = result { state.waits[item, default: BackOff()].failed() } else { state.waits[item] = nil }
            state.arrived.append(Arrival(item: item, result: result))
            state.current = state.queue.popLast()
            return state.current != nil
        }
    }
}
