import CacheNet
import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import SwiftProtobuf
import Synchronization

/// What all requests share. Every request comes through here: who asks, what for, and what became of it.
final class EdgeResponder: HTTPResponder {
    let configuration: EdgeConfiguration
    let queue: WorkQueue
    let metrics: Metrics
    /// Nil: this edge keeps no answers of devices.
    let entries: EntryKeeper?
    private let draining = Atomic(false)

    init(_ configuration: EdgeConfiguration) {
        self.configuration = configuration
        queue = WorkQueue(capacity: configuration.queue)
        metrics = Metrics(bundles: configuration.bundles.map(\.manifest.name))
        entries = configuration.entryBytes.map { EntryKeeper(limit: $0) }
    }

    var bundles: [ServedBundle] { configuration.bundles }
    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func drain() { draining.store(true, ordering: .relaxed) }

    /// Bytes that the body of a request may have.
    var bodyLimit: Int { (bundles.map(\.inputBytes).max() ?? 0) * 101 / 100 + EdgeRoutes.messageOverhead }

    /// The index of the bundle with this name; without a name, of the only one.
    func bundle(_ name: String) throws(Unanswerable) -> Int {
        if name.isEmpty, bundles.count == 1 { return 0 }
        guard !bundles.isEmpty else { throw Unanswerable(response: .sentence(.notFound, "this edge has no bundle")) }
        let names = bundles.map(\.manifest.name).joined(separator: ", ")
        if name.isEmpty { throw Unanswerable(response: .sentence(.badRequest, "this edge has several bundles: name one of \(names)")) }
        guard let index = bundles.firstIndex(where: { $0.manifest.name == name }) else {
            throw Unanswerable(response: .sentence(.notFound, "no such bundle; this edge has \(names)"))
        }
        return index
    }

    /// What is said instead of an answer.
    struct Unanswerable: Error { let response: Response }

    /// The message in the body of a request.
    ///
    /// - Parameters:
    ///   - limit: bytes that the body may have.
    ///   - received: those that came.
    func receive<M: Message>(_ request: Request, limit: Int, _ received: inout Int) async throws(Unanswerable) -> M {
        let tooLarge = Unanswerable(response: Response.sentence(.contentTooLarge, "a request may have \(limit) bytes").closing())
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: limit) } catch is NIOTooManyBytesError {
            received = limit
            throw tooLarge
        } catch { throw Unanswerable(response: Response.sentence(.badRequest, "the request broke off").closing()) }
        received = body.readableBytes
        do { return try body.withUnsafeReadableBytes { try M(serializedBytes: Array($0)) } } catch {
            let name = M.protoMessageName.split(separator: ".").last ?? ""
            throw Unanswerable(response: .sentence(.badRequest, "the body is no \(name) (edge.proto)"))
        }
    }

    func respond(to request: Request, context: EdgeContext) async -> Response {
        let start = ContinuousClock.now
        let route = Self.route(request.uri.path)
        var received = 0
        let response: Response
        do throws(Unanswerable) { response = try await answer(request, context, route, &received) } catch { response = error.response }
        let elapsed = start.duration(to: .now) / .seconds(1)
        let sent = response.body.contentLength ?? 0
        metrics.responded(route, status: response.status.code, seconds: elapsed, received: received, sent: sent)
        // Requests for pictures are too frequent for the log at its usual level.
        let isExpected = response.status.code < 400 || response.status == .serviceUnavailable
        let isFrequent = [EdgeRoutes.infer, EdgeRoutes.entries, EdgeRoutes.lookup, EdgeRoutes.health, EdgeRoutes.metrics].contains(route)
        configuration.logger.log(
            level: !isExpected ? .notice : isFrequent ? .debug : .info, "request",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(response.status.code)",
                "ms": "\((elapsed * 1e6).rounded() / 1000)", "received": "\(received)", "sent": "\(sent)",
                "from": "\(context.channel.remoteAddress?.description ?? "")",
            ])
        return response
    }

    /// The route as metrics name it.
    private static func route(_ path: String) -> String {
        switch path {
        case EdgeRoutes.infer, EdgeRoutes.bundle, EdgeRoutes.entries, EdgeRoutes.lookup, EdgeRoutes.health, EdgeRoutes.metrics: path
        case let path where path.hasPrefix("\(EdgeRoutes.submodels)/"): EdgeRoutes.submodels
        case let path where path.hasPrefix("\(EdgeRoutes.files)/"): EdgeRoutes.files
        default: "other"
        }
    }

    /// - Parameter received: counts the bytes of the body.
    private func answer(
        _ request: Request, _ context: EdgeContext, _ route: String, _ received: inout Int
    ) async throws(Unanswerable) -> Response {
        let allowed = [EdgeRoutes.infer, EdgeRoutes.entries, EdgeRoutes.lookup].contains(route) ? "POST" : "GET"
        guard route != "other" else { return Response.sentence(.notFound, "there is nothing here").closing() }
        guard request.method.rawValue == allowed else {
            return Response.sentence(.methodNotAllowed, "use \(allowed) here", [.allow: allowed]).closing()
        }
        if route == EdgeRoutes.health { return isDraining ? .busy("shutting down") : .sentence(.ok, "ok") }
        if let tokens = configuration.tokens, !tokens.accepts(request.headers[.authorization]) {
            let challenge: HTTPFields = [.wwwAuthenticate: "Bearer realm=\"deepvid-edge\""]
            return Response.sentence(.unauthorized, "a token is needed: Authorization: Bearer TOKEN", challenge).closing()
        }
        switch route {
        case EdgeRoutes.infer: return try await infer(request, context, &received)
        case EdgeRoutes.bundle: return try bundle(request)
        case EdgeRoutes.entries: return try await insert(request, &received)
        case EdgeRoutes.lookup: return try await lookup(request, &received)
        case EdgeRoutes.metrics:
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: MetricsText(self).text)))
        default: return try file(request, route)
        }
    }

    private func bundle(_ request: Request) throws(Unanswerable) -> Response {
        var chosen = bundles
        if let name = request.uri.queryParameters["name"] { chosen = [bundles[try bundle(String(name))]] }
        return .message(
            WireBundleResponse.with {
                $0.bundles = chosen.map { bundle in
                    .with { ($0.name, $0.manifest) = (bundle.manifest.name, Data(bundle.manifest.json().utf8)) }
                }
            })
    }

    private func file(_ request: Request, _ route: String) throws(Unanswerable) -> Response {
        let last = String(request.uri.path.dropFirst(route.count + 1))
        let index = try bundle(String(request.uri.queryParameters["bundle"] ?? ""))
        let name = route == EdgeRoutes.files ? last : Int(last).map { BundleFile.submodel($0) } ?? ""
        return bundles[index].files.first { $0.file.name == name }?.response(to: request.headers)
            ?? .sentence(.notFound, "the bundle has no such file")
    }
}

/// Where a request comes from.
struct EdgeContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// The connection stands for the device: it has one, and keeps it.
    var client: ObjectIdentifier { ObjectIdentifier(channel) }
}

extension Response {
    /// One sentence for people.
    static func sentence(_ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]) -> Response {
        var response = Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
        response.headers[.contentType] = "text/plain; charset=utf-8"
        return response
    }

    static func message(_ message: some Message) -> Response {
        // Plain values that were checked: nothing in them can fail to be written.
        let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
        return Response(
            status: .ok, headers: [.contentType: EdgeRoutes.contentType], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// 503: the device does better to come back than to wait.
    static func busy(_ text: String) -> Response { sentence(.serviceUnavailable, text, [.retryAfter: "1"]) }

    /// The rest of the request is not read.
    func closing() -> Response {
        var response = self
        response.headers[.connection] = "close"
        return response
    }
}
