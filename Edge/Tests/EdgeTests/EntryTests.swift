import Foundation
import Models
import ResultCache
import Testing
import Vision

@testable import CacheNet
@testable import EdgeServer

/// Answers of devices' models, by way of a real edge.
@Suite struct EntryTests {
    private let model = ModelIdentity(
        sha256: "one", card: ModelCard(head: .embedding, input: InputCard(width: 8, height: 8, resize: .stretch)), labels: Labels(names: [])
    )

    private func key(_ value: Int) -> CropKey { CropKey(bytes: [UInt8](repeating: UInt8(value), count: CropKey.count))! }
    private func entry(_ value: Int) -> CacheEntry {
        CacheEntry(key: key(value), answer: .embedding([Float(value), 1]), seconds: 0.1, time: Date().timeIntervalSince1970)
    }

    @Test func entriesAreKeptAndFoundAgain() async throws {
        let edge = try await TestEdge([]) { $0.entryBytes = 1 << 20 }
        let connection = try EdgeConnection(url: edge.url), (model, key) = (model, key)
        let (ten, twenty) = (entry(10), entry(20))
        try await onThread { try connection.add([ten, twenty], model: model, deadline: .seconds(60)) }
        let found = try await onThread {
            try connection.neighbours(of: [key(11), key(90)], within: 200, count: 5, model: model, deadline: .seconds(60))
        }
        #expect(found.map { $0.map(\.answer) } == [[ten.answer, twenty.answer], []])
        #expect(abs((found.first?.first?.time ?? 0) - ten.time) < 60)
        let text = String(decoding: try await edge.ask("/metrics").body, as: UTF8.self)
        for line in ["entries 2", "entry_models 1", "entry_lookups_total 2", "entry_lookups_found_total 1"] {
            #expect(text.contains("deepvid_edge_\(line)\n"), "\(text)")
        }
        try await edge.stop()
    }

    /// Two devices over one edge: what one's model said, the other's crops are given, and say so.
    @Test func twoDevicesShareAnEdge() async throws {
        let edge = try await TestEdge([]) { $0.entryBytes = 1 << 20 }
        let sender = EdgeEntries(try EdgeConnection(url: edge.url), deadline: .seconds(60))
        let receiver = EdgeEntries(try EdgeConnection(url: edge.url), deadline: .seconds(60))
        let now = Date().timeIntervalSince1970
        let a = ResultCache(model, secondLevel: sender, now: now), b = ResultCache(model, secondLevel: receiver, now: now)
        let makeKey = key, keys = (0..<50).map { makeKey($0 * 5) }
        try await onThread {
            for (number, key) in keys.enumerated() {
                let lookup = a.lookup(key, now: now)
                if case .hit = lookup { continue }
                // Each crop has a direction of its own.
                let angle = Float(number)
                a.insert(.embedding([cos(angle), sin(angle)]), for: key, after: lookup, seconds: 0.1, now: now)
            }
            for _ in 0..<1000 where sender.counts.sent < a.counts.entries { usleep(5000) }
            b.insert(.embedding([1, 0]), for: makeKey(255), after: b.lookup(makeKey(255), now: now), seconds: 0.1, now: now)
            let lookups = b.lookup(keys.map { CropKey(bytes: $0.bytes.map { $0 + 1 })! }, now: now)
            let origins = lookups.compactMap { lookup -> Lookup.Origin? in
                switch lookup {
                case .hit(let hit), .audit(let hit): hit.origin
                case .miss: nil
                }
            }
            #expect(origins.count > 40)
            #expect(origins.allSatisfy { $0 == .edge })
            #expect(receiver.counts.lookups == 1)
            #expect(receiver.counts.failures == 0)
        }
        try await edge.stop()
    }

    @Test func onlyWithMemoryAndTokenAndForWhatIsARequest() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let none = try await TestEdge([bundle])
        let lookup: [UInt8] = try WireLookupRequest([key(1)], within: 10, count: 3, model: model).serializedBytes()
        #expect(try await none.ask("/v1/entries/lookup", body: lookup).head.status == 404)
        try await none.stop()
        let tokens = try TokenList(["0123456789abcdef"])
        let edge = try await TestEdge([]) { ($0.entryBytes, $0.tokens) = (1 << 20, tokens) }
        let token = ["Authorization: Bearer 0123456789abcdef"]
        #expect(try await edge.ask("/v1/entries/lookup", body: lookup).head.status == 401)
        #expect(try await edge.ask("/v1/entries/lookup", headers: token, body: lookup).head.status == 200)
        #expect(try await edge.ask("/v1/entries/lookup", headers: token).head.status == 405)
        for path in ["/v1/entries/lookup", "/v1/entries"] {
            #expect(try await edge.ask(path, headers: token, body: Array("no protobuf".utf8)).head.status == 400)
            #expect(try await edge.ask(path, headers: token, body: []).head.status == 400)
            #expect(try await edge.ask(path, headers: token, body: [UInt8](repeating: 0, count: 3_000_000)).head.status == 413)
        }
        // An edge without bundles answers no pictures.
        let picture: [UInt8] = try WireInferRequest(TestBundle.picture(), bundle: "", deadline: .seconds(60)).serializedBytes()
        #expect([404, 413].contains(try await edge.ask("/v1/infer", headers: token, body: picture).head.status))
        try await edge.stop()
    }
}
