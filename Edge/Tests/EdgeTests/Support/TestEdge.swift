import Foundation
import Logging

@testable import CacheNet
@testable import EdgeServer

/// A server in this process, on a free port of the loopback.
final class TestEdge: Sendable {
    let url: String
    let port: Int
    private let host: EdgeHost
    private let serving: Task<Void, any Error>

    init(
        _ bundles: [TestBundle], gate: Gate? = nil, workers: Int = 1, queue: Int = 16,
        _ change: (inout EdgeConfiguration) -> Void = { _ in }
    ) async throws {
        let served = try bundles.map { bundle in
            try ServedBundle(bundle.manifest, folder: bundle.folder.path) { FakeEngine(gate).infer }
        }
        var logger = Logger(label: "test") { _ in LogWriter(.text) }
        logger.logLevel = .critical
        var configuration = EdgeConfiguration(
            listen: ListenAddress(host: "127.0.0.1", port: 0), bundles: served, workers: workers, queue: queue, logger: logger)
        change(&configuration)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let host = try EdgeHost(configuration) { port in
            listening.yield(port)
            listening.finish()
        }
        serving = Task.detached { try await host.run() }
        self.host = host
        var found = 0
        for await port in ports { found = port }
        port = found
        url = "\(configuration.tls == nil ? "http" : "https")://127.0.0.1:\(found)"
    }

    /// An orderly end; throws what serving threw.
    func stop() async throws {
        await host.drain()
        try await serving.value
    }

    /// Asks for a path with headers of one's own; gives status, headers and body.
    func ask(_ path: String, headers: [String] = [], body: [UInt8]? = nil) async throws -> (head: ReplyHead, body: [UInt8]) {
        try await ask(path, headers, body, on: nil)
    }

    func ask(_ path: String, _ headers: [String], _ body: [UInt8]?, on handle: CurlHandle?) async throws -> (
        head: ReplyHead, body: [UInt8]
    ) {
        nonisolated(unsafe) let handle = handle
        let url = url + path
        return try await onThread {
            let handle = try handle ?? CurlHandle()
            let exchange = Exchange(url: url, body: body, headers: headers, deadline: .seconds(60))
            var bytes: [UInt8] = []
            let head = try handle.perform(exchange) { more, _ in bytes += more }
            return (head, bytes + head.explanation)
        }
    }
}

/// Runs what blocks on a thread of its own: the common ones are few, and the tests' themselves.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        thread.start()
    }
}
