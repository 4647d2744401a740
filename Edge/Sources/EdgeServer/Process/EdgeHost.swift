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
    private let configuration: EdgeConfiguration
    private let site: Site
    private let workers: Workers
    private let group: ServiceGroup

    /// Starts the workers; nothing is listened on yet.
    ///
    /// - Parameter onListening: called with the port once requests are taken.
    public init(_ configuration: EdgeConfiguration, onListening: @escaping @Sendable (Int) -> Void) throws(EdgeServerError) {
        let queue = WorkQueue(capacity: configuration.queue)
        let metrics = Metrics(bundles: configuration.bundles.map(\.manifest.name))
        site = Site(configuration, queue: queue, metrics: metrics)
        workers = Workers((0..<configuration.workers).map { _ in configuration.bundles.map { $0.makeEngine() } }, queue, metrics)
        self.configuration = configuration
        let patience = TimeAmount(configuration.patience)
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(patience: patience, metrics)], idleTimeout: patience,
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 8192, maxHeaderListSize: 16384, maxHeaderFieldCount: 64)))
        let server: HTTPServerBuilder
        do {
            server = try configuration.tls.map { try .tls(http, tlsConfiguration: $0) } ?? http
        } catch { throw EdgeServerError("TLS cannot be set up: \(error)") }
        // What Hummingbird has to say on its own is for its developers.
        var quiet = configuration.logger
        quiet.logLevel = max(.error, configuration.logger.logLevel)
        let application = Application(
            responder: EdgeResponder(site: site), server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.listen.host, port: configuration.listen.port), serverName: "deepvid-edge", backlog: 512,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connections, logger: quiet)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: quiet)
        group = ServiceGroup(configuration: .init(services: [application], logger: quiet))
    }

    /// Serves until `drain` has let all requests end.
    public func run() async throws(EdgeServerError) {
        defer { site.queue.close() }
        do {
            let executor = LoopExecutor(MultiThreadedEventLoopGroup.singleton.next())
            try await withTaskExecutorPreference(executor) { try await group.run() }
        } catch let error as IOError {
            let address = configuration.listen.authority(port: configuration.listen.port)
            throw EdgeServerError("cannot listen on \(address): \(String(cString: strerror(error.errnoCode))); give another --listen")
        } catch {
            let address = configuration.listen.authority(port: configuration.listen.port)
            throw EdgeServerError("cannot listen on \(address): \(error); give another --listen")
        }
    }

    /// Takes no new connections and no new pictures; what runs is finished.
    public func drain() async {
        site.drain()
        await group.triggerGracefulShutdown()
    }

    /// Pictures that are not answered yet.
    public var unfinished: Int {
        let load = site.queue.load
        return load.waiting + load.busy
    }
}
