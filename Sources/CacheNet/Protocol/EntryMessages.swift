import FoundationEssentials
import Models
import ResultCache

extension WireEntry {
    /// - Parameter now: seconds since 1970, by this machine's clock: ages travel, not times.
    public init(_ entry: CacheEntry, now: Double) {
        self.init()
        key = Data(entry.key.bytes)
        switch entry.answer {
        case .classes(let classes):
            self.classes = .with {
                $0.classes = classes.map { one in .with { ($0.classID, $0.score) = (UInt32(clamping: one.classID), one.score) } }
            }
        case .embedding(let values): embedding = .with { $0.values = values }
        }
        (seconds, ageSeconds) = (entry.seconds, max(0, now - entry.time))
    }

    /// Nil for what is no entry. Whether it is one of the model that is said is for whoever knows the model to say.
    public func entry(now: Double) -> CacheEntry? {
        guard let key = CropKey(bytes: [UInt8](key)), seconds.isFinite, seconds >= 0, ageSeconds.isFinite, ageSeconds >= 0 else {
            return nil
        }
        let answer: Answer
        switch self.answer {
        case .classes(let list)?:
            guard !list.classes.isEmpty, list.classes.allSatisfy({ (0...1).contains($0.score) }) else { return nil }
            answer = .classes(list.classes.map { .init(classID: Int($0.classID), score: $0.score) })
        case .embedding(let embedding)?:
            guard !embedding.values.isEmpty, embedding.values.allSatisfy(\.isFinite) else { return nil }
            answer = .embedding(embedding.values)
        case nil: return nil
        }
        return CacheEntry(key: key, answer: answer, seconds: seconds, time: now - ageSeconds)
    }
}

extension WireLookupRequest {
    public init(_ keys: [CropKey], within radius: Float, count: Int, model: ModelIdentity) {
        self.init()
        (self.model, self.keys) = (Data(model.digest), keys.map { Data($0.bytes) })
        (self.radius, self.count) = (radius, UInt32(clamping: count))
    }

    /// The keys that are asked about, after every field has been checked.
    ///
    /// - Throws: code `invalidRequest`.
    public func checkedKeys() throws(DeepVidError) -> [CropKey] {
        try checkModel(model)
        guard (1...EdgeRoutes.mostEntries).contains(keys.count) else {
            throw DeepVidError(.invalidRequest, "\(keys.count) keys, where a request may have 1 to \(EdgeRoutes.mostEntries)")
        }
        guard (1...EdgeRoutes.mostNeighbours).contains(Int(count)), radius.isFinite, radius >= 0 else {
            throw DeepVidError(.invalidRequest, "count must be 1 to \(EdgeRoutes.mostNeighbours), and radius 0 or more")
        }
        let checked = keys.compactMap { CropKey(bytes: [UInt8]($0)) }
        guard checked.count == keys.count else { throw DeepVidError(.invalidRequest, "a key has \(CropKey.count) bytes, in this version") }
        return checked
    }
}

extension WireInsertRequest {
    public init(_ entries: [CacheEntry], model: ModelIdentity, now: Double) {
        self.init()
        (self.model, self.entries) = (Data(model.digest), entries.map { WireEntry($0, now: now) })
    }

    /// - Throws: code `invalidRequest`, if one of them is no entry.
    public func checkedEntries(now: Double) throws(DeepVidError) -> [CacheEntry] {
        try checkModel(model)
        guard (1...EdgeRoutes.mostEntries).contains(entries.count) else {
            throw DeepVidError(.invalidRequest, "\(entries.count) entries, where a request may have 1 to \(EdgeRoutes.mostEntries)")
        }
        let checked = entries.compactMap { $0.entry(now: now) }
        guard checked.count == entries.count else {
            throw DeepVidError(.invalidRequest, "an entry has a key of \(CropKey.count) bytes, an answer of numbers, a time and an age")
        }
        return checked
    }
}

private func checkModel(_ digest: Data) throws(DeepVidError) {
    guard digest.count == 32 else { throw DeepVidError(.invalidRequest, "the model must be a digest of 32 bytes") }
}
