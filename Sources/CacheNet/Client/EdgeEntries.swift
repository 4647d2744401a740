import Concurrency
import FoundationEssentials
import ResultCache
import Synchronization

/// The edge as the second level of the caches of a device.
///
/// Lookups wait no longer than the deadline, and the edge is asked less and less often while it does not answer (`BackOff`). What is sent goes
/// from a thread of its own, several entries at a time; if the edge does not take it, it is not sent again: the edge is a cache.
public final class EdgeEntries: SecondLevel {
    fileprivate struct State {
        var backOff = BackOff()
        /// What is to be sent, by model, oldest first.
        var queue: [(entry: CacheEntry, model: ModelIdentity)] = []
        var isSending = false
        var counts = Counts()
    }

    /// What became of it.
    public struct Counts: Sendable, Equatable {
        /// Requests that asked for entries, of those the ones that failed, and milliseconds that frames waited for them.
        public var lookups = 0, failures = 0
        public var milliseconds = 0.0
        /// Entries that were sent, and that were not because the edge did not take them or too many waited.
        public var sent = 0, dropped = 0
        /// What the edge, or the way to it, failed by last: a sentence for people.
        public var lastFailure: String?
    }

    /// Entries that wait to be sent, at most: the oldest go.
    private static let mostWaiting = 1024
    /// For a request in the background.
    private static let sendDeadline = Duration.seconds(10)
    private let edge: any EdgeCache
    private let deadline: Duration
    private let state = Mutex(State())

    /// - Parameter deadline: for how long the crops of a frame may wait.
    public init(_ edge: any EdgeCache, deadline: Duration) { (self.edge, self.deadline) = (edge, deadline) }

    public var counts: Counts { state.withLock { $0.counts } }

    public func neighbours(of keys: [CropKey], within radius: Float, count: Int, model: ModelIdentity) -> [[CacheEntry]] {
        guard state.withLock({ $0.backOff.isOver() }) else { return [] }
        let watch = Stopwatch()
        let found: Result<[[CacheEntry]], EdgeError>
        do throws(EdgeError) {
            found = .success(
                try edge.neighbours(
                    of: Array(keys.prefix(EdgeRoutes.mostEntries)), within: radius, count: count, model: model, deadline: deadline))
        } catch { found = .failure(error) }
        return state.withLock { state in
            state.counts.lookups += 1
            state.counts.milliseconds += watch.milliseconds
            switch found {
            case .success(let lists):
                state.backOff = BackOff()
                return lists
            case .failure(let error):
                state.fail(error)
                state.counts.failures += 1
                return []
            }
        }
    }

    public func add(_ entry: CacheEntry, model: ModelIdentity) {
        let starts = state.withLock { state in
            state.queue.append((entry, model))
            if state.queue.count > Self.mostWaiting {
                state.queue.removeFirst()
                state.counts.dropped += 1
            }
            guard !state.isSending, state.backOff.isOver() else { return false }
            state.isSending = true
            return true
        }
        // Ends when nothing waits: between answers there is no thread.
        if starts, !startThread(named: "deepvid entries", { [self] in while sendNext() {} }) { state.withLock { $0.isSending = false } }
    }

    /// Sends what waits of one model.
    ///
    /// - Returns: whether there is more to send.
    private func sendNext() -> Bool {
        let next: (entries: [CacheEntry], model: ModelIdentity)? = state.withLock { state in
            guard let model = state.queue.first?.model, state.backOff.isOver() else {
                state.isSending = false
                return nil
            }
            let entries = state.queue.prefix { $0.model == model }.prefix(EdgeRoutes.mostEntries).map(\.entry)
            state.queue.removeFirst(entries.count)
            return (entries, model)
        }
        guard let (entries, model) = next else { return false }
        do throws(EdgeError) {
            try edge.add(entries, model: model, deadline: Self.sendDeadline)
            state.withLock { $0.counts.sent += entries.count }
        } catch {
            state.withLock {
                $0.fail(error)
                $0.counts.dropped += entries.count
            }
        }
        return true
    }
}

extension EdgeEntries.State {
    fileprivate mutating func fail(_ error: EdgeError) {
        backOff.recordFailure(retryAfter: error.retryAfter)
        counts.lastFailure = error.description
    }
}

/// An edge that keeps answers of devices' models. Each call blocks no longer than its deadline.
public protocol EdgeCache: AnyObject, Sendable {
    /// A list for each key, nearest first. What comes is not to be believed.
    func neighbours(
        of keys: [CropKey], within radius: Float, count: Int, model: ModelIdentity, deadline: Duration
    ) throws(EdgeError) -> [[CacheEntry]]

    func add(_ entries: [CacheEntry], model: ModelIdentity, deadline: Duration) throws(EdgeError)
}

extension EdgeConnection: EdgeCache {
    public func neighbours(
        of keys: [CropKey], within radius: Float, count: Int, model: ModelIdentity, deadline: Duration
    ) throws(EdgeError) -> [[CacheEntry]] {
        let response: WireLookupResponse = try post(
            WireLookupRequest(keys, within: radius, count: count, model: model), to: EdgeRoutes.lookup, deadline: deadline)
        guard response.neighbours.count == keys.count, response.neighbours.allSatisfy({ $0.entries.count <= count }) else {
            throw EdgeError(.invalidAnswer, "the edge was asked about \(keys.count) crops and answered about others")
        }
        let now = Date().timeIntervalSince1970
        return response.neighbours.map { list in list.entries.compactMap { $0.entry(now: now) } }
    }

    public func add(_ entries: [CacheEntry], model: ModelIdentity, deadline: Duration) throws(EdgeError) {
        let now = Date().timeIntervalSince1970
        let _: WireInsertResponse = try post(
            WireInsertRequest(entries, model: model, now: now), to: EdgeRoutes.entries, deadline: deadline)
    }
}
