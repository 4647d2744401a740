/// The Prometheus text format (0.0.4), which is small enough to write by hand.
struct MetricsText {
    private(set) var text = ""

    /// All that is known now.
    init(_ metrics: Metrics, queue: WorkQueue, capacity: Int, workers: Int, residentBytes: Int?) {
        let counts = metrics.current
        let load = queue.load
        family("requests_total", "counter", "Requests, by route and status.")
        for (route, statuses) in counts.requests.sorted(by: { $0.key < $1.key }) {
            for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
                sample("requests_total", [("route", route), ("status", "\(status)")], "\(count)")
            }
        }
        family("request_seconds", "histogram", "From the head of a request to its response.")
        for (route, histogram) in counts.seconds.sorted(by: { $0.key < $1.key }) { add(histogram, "request_seconds", route) }
        family("refused_total", "counter", "Pictures that got no answer, by reason.")
        for reason in Refusal.allCases {
            sample("refused_total", [("reason", reason.rawValue)], "\(counts.refused[reason] ?? 0)")
        }
        gauge("queue_depth", "Pictures that wait for a worker.", load.waiting)
        gauge("queue_capacity", "As many may wait.", capacity)
        gauge("workers_busy", "Workers with a picture.", load.busy)
        gauge("workers", "Workers.", workers)
        gauge("connections", "Open connections.", counts.connections)
        family("received_bytes_total", "counter", "Bodies of requests.")
        sample("received_bytes_total", [], "\(counts.received)")
        family("sent_bytes_total", "counter", "Bodies of responses.")
        sample("sent_bytes_total", [], "\(counts.sent)")
        family("model_seconds_total", "counter", "Time in the models, by bundle.")
        for (bundle, seconds) in zip(metrics.bundles, counts.modelSeconds) {
            sample("model_seconds_total", [("bundle", bundle)], "\(seconds)")
        }
        family("selected_total", "counter", "What the selector chose, by bundle and submodel.")
        for (bundle, selected) in zip(metrics.bundles, counts.selected) {
            for (submodel, count) in selected.sorted(by: { $0.key < $1.key }) {
                sample("selected_total", [("bundle", bundle), ("submodel", "\(submodel)")], "\(count)")
            }
        }
        if let residentBytes { gauge("resident_bytes", "Memory of the process.", residentBytes) }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP deepvid_edge_\(name) \(help)\n# TYPE deepvid_edge_\(name) \(type)\n"
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        family(name, "gauge", help)
        sample(name, [], "\(value)")
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
