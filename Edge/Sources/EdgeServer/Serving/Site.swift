import Hummingbird
import Logging
import NIOConcurrencyHelpers

/// What all requests share.
final class Site: Sendable {
    let bundles: [ServedBundle]
    let queue: WorkQueue
    let metrics: Metrics
    let tokens: TokenList?
    let logger: Logger
    let queueCapacity: Int
    let workers: Int
    private let draining = NIOLockedValueBox(false)

    init(_ configuration: EdgeConfiguration, queue: WorkQueue, metrics: Metrics) {
        bundles = configuration.bundles
        (self.queue, self.metrics, tokens, logger) = (queue, metrics, configuration.tokens, configuration.logger)
        (queueCapacity, workers) = (configuration.queue, configuration.workers)
    }

    var isDraining: Bool { draining.withLockedValue { $0 } }
    func drain() { draining.withLockedValue { $0 = true } }

    /// Bytes that the body of a request may have.
    var bodyLimit: Int { (bundles.map(\.inputBytes).max() ?? 0) * 101 / 100 }

    /// The index of the bundle with this name; without a name, of the only one.
    func bundle(_ name: String) -> Result<Int, Missing> {
        if name.isEmpty, bundles.count == 1 { return .success(0) }
        let names = bundles.map(\.manifest.name).joined(separator: ", ")
        if name.isEmpty {
            return .failure(Missing(response: .sentence(.badRequest, "this edge has several bundles: name one of \(names)")))
        }
        guard let index = bundles.firstIndex(where: { $0.manifest.name == name }) else {
            return .failure(Missing(response: .sentence(.notFound, "no such bundle; this edge has \(names)")))
        }
        return .success(index)
    }

    struct Missing: Error { let response: Response }
}
