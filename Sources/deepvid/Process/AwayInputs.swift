import DeepVid
import Synchronization

/// Live inputs that have no pictures now, and since when: who looks at the screen has to see that they are still tried.
final class AwayInputs: Sendable {
    private struct Away {
        let since = ContinuousClock.now
        /// Minutes that were said last.
        var said = 0
    }

    private let inputs = Mutex<[String: Away]>([:])

    func note(_ source: String, _ output: RunOutput) {
        switch output {
        case .lost: inputs.withLock { $0[source] = Away() }
        case .back, .end: inputs.withLock { $0[source] = nil }
        default: break
        }
    }

    var areSome: Bool { inputs.withLock { !$0.isEmpty } }

    /// Those of which it is to be said now for how many minutes they have been away: in the first ten minutes each minute, then every ten.
    func due(at now: ContinuousClock.Instant = .now) -> [(source: String, minutes: Int)] {
        inputs.withLock { inputs in
            var due: [(source: String, minutes: Int)] = []
            for (source, away) in inputs.sorted(by: { $0.key < $1.key }) {
                let minutes = Int(away.since.duration(to: now) / .seconds(60)), step = minutes < 10 ? 1 : 10
                guard minutes / step * step > away.said else { continue }
                inputs[source]?.said = minutes / step * step
                due.append((source, minutes))
            }
            return due
        }
    }
}
