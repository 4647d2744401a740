import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A running edge: its socket, its connections and its workers.
public final class EdgeHost: Sendable {
    private let server: EdgeResponder
    private let group: ServiceGroup

    /// Starts the workers; nothing is listened on yet.
    ///
    /// - Parameter onListening: called with the port once requests are taken.
    public init(_ configuration: EdgeConfiguration, onListening: @escaping @Sendable (Int) -> Void) throws(EdgeServerError) {
        let server = EdgeResponder(configuration)
        self.server = server
        let timeout = TimeAmount(configuration.timeout)
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(timeout: timeout, server.metrics)], idleTimeout: timeout,
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 8192, maxHeaderListSize: 16384, maxHeaderFieldCount: 64)))
        let builder: HTTPServerBuilder
        do {
            builder = try configuration.tls.map { try .tls(http, tlsConfiguration: $0) } ?? http
        } catch { throw EdgeServerError("TLS cannot be set up: \(error)") }
        // Hummingbird's own messages are for its developers.
        var quiet = configuration.logger
        quiet.logLevel = max(.error, configuration.logger.logLevel)
        let application = Application(
            responder: server, server: builder,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.listen.host, port: configuration.listen.port), serverName: "deepvid-edge", backlog: 512,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connections, logger: quiet)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: quiet)
        group = ServiceGroup(configuration: .init(services: [application], logger: quiet))
        for number in 1...configuration.workers {
            try server.queue.startWorker(number, { server.bundles.map { $0.makeEngine() } }, server.metrics)
        }
    }

    /// Serves until `drain` has let all requests end.
    public func run() async throws(EdgeServerError) {
        defer { server.queue.close() }
        do {
            let executor = LoopExecutor(MultiThreadedEventLoopGroup.singleton.next())
            try await withTaskExecutorPreference(executor) { try await group.run() }
        } catch {
            let listen = server.configuration.listen
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw EdgeServerError("cannot listen on \(listen.authority(port: listen.port)): \(reason); give another --listen")
        }
    }

    /// Takes no new connections and no new pictures; what runs is finished.
    public func drain() async {
        server.drain()
        await group.triggerGracefulShutdown()
    }

    /// Pictures that are not answered yet.
    public var unfinished: Int {
        let load = server.queue.load
        return load.waiting + load.busy
    }
}

/// Runs the server's tasks on an event loop of its own: whatever else holds up the process's common threads, devices get answers.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
