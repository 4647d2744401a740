import FileNames
import Synchronization

/// Answers on disk, of any number of models: kept from run to run, and shared by the processes of a machine while they run.
///
/// Whoever adds to the file reads what others have added. It is written anew, without what is of no use any more, when it has grown to twice
/// of what it was. If it can no longer be read or written, people are told, and the caches go on by what they have.
public final class ResultCacheFile: Sendable {
    /// A cache that uses the file.
    fileprivate struct Member {
        /// Of its model.
        let model: [UInt8]
        weak var cache: ResultCache?
        /// What the cache has not taken yet.
        var arrivals: [CacheEntry] = []
        /// Payloads of records, as they were written down last.
        var learnt: [RecordFraming.Kind: [UInt8]] = [:]
    }

    fileprivate struct State {
        let log: SharedLog
        var members: [Member] = []
        /// Records that could not be added yet, because another process held the file.
        var waiting: [UInt8] = []
        var problems: [String] = []
        /// Nothing is read or written any more.
        var isGivenUp = false
        var lastExchange = ContinuousClock.now
    }

    private typealias Constants = ResultCacheConstants.File
    public let path: String
    private let state: Mutex<State>

    /// Opens the file, or makes it.
    ///
    /// - Throws: for a file that cannot be opened, is no file of answers or has another version; it is left as it is.
    public init(path: String) throws(ResultCacheError) {
        self.path = path
        let log = try SharedLog(path: path)
        guard try log.hold(waits: true, { () throws(ResultCacheError) in }) != nil else {
            throw ResultCacheError(
                .unwritable, "\(path.printableFileName): another process has it and does not let it go; end that, or name another file")
        }
        state = Mutex(State(log: log))
    }

    /// Sentences for people about what went wrong since the last call.
    public func takeProblems() -> [String] {
        state.withLock { state in
            defer { state.problems = [] }
            return state.problems
        }
    }

    /// Lets a cache take part.
    ///
    /// - Returns: what was learnt of its model as it was written down last, by what it is; payloads of records.
    func join(_ cache: ResultCache, now: Double) -> [RecordFraming.Kind: [UInt8]] {
        state.withLock { state in
            state.members.append(Member(model: cache.model.digest, cache: cache))
            state.log.rewind()
            state.exchange(waits: true, now: now)
            return state.members[state.members.count - 1].learnt
        }
    }

    /// What others have added for a cache since the last call; the file is looked at about once a second.
    func takeArrivals(_ cache: ResultCache, now: Double) -> [CacheEntry] {
        state.withLock { state in
            if state.lastExchange.duration(to: .now) > Constants.interval { state.exchange(waits: false, now: now) }
            guard let index = state.members.firstIndex(where: { $0.cache === cache }) else { return [] }
            defer { state.members[index].arrivals = [] }
            return state.members[index].arrivals
        }
    }

    /// Adds what the model of a cache said; other caches of that model are given it as well.
    func append(_ entry: CacheEntry, from cache: ResultCache) {
        let record = RecordFraming.bytes(.entry, EntryCoding.bytes(of: entry, model: cache.model.digest))
        state.withLock { state in
            for index in state.members.indices where state.members[index].model == cache.model.digest {
                if state.members[index].cache !== cache { state.members[index].arrivals.append(entry) }
            }
            state.append(record, now: entry.time, waits: false)
        }
    }

    /// Waits for other processes, so that nothing is left to be added.
    func append(_ learnt: SimilarityThreshold, as kind: RecordFraming.Kind, _ model: ModelIdentity, now: Double) {
        let record = RecordFraming.bytes(kind, EntryCoding.bytes(of: learnt, model: model.digest))
        state.withLock { $0.append(record, now: now, waits: true) }
    }
}

extension ResultCacheFile.State {
    private typealias Constants = ResultCacheConstants.File

    fileprivate mutating func append(_ record: [UInt8], now: Double, waits: Bool) {
        guard !isGivenUp else { return }
        waiting += record
        exchange(waits: waits, now: now)
    }

    /// Reads what others have added, adds what waits, and writes the file anew if it has grown.
    fileprivate mutating func exchange(waits: Bool, now: Double) {
        guard !isGivenUp else { return }
        lastExchange = .now
        do throws(ResultCacheError) {
            _ = try log.hold(waits: waits) { () throws(ResultCacheError) in
                let damaged = try log.readOn { take($0) }
                if damaged > 0 {
                    problems.append(
                        "\(log.path.printableFileName): \(damaged) bytes of it are damaged and left out, as after a kill or by a fault of the "
                            + "disk; all other answers in it are used")
                }
                if !waiting.isEmpty { try log.append(waiting) }
                waiting = []
                if log.size > 2 * log.baseSize + Constants.leastGrowth { try rewrite(now: now) }
            }
            if waiting.count > Constants.mostWaiting { waiting = [] }
        } catch {
            problems.append("\(error.message); the run goes on without the file")
            isGivenUp = true
        }
    }

    private mutating func take(_ record: RecordFraming.Record) {
        switch record.kind {
        case .entry:
            guard let (model, entry) = EntryCoding.entry(record.payload) else { return }
            for index in members.indices where members[index].model == model && members[index].cache != nil {
                members[index].arrivals.append(entry)
            }
        case .threshold, .ages:
            guard let model = EntryCoding.model(record.payload) else { return }
            for index in members.indices where members[index].model == model { members[index].learnt[record.kind] = record.payload }
        }
    }

    /// Writes the file anew: of models that are in use here, what their caches have; of others, the latest entries that are not too old.
    private mutating func rewrite(now: Double) throws(ResultCacheError) {
        var contents: [[UInt8]: ModelContents] = [:]
        members.removeAll { $0.cache == nil }
        let own = Set(members.map(\.model))
        log.rewind()
        _ = try log.readOn { record in
            switch record.kind {
            case .entry:
                guard let (model, entry) = EntryCoding.entry(record.payload), !own.contains(model) else { return }
                contents[model, default: ModelContents()].entries[entry.digest] = entry
            case .threshold, .ages:
                guard let model = EntryCoding.model(record.payload), !own.contains(model) else { return }
                contents[model, default: ModelContents()].learnt[record.kind] = record.payload
            }
        }
        for member in members {
            guard let (entries, learnt) = member.cache?.contents else { continue }
            for entry in entries + member.arrivals { contents[member.model, default: ModelContents()].entries[entry.digest] = entry }
            contents[member.model, default: ModelContents()].learnt = learnt.mapValues { EntryCoding.bytes(of: $0, model: member.model) }
        }
        var records: [[UInt8]] = []
        for (model, kept) in contents.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            records += RecordFraming.Kind.learnt.compactMap { kind in kept.learnt[kind].map { RecordFraming.bytes(kind, $0) } }
            for entry in kept.latest(now: now) {
                records.append(RecordFraming.bytes(.entry, EntryCoding.bytes(of: entry, model: model)))
            }
        }
        try log.replace(with: records)
    }
}

/// What a file that is written anew keeps of a model.
private struct ModelContents {
    /// By digest.
    var entries: [UInt64: CacheEntry] = [:]
    /// Payloads of records.
    var learnt: [RecordFraming.Kind: [UInt8]] = [:]

    /// Oldest first: no more than a cache would have of them by default.
    func latest(now: Double) -> [CacheEntry] {
        typealias Constants = ResultCacheConstants.Pool
        var room = Constants.usualLimit
        let young = entries.values.filter { $0.time + Constants.usualMaximumAge >= now }
        return young.sorted { ($0.time, $0.digest) > ($1.time, $1.digest) }.prefix {
            room -= $0.size
            return room >= 0
        }.reversed()
    }
}
