import DeepVid
import Video

/// The figures of one camera.
struct CameraFigures {
    private(set) var frames = 0
    private(set) var dropped = 0
    var corruptPackets = 0
    var outages = 0
    /// Nil where nothing is connected: clips come one by one.
    var isConnected: Bool?
    /// Seconds since 1970; 0 before the first frame.
    private(set) var lastFrame = 0.0
    private(set) var agreement: Double?
    /// In milliseconds, since the beginning, and all of them since the last write; nil of what is not live.
    private(set) var latencies: (count: Int, sum: Double)?
    private var recentLatencies: [Double] = []
    private var recentReuse = (frames: 0, shares: 0.0)
    var objects: [String: Int] = [:]
    private(set) var events: [Event: Int] = [:]
    var clips: [String: Int] = [:]

    struct Event: Hashable {
        let kind, place, label: String
        var order: (String, String, String) { (kind, place, label) }
    }

    /// Zeros.
    init(_ subject: MetricsSubject) {
        switch subject.kind {
        case .inputs(_, let areLive):
            isConnected = false
            if areLive { latencies = (0, 0) }
        case .clips: for reason in RunSummary.Reason.allCases { clips[reason.rawValue] = 0 }
        }
        for label in subject.classes { objects[label] = 0 }
        for event in subject.events { events[event] = 0 }
    }

    mutating func add(_ result: FrameResult) {
        frames += 1
        lastFrame = Arrival.now.wall
        if let latency = result.latencyMilliseconds {
            dropped += result.frame.dropped
            latencies = ((latencies?.count ?? 0) + 1, (latencies?.sum ?? 0) + latency)
            recentLatencies.append(latency)
        }
        if let reuse = result.reuse {
            recentReuse = (recentReuse.frames + 1, recentReuse.shares + reuse.share)
            agreement = reuse.agreement ?? agreement
        }
    }

    mutating func add(_ event: ZoneEvent) {
        events[Event(kind: event.kind.rawValue, place: event.zone ?? event.line ?? "", label: event.label), default: 0] += 1
    }

    mutating func beginInterval() { (recentLatencies, recentReuse) = ([], (0, 0)) }

    /// Mean of the frames since the last write; nil without any.
    var reusedShare: Double? { recentReuse.frames > 0 ? recentReuse.shares / Double(recentReuse.frames) : nil }

    /// Quantiles, sum and number; nothing of what is not live.
    var latencyValues: [MetricsText.Value] {
        guard let latencies else { return [] }
        let sorted = recentLatencies.sorted()
        let quantiles = sorted.isEmpty ? [] : [0.5, 0.99]
        return quantiles.map { quantile in
            .init(sorted[min(sorted.count - 1, Int(quantile * Double(sorted.count)))] / 1000, [("quantile", "\(quantile)")])
        } + [.init(latencies.sum / 1000, suffix: "_sum"), .init(Double(latencies.count), suffix: "_count")]
    }
}
