import Foundation
import Models
import ResultCache
import Synchronization
import Testing
import Vision

@testable import CacheNet

/// An edge in this process, which can be away.
private final class FakeEdge: EdgeCache {
    let entries: SharedEntries
    private let away = Mutex(false)
    private let asked = Mutex(0)
    var isAway: Bool {
        get { away.withLock { $0 } }
        set { away.withLock { $0 = newValue } }
    }
    var requests: Int { asked.withLock { $0 } }

    init(limit: Int = 1 << 24) { entries = SharedEntries(limit: limit) }

    private func arrive() throws(EdgeError) {
        asked.withLock { $0 += 1 }
        if isAway { throw EdgeError(.unreachable, "nobody is there") }
    }

    func neighbours(
        of keys: [CropKey], within radius: Float, count: Int, model: ModelIdentity, deadline: Duration
    ) throws(EdgeError) -> [[CacheEntry]] {
        try arrive()
        return entries.neighbours(of: keys, within: radius, count: count, model: Data(model.digest), now: 1000)
    }

    func add(_ new: [CacheEntry], model: ModelIdentity, deadline: Duration) throws(EdgeError) {
        try arrive()
        _ = entries.insert(new, model: Data(model.digest), now: 1000)
    }
}

@Suite struct EdgeEntriesTests {
    private let model = Self.model("one")

    private static func model(_ name: String) -> ModelIdentity {
        ModelIdentity(
            sha256: name, card: ModelCard(head: .classification, input: InputCard(width: 8, height: 8, resize: .stretch)),
            labels: Labels(names: ["a", "b", "c"]))
    }

    private func key(_ value: Int) -> CropKey { CropKey(bytes: [UInt8](repeating: UInt8(value), count: CropKey.count))! }
    private func entry(_ value: Int, _ id: Int) -> CacheEntry {
        CacheEntry(key: key(value), answer: .classes([.init(classID: id, score: 0.99)]), seconds: 0.1, time: 1000)
    }

    private func device(_ edge: FakeEdge) -> (cache: ResultCache, entries: EdgeEntries) {
        let entries = EdgeEntries(edge, deadline: .seconds(1))
        return (ResultCache(model, secondLevel: entries, now: 1000), entries)
    }

    /// Runs a model that says `id`, where the cache does not know.
    private func run(_ cache: ResultCache, _ value: Int, _ id: Int) -> Lookup {
        let lookup = cache.lookup(key(value), now: 1000)
        if case .hit = lookup { return lookup }
        cache.insert(.classes([.init(classID: id, score: 0.99)]), for: key(value), after: lookup, seconds: 0.1, now: 1000)
        return lookup
    }

    private func wait(_ isDone: () -> Bool) async throws {
        for _ in 0..<1000 where !isDone() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(isDone())
    }

    @Test func whatOneDeviceAnsweredAnotherIsGiven() async throws {
        let edge = FakeEdge(), (a, sender) = device(edge), (b, _) = device(edge)
        _ = run(a, 10, 1)
        _ = run(a, 200, 2)
        try await wait { sender.counts.sent == 2 }
        // Before its own model has said anything, a device cannot tell whether others' answers fit, and does not ask.
        _ = run(b, 100, 0)
        switch b.lookup(key(11), now: 1000) {
        case .hit(let hit), .audit(let hit):
            #expect(hit.answer == .classes([.init(classID: 1, score: 0.99)]))
            #expect(hit.origin == .edge)
        case .miss(let miss): Issue.record("\(miss)")
        }
        // From now on it is known here.
        let requests = edge.requests
        if case .hit(let hit) = b.lookup(key(11), now: 1000) { #expect(hit.origin == .cache) }
        #expect(edge.requests == requests)
    }

    @Test func answersThatCannotBeTheModelsAreNotTaken() {
        let edge = FakeEdge()
        let strange: [Answer] = [
            .embedding([1, 0]), .classes([.init(classID: 3, score: 0.99)]),
            .classes([.init(classID: 0, score: 0.2), .init(classID: 1, score: 0.99)]),
        ]
        for (number, answer) in strange.enumerated() {
            let other = CacheEntry(key: key(50 + number), answer: answer, seconds: 0.1, time: 1000)
            _ = edge.entries.insert([other], model: Data(model.digest), now: 1000)
        }
        let (cache, _) = device(edge)
        _ = run(cache, 200, 1)
        for number in strange.indices {
            guard case .miss = cache.lookup(key(50 + number), now: 1000) else {
                Issue.record("\(strange[number])")
                continue
            }
        }
        #expect(cache.counts.entries == 1)
    }

    /// An edge that is away is asked less and less often, and nothing else changes.
    @Test func anEdgeThatIsAwayIsLeftAlone() {
        let edge = FakeEdge()
        edge.isAway = true
        let (cache, entries) = device(edge)
        for value in 0..<50 { _ = run(cache, value * 5, value % 3) }
        #expect(edge.requests < 10)
        #expect(entries.counts.failures <= edge.requests)
        #expect(entries.counts.lastFailure == "nobody is there")
        #expect(cache.counts.lookups == 50)
        #expect(cache.counts.entries > 10)
    }

    @Test func theEdgeKeepsModelsApartAndWithinItsMemory() {
        let shared = SharedEntries(limit: 100_000)
        let (one, two) = (Data([UInt8](repeating: 1, count: 32)), Data([UInt8](repeating: 2, count: 32)))
        #expect(shared.insert([entry(10, 1), entry(20, 2)], model: one, now: 1000) == 2)
        #expect(shared.insert([entry(10, 2)], model: two, now: 1000) == 1)
        func answers(_ value: Int, _ model: Data) -> [Answer] {
            shared.neighbours(of: [key(value)], within: 50, count: 5, model: model, now: 1000)[0].map(\.answer)
        }
        #expect(answers(11, one) == [entry(10, 1).answer])
        #expect(answers(11, two) == [entry(10, 2).answer])
        #expect(answers(11, Data(count: 32)).isEmpty)
        for value in 0..<250 { _ = shared.insert([entry(value, value % 3)], model: value % 2 == 0 ? one : two, now: 1000) }
        #expect(shared.counts.bytes <= 100_000)
        #expect(shared.counts.evicted > 0)
        for number in 0..<100 { _ = shared.insert([entry(1, 1)], model: Data([UInt8](repeating: UInt8(number), count: 32)), now: 1000) }
        #expect(shared.counts.models == SharedEntries.mostModels)
    }

    /// As they travel, and whatever is not as it should be.
    @Test func messagesAreChecked() throws {
        for answer: Answer in [.classes([.init(classID: 7, score: 0.5), .init(classID: 1, score: 0.25)]), .embedding([0.5, -1, 3])] {
            let entry = CacheEntry(key: key(9), answer: answer, seconds: 0.25, time: 990)
            let message = WireInsertRequest([entry], model: model, now: 1000)
            // Five hundred seconds later by another clock, it is as old as it was.
            let back = try WireInsertRequest(serializedBytes: message.serializedBytes() as [UInt8]).checkedEntries(now: 1500)
            #expect(back == [CacheEntry(key: key(9), answer: answer, seconds: 0.25, time: 1490)])
        }
        let good = WireInsertRequest([entry(1, 1)], model: model, now: 1000)
        let changes: [(inout WireInsertRequest) -> Void] = [
            { $0.model = Data() }, { $0.entries = [] }, { $0.entries[0].key.removeLast() }, { $0.entries[0].answer = nil },
            { $0.entries[0].seconds = .nan }, { $0.entries[0].ageSeconds = -1 }, { $0.entries[0].classes.classes[0].score = 2 },
            { $0.entries[0].embedding.values = [.infinity] }, { $0.entries = Array(repeating: $0.entries[0], count: 65) },
        ]
        for change in changes {
            var bad = good
            change(&bad)
            let error = #expect(throws: DeepVidError.self) { try bad.checkedEntries(now: 1000) }
            #expect(error?.code == .invalidRequest)
        }
        let lookup = WireLookupRequest([key(1), key(2)], within: 30, count: 5, model: model)
        #expect(try lookup.checkedKeys() == [key(1), key(2)])
        let others: [(inout WireLookupRequest) -> Void] = [
            { $0.keys = [] }, { $0.keys[1] = Data(count: 3) }, { $0.radius = -1 }, { $0.radius = .nan }, { $0.count = 0 },
            { $0.count = 100 }, { $0.model = Data(count: 31) },
        ]
        for change in others {
            var bad = lookup
            change(&bad)
            #expect(throws: DeepVidError.self) { try bad.checkedKeys() }
        }
    }
}
