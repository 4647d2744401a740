import Foundation
import Testing

@testable import CacheNet
@testable import EdgeServer

/// A device's connection to an edge that does what it should.
@Suite struct ConnectionTests {
    @Test func picturesAreAnswered() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let edge = try await TestEdge([bundle], workers: 2)
        let connection = try EdgeConnection(url: edge.url)
        let manifest = try await onThread { try connection.manifest(deadline: .seconds(60)) }
        #expect(manifest == bundle.manifest)
        // From several threads at once, each its own answer.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for number in 0..<25 {
                        let picture = TestBundle.picture(thread * 100 + number)
                        let answer = try await onThread { try connection.infer(picture, deadline: .seconds(60)) }
                        let expected = FakeEngine.answer(picture)
                        #expect(answer.result == expected.result)
                        #expect(answer.selection == expected.selection)
                        #expect(answer.modelMilliseconds == expected.modelMilliseconds)
                    }
                }
            }
            try await group.waitForAll()
        }
        let text = String(decoding: try await edge.ask("/metrics").body, as: UTF8.self)
        let open = text.firstMatch(of: /\ndeepvid_edge_connections (\d+)/).flatMap { Int($0.1) } ?? 99
        #expect(open <= 6, "connections are kept and used again: \(open)")
        try await edge.stop()
    }

    @Test func tokensAreShown() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let tokens = try TokenList(["0123456789abcdef"])
        let edge = try await TestEdge([bundle]) { $0.tokens = tokens }
        let known = try EdgeConnection(url: edge.url, token: "0123456789abcdef")
        let unknown = try EdgeConnection(url: edge.url, token: "0123456789abcdeF")
        #expect(try await onThread { try known.manifest(deadline: .seconds(60)) } == bundle.manifest)
        _ = try await onThread { try known.infer(TestBundle.picture(), deadline: .seconds(60)) }
        await expect(code: .unauthorized) { try unknown.manifest(deadline: .seconds(60)) }
        await expect(code: .unauthorized) { try unknown.infer(TestBundle.picture(), deadline: .seconds(60)) }
        await expect(code: .unauthorized) {
            try unknown.fetch(bundle.manifest.files[0], into: FileManager.default.temporaryDirectory.path)
        }
        try await edge.stop()
    }

    @Test func aFullEdgeSaysSo() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let gate = Gate()
        let edge = try await TestEdge([bundle], gate: gate, workers: 1, queue: 1)
        let url = edge.url
        let first = Task { try await onThread { try EdgeConnection(url: url).infer(TestBundle.picture(1), deadline: .seconds(60)) } }
        try await onThread { gate.waitFor(1) }
        // One waits, the others are refused; which one does not matter.
        let others = (2...4).map { number in
            Task { try await onThread { try EdgeConnection(url: url).infer(TestBundle.picture(number), deadline: .seconds(60)) } }
        }
        while true {
            let text = String(decoding: try await edge.ask("/metrics").body, as: UTF8.self)
            let refused = text.matches(of: /refused_total{reason="(full|displaced)"} (\d+)/).reduce(0) { $0 + Int($1.2)! }
            if refused == 2 { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        gate.open()
        #expect(try await first.value.result == FakeEngine.answer(TestBundle.picture(1)).result)
        var answered = 0
        for other in others {
            do {
                _ = try await other.value
                answered += 1
            } catch let error as EdgeError {
                #expect(error.code == .busy)
                #expect(error.retryAfter == .seconds(1))
            }
        }
        #expect(answered == 1)
        try await edge.stop()
    }

    @Test func aDrainingEdgeFinishesWhatRuns() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let gate = Gate()
        let edge = try await TestEdge([bundle], gate: gate)
        let url = edge.url
        let running = Task { try await onThread { try EdgeConnection(url: url).infer(TestBundle.picture(5), deadline: .seconds(60)) } }
        try await onThread { gate.waitFor(1) }
        let stopping = Task { try await edge.stop() }
        // Until it takes no more connections.
        while (try? await edge.ask("/healthz"))?.head.status == 200 { try await Task.sleep(for: .milliseconds(10)) }
        gate.open()
        #expect(try await running.value.result == FakeEngine.answer(TestBundle.picture(5)).result)
        try await stopping.value
        await expect(code: .unreachable) { try EdgeConnection(url: url).infer(TestBundle.picture(), deadline: .seconds(60)) }
    }

    @Test func addressesAndTokensThatCannotBe() {
        for url in [
            "", "edge", "ftp://edge", "https://", "https://user:secret@edge", "https://edge?x=1", "file:///etc/passwd", "https://a b",
        ] {
            #expect(throws: EdgeError.self, "\(url)") { try EdgeConnection(url: url) }
        }
        for token in ["", "a b", "a\r\nX: y", "ü"] {
            #expect(throws: EdgeError.self) { try EdgeConnection(url: "http://edge", token: token) }
        }
    }

    private static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(.enabled(if: openssl != nil, "openssl is not installed"))
    func certificatesAreChecked() async throws {
        let bundle = try TestBundle(fileSize: 100_000)
        defer { bundle.remove() }
        func certificate(_ name: String) throws -> (certificate: String, key: String) {
            let (certificate, key) = (
                bundle.folder.appendingPathComponent("\(name).pem").path, bundle.folder.appendingPathComponent("\(name).key").path
            )
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Self.openssl!)
            process.arguments =
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=edge"]
                + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return (certificate, key)
        }
        let (mine, other) = (try certificate("mine"), try certificate("other"))
        let tls = try EdgeConfiguration.tls(certificate: mine.certificate, key: mine.key)
        #expect(throws: EdgeServerError.self) { try EdgeConfiguration.tls(certificate: mine.certificate, key: other.key) }
        #expect(throws: EdgeServerError.self) { try EdgeConfiguration.tls(certificate: mine.key, key: mine.key) }
        let edge = try await TestEdge([bundle]) { $0.tls = tls }
        let connection = try EdgeConnection(url: edge.url, certificateAuthority: mine.certificate)
        #expect(
            try await onThread { try connection.infer(TestBundle.picture(3), deadline: .seconds(60)) }.result
                == FakeEngine.answer(TestBundle.picture(3)).result)
        let target = bundle.folder.appendingPathComponent("device")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let file = bundle.manifest.files[0]
        try await onThread { try connection.fetch(file, into: target.path) }
        #expect(try Data(contentsOf: target.appendingPathComponent(file.name)) == bundle.contents(file))
        let url = edge.url
        for authority in [nil, other.certificate, "/nonexistent"] {
            await expect(code: .unreachable) {
                try EdgeConnection(url: url, certificateAuthority: authority).infer(TestBundle.picture(), deadline: .seconds(60))
            }
        }
        // Not spoken to in the clear.
        let plain = url.replacing("https", with: "http")
        await #expect(throws: EdgeError.self) {
            try await onThread { try EdgeConnection(url: plain).infer(TestBundle.picture(), deadline: .seconds(60)) }
        }
        try await edge.stop()
    }
}

/// Expects that `body`, on a thread of its own, throws an `EdgeError` of this code.
func expect(code: EdgeError.Code, _ location: SourceLocation = #_sourceLocation, _ body: @escaping @Sendable () throws -> some Sendable)
    async
{
    let error = await #expect(throws: EdgeError.self, sourceLocation: location) { _ = try await onThread(body) }
    #expect(error?.code == code, "\(error?.description ?? "")", sourceLocation: location)
}
