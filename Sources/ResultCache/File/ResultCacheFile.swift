import FileNames
import Synchronization

/// Answers on disk, of any number of models: kept from run to run, and shared by the processes of a machine while they run.
///
/// Whoever adds to the file reads what others have added. It is written anew, without what is of no use any more, when it has grown to twice
/// of what it was. If it can no longer be read or written, people are told, and the caches go on by what they have.
public final class ResultCacheFile: Sendable {
    /// A cache that uses the file.
    fileprivate struct Member {
        weak var cache: ResultCache?
        /// What the cache has not taken yet.
        var arrivals: [CacheEntry] = []
        /// As it was written down last.
        var threshold: [UInt8]?
    }

    fileprivate struct State {
        let log: SharedLog
        /// By the digest of their models.
        var members: [[UInt8]: Member] = [:]
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
        _ = try log.hold(waits: true) { _ throws(ResultCacheError) in }
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
    /// - Returns: its model's threshold as it was written down last, if it was.
    func join(_ cache: ResultCache, target: Double, now: Double) -> SimilarityThreshold? {
        let record = state.withLock { state in
            state.members[cache.model.digest] = Member(cache: cache)
            state.log.rewind()
            state.exchange(waits: true, now: now)
            return state.members[cache.model.digest]?.threshold
        }
        return record.flatMap { EntryCoding.threshold($0, target: target)?.threshold }
    }

    /// What others have added of a model's answers since the last call; the file is looked at about once a second.
    func takeArrivals(_ model: ModelIdentity, now: Double) -> [CacheEntry] {
        state.withLock { state in
            if state.lastExchange.duration(to: .now) > Constants.interval { state.exchange(waits: false, now: now) }
            defer { state.members[model.digest]?.arrivals = [] }
            return state.members[model.digest]?.arrivals ?? []
        }
    }

    func append(_ entry: CacheEntry, _ model: ModelIdentity) {
        append(RecordFraming.bytes(.entry, EntryCoding.bytes(of: entry, model: model.digest)), now: entry.time, waits: false)
    }

    /// Waits for other processes, so that nothing is left to be added.
    func append(_ threshold: SimilarityThreshold, _ model: ModelIdentity, now: Double) {
        append(RecordFraming.bytes(.threshold, EntryCoding.bytes(of: threshold, model: model.digest)), now: now, waits: true)
    }

    private func append(_ record: [UInt8], now: Double, waits: Bool) {
        state.withLock { state in
            guard !state.isGivenUp else { return }
            state.waiting += record
            state.exchange(waits: waits, now: now)
        }
    }
}

extension ResultCacheFile.State {
    private typealias Constants = ResultCacheConstants.File

    /// Reads what others have added, adds what waits, and writes the file anew if it has grown.
    fileprivate mutating func exchange(waits: Bool, now: Double) {
        guard !isGivenUp else { return }
        lastExchange = .now
        do throws(ResultCacheError) {
            _ = try log.hold(waits: waits) { (isAnother) throws(ResultCacheError) in
                let damaged = try log.readOn { take($0) }
                if damaged > 0 {
                    problems.append(
                        "\(log.path.printableFileName): \(damaged) bytes of it are damaged and left out, as after a kill or by a fault of the disk; "
                            + "all other answers in it are used")
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
            guard let (model, entry) = EntryCoding.entry(record.payload), members[model]?.cache != nil else { return }
            members[model]?.arrivals.append(entry)
        case .threshold:
            guard let model = EntryCoding.model(record.payload) else { return }
            members[model]?.threshold = record.payload
        }
    }

    /// Writes the file anew: of models that are in use here, what their caches have; of others, the latest entries that are not too old.
    private mutating func rewrite(now: Double) throws(ResultCacheError) {
        var contents: [[UInt8]: ModelContents] = [:]
        log.rewind()
        _ = try log.readOn { record in
            switch record.kind {
            case .entry:
                guard let (model, entry) = EntryCoding.entry(record.payload), members[model]?.cache == nil else { return }
                contents[model, default: ModelContents()].entries[entry.digest] = entry
            case .threshold:
                guard let model = EntryCoding.model(record.payload), members[model]?.cache == nil else { return }
                contents[model, default: ModelContents()].threshold = record.payload
            }
        }
        for (model, member) in members {
            guard let cache = member.cache else { continue }
            let (entries, threshold) = cache.contents
            let all = Dictionary((entries + member.arrivals).map { ($0.digest, $0) }) { $1 }
            contents[model] = ModelContents(entries: all, threshold: EntryCoding.bytes(of: threshold, model: model))
        }
        var records: [[UInt8]] = []
        for (model, kept) in contents.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            if let threshold = kept.threshold { records.append(RecordFraming.bytes(.threshold, threshold)) }
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
    /// A record's payload.
    var threshold: [UInt8]?

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
