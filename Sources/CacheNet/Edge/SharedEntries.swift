import Foundation
import ResultCache
import Synchronization

/// What an edge keeps of the answers of devices' models, for other devices: the second level of their caches (FoggyCache). It runs none of
/// these models and decides nothing: devices do, by entries that they are given.
public final class SharedEntries: Sendable {
    fileprivate struct Kept {
        var pool: EntryPool
        /// When it was last asked for or added to, by order.
        var lastUse: Int
    }

    fileprivate struct State {
        /// By the digest of the model.
        var models: [Data: Kept] = [:]
        var uses = 0
        var lookups = 0
        var found = 0
    }

    /// What is kept, and what was asked for.
    public struct Counts: Sendable, Equatable {
        public var models = 0, entries = 0, bytes = 0, evicted = 0
        /// Crops that were asked about, and those that there was an entry for.
        public var lookups = 0, found = 0
    }

    /// Bytes of memory for all entries together.
    public let limit: Int
    /// Seconds after which an entry goes that no model confirmed since.
    public let maximumAge: Double
    /// Models whose answers are kept at a time; the one that nobody has asked about for longest goes.
    public static let mostModels = 64
    private let state = Mutex(State())

    public init(limit: Int, maximumAge: Double = ResultCacheConstants.Pool.usualMaximumAge) {
        (self.limit, self.maximumAge) = (limit, maximumAge)
    }

    /// The nearest entries to each key, nearest first.
    public func neighbours(of keys: [CropKey], within radius: Float, count: Int, model: Data, now: Double) -> [[CacheEntry]] {
        state.withLock { state in
            state.lookups += keys.count
            guard state.models[model] != nil else { return keys.map { _ in [] } }
            state.uses += 1
            state.models[model]!.lastUse = state.uses
            return keys.map { key in
                let near = state.models[model]!.pool.nearest(key, count: count, now: now).filter { $0.distance <= radius }
                near.forEach { state.models[model]!.pool.use($0) }
                state.found += near.isEmpty ? 0 : 1
                return near.map(\.entry)
            }
        }
    }

    /// - Returns: how many of them were kept or known.
    public func insert(_ entries: [CacheEntry], model: Data, now: Double) -> Int {
        state.withLock { state in
            state.uses += 1
            var kept = state.models[model] ?? Kept(pool: EntryPool(limit: limit, maximumAge: maximumAge), lastUse: 0)
            kept.lastUse = state.uses
            let taken = entries.count { kept.pool.insert($0, now: now) }
            state.models[model] = kept
            if state.models.count > Self.mostModels, let oldest = state.models.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                state.models[oldest.key] = nil
            }
            // The model that has most makes room.
            while state.bytes > limit, let largest = state.models.max(by: { $0.value.pool.bytes < $1.value.pool.bytes }) {
                state.models[largest.key]!.pool.evict(state.bytes - limit)
            }
            return taken
        }
    }

    public var counts: Counts {
        state.withLock { state in
            let pools = state.models.values.map(\.pool)
            return Counts(
                models: pools.count, entries: pools.reduce(0) { $0 + $1.count }, bytes: state.bytes,
                evicted: pools.reduce(0) { $0 + $1.evicted }, lookups: state.lookups, found: state.found)
        }
    }
}

extension SharedEntries.State {
    fileprivate var bytes: Int { models.values.reduce(0) { $0 + $1.pool.bytes } }
}
