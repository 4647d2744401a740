import Results

/// What routing came to, for the `end` record.
struct RouteCounts: Codable, Sendable, Equatable {
    var frames = 0
    var hits = 0
    var misses = 0
    var switches = 0
    var fetched = 0
    var edgeAnswers = 0
    var edgeFailures = 0
    var deviceSeconds = 0.0
    var edgeSeconds = 0.0

    mutating func add(_ route: Route, milliseconds: Double) {
        frames += 1
        if route.hit { hits += 1 }
        if route.miss { misses += 1 }
        if route.servedBy == "edge" { edgeAnswers += 1 }
        let edge = route.edgeMs ?? 0
        edgeSeconds += edge / 1e3
        deviceSeconds += (milliseconds - edge) / 1e3
    }

    var record: EndRecord.Routes {
        var routes = EndRecord.Routes()
        (routes.hits, routes.hitRate, routes.misses) = (hits, frames > 0 ? Double(hits) / Double(frames) : 0, misses)
        (routes.switches, routes.fetched, routes.edgeAnswers, routes.edgeFailures) = (switches, fetched, edgeAnswers, edgeFailures)
        (routes.deviceS, routes.edgeS) = (deviceSeconds, edgeSeconds)
        return routes
    }
}
