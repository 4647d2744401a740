/// Why a picture was not given to a worker.
public enum Refusal: String, Sendable, CaseIterable {
    /// As many wait as may, of devices that had waited longer since their last answer.
    case full
    /// Gave its place to a device that had waited longer since its last answer.
    case displaced
    /// Its deadline passed while it waited.
    case expired
    /// The edge is shutting down.
    case draining
}

/// Pictures that wait for a worker: the device goes first whose last turn is longest ago.
///
/// First come, first served would be fair among those that wait. But when the queue is full, a device that just got its answer
/// comes back at once and takes the free place, and one that was told to come later finds it full for ever. Here, a device that
/// was refused keeps its standing, and displaces one that was served since. All operations are O(capacity).
struct FairQueue<Work: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant
    typealias Client = ObjectIdentifier

    struct Entry: Sendable {
        let client: Client
        /// After which no one waits for the answer.
        let expiry: Instant?
        let work: Work
    }

    let capacity: Int
    private(set) var waiting: [Entry] = []
    /// When each client had its last turn, by count of turns; a new one stands behind all others.
    private var standing: [Client: UInt64] = [:]
    private var turn: UInt64 = 0

    init(capacity: Int) { self.capacity = capacity }

    /// - Returns: whether the client is a new one.
    @discardableResult
    mutating func register(_ client: Client) -> Bool {
        guard standing[client] == nil else { return false }
        takeTurn(client)
        return true
    }

    /// For one that left.
    mutating func forget(_ client: Client) { standing[client] = nil }

    /// - Returns: what was refused for it, or it itself.
    mutating func admit(_ entry: Entry, now: Instant) -> [(Work, Refusal)] {
        register(entry.client)
        var refused = dropExpired(now)
        if waiting.count < capacity {
            waiting.append(entry)
        } else if let last = waiting.indices.max(by: { rank(waiting[$0]) < rank(waiting[$1]) }), rank(waiting[last]) > rank(entry) {
            refused.append((waiting[last].work, .displaced))
            waiting.remove(at: last)
            waiting.append(entry)
        } else {
            refused.append((entry.work, .full))
        }
        return refused
    }

    /// The next to be served, and what expired before.
    mutating func next(now: Instant) -> (next: Work?, refused: [(Work, Refusal)]) {
        let refused = dropExpired(now)
        guard let first = waiting.indices.min(by: { rank(waiting[$0]) < rank(waiting[$1]) }) else { return (nil, refused) }
        let entry = waiting.remove(at: first)
        takeTurn(entry.client)
        return (entry.work, refused)
    }

    private func rank(_ entry: Entry) -> UInt64 { standing[entry.client] ?? .max }

    private mutating func takeTurn(_ client: Client) {
        turn += 1
        standing[client] = turn
    }

    private mutating func dropExpired(_ now: Instant) -> [(Work, Refusal)] {
        let expired = waiting.filter { $0.expiry.map { $0 <= now } ?? false }
        if !expired.isEmpty { waiting.removeAll { $0.expiry.map { $0 <= now } ?? false } }
        return expired.map { ($0.work, .expired) }
    }
}
