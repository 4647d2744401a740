import Foundation
import Testing

@testable import CacheNet

/// Edges that are slow, gone or lying: an error of the right kind, in time, whatever comes.
@Suite struct LyingEdgeTests {
    private static func respond(_ socket: Int32, _ body: [UInt8], status: String = "200 OK", extra: String = "") {
        RawServer.send(socket, "HTTP/1.1 \(status)\r\n\(extra)Content-Length: \(body.count)\r\n\r\n")
        RawServer.send(socket, body)
    }

    private static func expectInfer(
        _ code: EdgeError.Code, deadline: Duration = .seconds(60), _ location: SourceLocation = #_sourceLocation,
        _ serve: @escaping @Sendable (Int32, String) -> Void
    ) async throws {
        let server = try RawServer(serve)
        defer { server.stop() }
        let connection = try EdgeConnection(url: server.url)
        await expect(code: code, location) { try connection.infer(TestBundle.picture(), deadline: deadline) }
    }

    @Test func answersThatAreNone() async throws {
        try await Self.expectInfer(.unreachable) { _, _ in }
        try await Self.expectInfer(.unreachable) { socket, _ in RawServer.send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc") }
        try await Self.expectInfer(.invalidAnswer) { socket, _ in Self.respond(socket, Array("not a protobuf message at all".utf8)) }
        try await Self.expectInfer(.invalidAnswer) { socket, _ in Self.respond(socket, []) }
        try await Self.expectInfer(.invalidAnswer) { socket, _ in
            Self.respond(socket, [], status: "302 Found", extra: "Location: http://127.0.0.1:1/\r\n")
        }
        try await Self.expectInfer(.invalidAnswer) { socket, _ in Self.respond(socket, [], status: "500 Broken") }
        try await Self.expectInfer(.unauthorized) { socket, _ in Self.respond(socket, [], status: "403 Forbidden") }
        try await Self.expectInfer(.busy) { socket, _ in Self.respond(socket, [], status: "503 Busy", extra: "Retry-After: banana\r\n") }
        try await Self.expectInfer(.invalidAnswer) { socket, _ in
            RawServer.send(socket, "HTTP/1.1 200 OK\r\n\r\n")
            while RawServer.send(socket, [UInt8](repeating: 0, count: 100_000)) {}
        }
        await #expect(throws: EdgeError.self) {
            try await Self.expectGarbage { socket, _ in RawServer.send(socket, [UInt8](repeating: 0, count: 100)) }
        }
    }

    /// No HTTP at all: whichever error it is, it is one.
    private static func expectGarbage(_ serve: @escaping @Sendable (Int32, String) -> Void) async throws {
        let server = try RawServer(serve)
        defer { server.stop() }
        let connection = try EdgeConnection(url: server.url)
        _ = try await onThread { try connection.infer(TestBundle.picture(), deadline: .seconds(60)) }
    }

    /// Silence, a head without a body, and a body that drips: the deadline holds for all of it.
    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "HTTP/1.1 200 OK\r\nX: "])
    func deadlinesHold(start: String) async throws {
        try await Self.expectInfer(.timeout, deadline: .milliseconds(300)) { socket, _ in
            RawServer.send(socket, start)
            for _ in 0..<600 {
                usleep(50_000)
                guard start.isEmpty || RawServer.send(socket, "a") else { return }
            }
        }
    }

    @Test func noOneThere() async throws {
        let port = try RawServer { _, _ in }
        port.stop()
        let connection = try EdgeConnection(url: port.url)
        await expect(code: .unreachable) { try connection.infer(TestBundle.picture(), deadline: .seconds(60)) }
        await expect(code: .timeout) { try connection.infer(TestBundle.picture(), deadline: .zero) }
    }

    @Test func manifestsThatAreNone() async throws {
        for bundles in [
            [], [WireBundle.with { $0.manifest = Data("{}".utf8) }], [WireBundle(), WireBundle()],
            [WireBundle.with { $0.manifest = Data(repeating: 91, count: 100_000) }],
        ] {
            let response = WireBundleResponse.with { $0.bundles = bundles }
            let server = try RawServer { socket, _ in Self.respond(socket, (try? response.serializedBytes()) ?? []) }
            defer { server.stop() }
            let connection = try EdgeConnection(url: server.url)
            await expect(code: .invalidAnswer) { try connection.manifest(deadline: .seconds(60)) }
        }
    }
}
