import CacheNet
import NIOConcurrencyHelpers

/// What the edge has done since it started.
final class Metrics: Sendable {
    struct Counts {
        /// By route, then status.
        var requests: [String: [Int: UInt64]] = [:]
        var seconds: [String: Histogram] = [:]
        var received: UInt64 = 0
        var sent: UInt64 = 0
        var connections = 0
        var refused: [Refusal: UInt64] = [:]
        /// By bundle.
        var modelSeconds: [Double]
        /// By bundle, then submodel from 1.
        var selected: [[Int: UInt64]]
    }

    let bundles: [String]
    private let counts: NIOLockedValueBox<Counts>

    init(bundles: [String]) {
        self.bundles = bundles
        counts = NIOLockedValueBox(
            Counts(modelSeconds: Array(repeating: 0, count: bundles.count), selected: Array(repeating: [:], count: bundles.count)))
    }

    var current: Counts { counts.withLockedValue { $0 } }

    /// - Parameter route: one of the edge's own: a name that a client made up would grow without bounds.
    func responded(_ route: String, status: Int, seconds: Double, received: Int, sent: Int) {
        counts.withLockedValue { counts in
            counts.requests[route, default: [:]][status, default: 0] += 1
            counts.seconds[route, default: Histogram()].add(seconds)
            counts.received += UInt64(max(received, 0))
            counts.sent += UInt64(max(sent, 0))
        }
    }

    func answered(_ bundle: Int, _ answer: EdgeAnswer) {
        counts.withLockedValue { counts in
            counts.modelSeconds[bundle] += answer.modelMilliseconds / 1000
            counts.selected[bundle][answer.selection.submodel, default: 0] += 1
        }
    }

    func refused(_ reason: Refusal) { counts.withLockedValue { $0.refused[reason, default: 0] += 1 } }
    func connected() { counts.withLockedValue { $0.connections += 1 } }
    func disconnected() { counts.withLockedValue { $0.connections -= 1 } }
}
