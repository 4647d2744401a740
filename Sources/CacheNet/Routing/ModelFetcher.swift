import Concurrency
import Models
import Synchronization

/// Gets what routing wants of a bundle in the background, one thing at a time, while frames go on. One for each input.
package final class ModelFetcher: Sendable {
    package enum Item: Hashable, Sendable {
        case selector
        case submodel(Int)
        /// The bundle's description, as the edge has it now.
        case manifest
    }

    package enum Arrival: Sendable {
        case model(LoadedModel, isDownloaded: Bool)
        /// The edge has another bundle.
        case bundle(BundleFolder)
        case failure(DeepVidError)
    }

    private struct State {
        var queue: [Item] = []
        var current: Item?
        var arrived: [(item: Item, arrival: Arrival)] = []
        /// When items that failed may be asked for again.
        var waits: [Item: BackOff] = [:]
    }

    private let models: RoutedModels
    private let bundle: BundleFolder
    private let state = Mutex(State())

    package init(_ models: RoutedModels, _ bundle: BundleFolder) { (self.models, self.bundle) = (models, bundle) }

    /// Asks for an item, if it is not on its way and did not just fail. What was asked for last comes first.
    package func request(_ item: Item) {
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
        if startThread(named: "deepvid fetch", { [self] in while fetchNext() {} }) { return }
        state.withLock { state in
            state.waits[item, default: BackOff()].recordFailure()
            state.arrived.append((item, .failure(DeepVidError(.unreadable, threadShortage))))
            state.current = nil
        }
    }

    /// What has come since the last call.
    package func takeArrivals() -> [(item: Item, arrival: Arrival)] {
        state.withLock { state in
            defer { state.arrived = [] }
            return state.arrived
        }
    }

    /// - Returns: whether there is more to do.
    private func fetchNext() -> Bool {
        guard let item = state.withLock({ $0.current }) else { return false }
        var arrival: Arrival?
        do throws(DeepVidError) { arrival = try fetch(item) } catch { arrival = .failure(error) }
        return state.withLock { state in
            switch arrival {
            case .model: state.waits[item] = nil
            // An edge that changes all the time, or whose answers never fit, is not asked for its bundle more often for that.
            case .failure, .bundle, nil: state.waits[item, default: BackOff()].recordFailure()
            }
            if let arrival { state.arrived.append((item, arrival)) }
            state.current = state.queue.popLast()
            return state.current != nil
        }
    }

    /// - Returns: nil if the edge still has the bundle that is known.
    private func fetch(_ item: Item) throws(DeepVidError) -> Arrival? {
        let name: String
        switch item {
        case .selector: name = BundleFile.selector
        case .submodel(let k): name = BundleFile.submodel(k)
        case .manifest: return try models.refresh(bundle).map { .bundle($0) }
        }
        let (model, isDownloaded) = try models.obtain(name, of: bundle)
        return .model(model, isDownloaded: isDownloaded)
    }
}
