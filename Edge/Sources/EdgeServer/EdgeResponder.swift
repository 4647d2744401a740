import CacheNet
import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import SwiftProtobuf

/// Every request comes through here: who asks, what for, and what became of it.
struct EdgeResponder: HTTPResponder {
    let server: ServerState

    func respond(to request: Request, context: EdgeContext) async throws -> Response {
        let start = ContinuousClock.now
        let route = Self.route(request.uri.path)
        let (response, received) = await answer(request, context, route)
        let elapsed = start.duration(to: .now) / .seconds(1)
        let sent = response.body.contentLength ?? 0
        server.metrics.responded(route, status: response.status.code, seconds: elapsed, received: received, sent: sent)
        log(request, context, response, route, elapsed, received, sent)
        return response
    }

    /// The route as metrics name it.
    private static func route(_ path: String) -> String {
        switch path {
        case EdgeRoutes.infer, EdgeRoutes.bundle, EdgeRoutes.health, EdgeRoutes.metrics: path
        case let path where path.hasPrefix("\(EdgeRoutes.submodels)/"): EdgeRoutes.submodels
        case let path where path.hasPrefix("\(EdgeRoutes.files)/"): EdgeRoutes.files
        default: "other"
        }
    }

    private func answer(_ request: Request, _ context: EdgeContext, _ route: String) async -> (Response, received: Int) {
        let allowed = route == EdgeRoutes.infer ? "POST" : "GET"
        guard route != "other" else { return (Response.sentence(.notFound, "there is nothing here").closing(), 0) }
        guard request.method.rawValue == allowed else { return (Response.wrongMethod(allowed).closing(), 0) }
        if route == EdgeRoutes.health {
            return (server.isDraining ? .busy("shutting down") : .sentence(.ok, "ok"), 0)
        }
        if let tokens = server.configuration.tokens, !tokens.accepts(request.headers[.authorization]) {
            var response = Response.sentence(.unauthorized, "a token is needed: Authorization: Bearer TOKEN").closing()
            response.headers[.wwwAuthenticate] = "Bearer realm=\"deepvid-edge\""
            return (response, 0)
        }
        switch route {
        case EdgeRoutes.infer: return await infer(request, context)
        case EdgeRoutes.bundle: return (bundle(request), 0)
        case EdgeRoutes.metrics: return (metrics(), 0)
        default: return (file(request, route), 0)
        }
    }

    private func bundle(_ request: Request) -> Response {
        var chosen = server.bundles
        if let name = request.uri.queryParameters["name"] {
            switch server.bundle(String(name)) {
            case .success(let index): chosen = [server.bundles[index]]
            case .failure(let missing): return missing.response
            }
        }
        return .message(
            WireBundleResponse.with {
                $0.bundles = chosen.map { bundle in
                    .with { ($0.name, $0.manifest) = (bundle.manifest.name, Data(bundle.manifest.json().utf8)) }
                }
            })
    }

    private func file(_ request: Request, _ route: String) -> Response {
        let last = String(request.uri.path.dropFirst(route.count + 1))
        switch server.bundle(String(request.uri.queryParameters["bundle"] ?? "")) {
        case .failure(let missing): return missing.response
        case .success(let index):
            let name = route == EdgeRoutes.files ? last : Int(last).map { BundleFile.submodel($0) } ?? ""
            guard let file = server.bundles[index].file(name) else { return .sentence(.notFound, "the bundle has no such file") }
            return file.response(to: request.headers)
        }
    }

    private func metrics() -> Response {
        let text = MetricsText(
            server.metrics, queue: server.queue, capacity: server.configuration.queue, workers: server.configuration.workers,
            residentBytes: residentMemory()
        ).text
        var response = Response.sentence(.ok, "")
        response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        response.body = ResponseBody(byteBuffer: ByteBuffer(string: text))
        return response
    }

    /// Requests for pictures are too frequent for the log at its usual level.
    private func log(
        _ request: Request, _ context: EdgeContext, _ response: Response, _ route: String, _ elapsed: Double, _ received: Int, _ sent: Int
    ) {
        let isExpected = response.status.code < 400 || response.status == .serviceUnavailable
        let isFrequent = route == EdgeRoutes.infer || route == EdgeRoutes.health || route == EdgeRoutes.metrics
        let level: Logger.Level = !isExpected ? .notice : isFrequent ? .debug : .info
        guard level >= server.logger.logLevel else { return }
        server.logger.log(
            level: level, "request",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(response.status.code)",
                "ms": "\((elapsed * 1e6).rounded() / 1000)", "received": "\(received)", "sent": "\(sent)",
                "from": "\(context.channel.remoteAddress?.description ?? "")",
            ])
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
    static func sentence(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }

    static func message(_ message: some Message) -> Response {
        // Plain values that were checked: nothing in them can fail to be written.
        let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
        return Response(
            status: .ok, headers: [.contentType: EdgeRoutes.contentType], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// 503: the device does better to come back than to wait.
    static func busy(_ text: String, retryAfter seconds: Int = 1) -> Response {
        var response = sentence(.serviceUnavailable, text)
        response.headers[.retryAfter] = "\(seconds)"
        return response
    }

    static func wrongMethod(_ allowed: String) -> Response {
        var response = sentence(.methodNotAllowed, "use \(allowed) here")
        response.headers[.allow] = allowed
        return response
    }

    /// The rest of the request is not read.
    func closing() -> Response {
        var response = self
        response.headers[.connection] = "close"
        return response
    }
}
