import CacheNet
import FoundationEssentials
import Glibc
import Synchronization

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
    private let counts: Mutex<Counts>

    init(bundles: [String]) {
        self.bundles = bundles
        counts = Mutex(
            Counts(modelSeconds: Array(repeating: 0, count: bundles.count), selected: Array(repeating: [:], count: bundles.count)))
    }

    var current: Counts { counts.withLock { $0 } }

    /// - Parameter route: one of the edge's own: a name that a client made up would grow without bounds.
    func responded(_ route: String, status: Int, seconds: Double, received: Int, sent: Int) {
        counts.withLock { counts in
            counts.requests[route, default: [:]][status, default: 0] += 1
            counts.seconds[route, default: Histogram()].add(seconds)
            counts.received += UInt64(max(received, 0))
            counts.sent += UInt64(max(sent, 0))
        }
    }

    func answered(_ bundle: Int, _ answer: EdgeAnswer) {
        counts.withLock { counts in
            counts.modelSeconds[bundle] += answer.modelMilliseconds / 1000
            counts.selected[bundle][answer.selection.submodel, default: 0] += 1
        }
    }

    func refused(_ reason: Refusal) { counts.withLock { $0.refused[reason, default: 0] += 1 } }
    func connected() { counts.withLock { $0.connections += 1 } }
    func disconnected() { counts.withLock { $0.connections -= 1 } }
}

/// Counts of durations up to fixed bounds, as Prometheus has them.
struct Histogram {
    /// Seconds.
    static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Of each bound, and above all.
    private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    private(set) var sum = 0.0

    mutating func add(_ seconds: Double) {
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }
}

/// The Prometheus text format (0.0.4), which is small enough to write by hand.
struct MetricsText {
    private(set) var text = ""

    /// All that is known now.
    init(_ server: EdgeResponder) {
        let metrics = server.metrics
        let counts = metrics.current
        let load = server.queue.load
        family(
            "requests_total", "counter", "Requests, by route and status.",
            counts.requests.sorted { $0.key < $1.key }.flatMap { route, statuses in
                statuses.sorted { $0.key < $1.key }.map { ([("route", route), ("status", "\($0)")], "\($1)") }
            })
        family("request_seconds", "histogram", "From the head of a request to its response.")
        for (route, histogram) in counts.seconds.sorted(by: { $0.key < $1.key }) { add(histogram, "request_seconds", route) }
        family(
            "refused_total", "counter", "Pictures that got no answer, by reason.",
            Refusal.allCases.map { ([("reason", $0.rawValue)], "\(counts.refused[$0] ?? 0)") })
        family("queue_depth", "gauge", "Pictures that wait for a worker.", [([], "\(load.waiting)")])
        family("queue_capacity", "gauge", "As many may wait.", [([], "\(server.configuration.queue)")])
        family("workers_busy", "gauge", "Workers with a picture.", [([], "\(load.busy)")])
        family("workers", "gauge", "Workers.", [([], "\(server.configuration.workers)")])
        family("connections", "gauge", "Open connections.", [([], "\(counts.connections)")])
        family("received_bytes_total", "counter", "Bodies of requests.", [([], "\(counts.received)")])
        family("sent_bytes_total", "counter", "Bodies of responses.", [([], "\(counts.sent)")])
        family(
            "model_seconds_total", "counter", "Time in the models, by bundle.",
            zip(metrics.bundles, counts.modelSeconds).map { ([("bundle", $0)], "\($1)") })
        family(
            "selected_total", "counter", "What the selector chose, by bundle and submodel.",
            zip(metrics.bundles, counts.selected).flatMap { bundle, selected in
                selected.sorted { $0.key < $1.key }.map { ([("bundle", bundle), ("submodel", "\($0)")], "\($1)") }
            })
        if let entries = server.entries?.shared.counts {
            family("entries", "gauge", "Answers of devices' models that are kept.", [([], "\(entries.entries)")])
            family("entry_bytes", "gauge", "Memory that they take, about.", [([], "\(entries.bytes)")])
            family("entry_models", "gauge", "Models that they are of.", [([], "\(entries.models)")])
            family("entries_evicted_total", "counter", "Answers that made room for others.", [([], "\(entries.evicted)")])
            family("entry_lookups_total", "counter", "Crops that devices asked about.", [([], "\(entries.lookups)")])
            family("entry_lookups_found_total", "counter", "Crops that there was an answer near to.", [([], "\(entries.found)")])
        }
        if let resident = residentMemory() { family("resident_bytes", "gauge", "Memory of the process.", [([], "\(resident)")]) }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ samples: [([(String, String)], String)] = []) {
        text += "# HELP deepvid_edge_\(name) \(help)\n# TYPE deepvid_edge_\(name) \(type)\n"
        for (labels, value) in samples { sample(name, labels, value) }
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        text += "deepvid_edge_\(name)\(list.isEmpty ? "" : "{\(list)}") \(value)\n"
    }

    private mutating func add(_ histogram: Histogram, _ name: String, _ route: String) {
        var total: UInt64 = 0
        for (bound, count) in zip(Histogram.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
            total += count
            sample("\(name)_bucket", [("route", route), ("le", bound)], "\(total)")
        }
        sample("\(name)_sum", [("route", route)], "\(histogram.sum)")
        sample("\(name)_count", [("route", route)], "\(total)")
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

/// Bytes of memory that the process has; nil where /proc does not say.
func residentMemory() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
}
