import CacheNet
import EdgeProtocol
import FoundationEssentials
import Hummingbird
import Logging

/// Every request comes through here: who asks, what for, and what became of it.
struct EdgeResponder: HTTPResponder {
    let site: Site

    func respond(to request: Request, context: EdgeContext) async throws -> Response {
        let start = ContinuousClock.now
        let route = Self.route(request.uri.path)
        let (response, received) = await answer(request, context, route)
        let elapsed = start.duration(to: .now) / .seconds(1)
        let sent = response.body.contentLength ?? 0
        site.metrics.responded(route, status: response.status.code, seconds: elapsed, received: received, sent: sent)
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
            return (site.isDraining ? .busy("shutting down") : .sentence(.ok, "ok"), 0)
        }
        if let tokens = site.tokens, !tokens.accepts(request.headers[.authorization]) {
            var response = Response.sentence(.unauthorized, "a token is needed: Authorization: Bearer TOKEN").closing()
            response.headers[.wwwAuthenticate] = "Bearer realm=\"deepvid-edge\""
            return (response, 0)
        }
        switch route {
        case EdgeRoutes.infer: return await InferRoute(site: site).respond(request, context)
        case EdgeRoutes.bundle: return (bundle(request), 0)
        case EdgeRoutes.metrics: return (metrics(), 0)
        default: return (file(request, route), 0)
        }
    }

    private func bundle(_ request: Request) -> Response {
        var chosen = site.bundles
        if let name = request.uri.queryParameters["name"] {
            switch site.bundle(String(name)) {
            case .success(let index): chosen = [site.bundles[index]]
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
        switch site.bundle(String(request.uri.queryParameters["bundle"] ?? "")) {
        case .failure(let missing): return missing.response
        case .success(let index):
            let name = route == EdgeRoutes.files ? last : Int(last).map { BundleFile.submodel($0) } ?? ""
            guard let file = site.bundles[index].file(name) else { return .sentence(.notFound, "the bundle has no such file") }
            return FileRoute.respond(file, request.headers)
        }
    }

    private func metrics() -> Response {
        let text = MetricsText(
            site.metrics, queue: site.queue, capacity: site.queueCapacity, workers: site.workers, residentBytes: residentMemory()
        ).text
        var response = Response.sentence(.ok, "")
        response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        response.body = ResponseBody(byteBuffer: ByteBuffer(string: text))
        return response
    }

    /// Pictures are too many to tell of each.
    private func log(
        _ request: Request, _ context: EdgeContext, _ response: Response, _ route: String, _ elapsed: Double, _ received: Int, _ sent: Int
    ) {
        let isUsual = response.status.code < 400 || response.status == .serviceUnavailable
        let isOften = route == EdgeRoutes.infer || route == EdgeRoutes.health || route == EdgeRoutes.metrics
        let level: Logger.Level = !isUsual ? .notice : isOften ? .debug : .info
        guard level >= site.logger.logLevel else { return }
        site.logger.log(
            level: level, "request",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(response.status.code)",
                "ms": "\((elapsed * 1e6).rounded() / 1000)", "received": "\(received)", "sent": "\(sent)",
                "from": "\(context.channel.remoteAddress?.description ?? "")",
            ])
    }
}
