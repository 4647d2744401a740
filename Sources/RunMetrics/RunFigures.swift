import DeepVid
import Glibc
import Models
import Video

/// What runs came to so far, by camera.
struct RunFigures {
    /// By the label `camera`; nil where there is none.
    private var cameras: [String?: CameraFigures] = [:]
    /// The highest track of each input that is open: tracks are numbered as they come.
    private var tracks: [String: Int] = [:]
    /// Inputs whose events are given, which tell of all that their frames tell as well.
    private var told: Set<String> = []

    mutating func add(_ output: RunOutput, of source: String, camera: String?) {
        var figures = cameras.removeValue(forKey: camera) ?? CameraFigures()
        defer { cameras[camera] = figures }
        switch output {
        case .begin(let info, _):
            figures.isConnected = info != nil
            tracks[source] = 0
        case .frame(let result):
            figures.add(result)
            guard !told.contains(source), case .detections(let objects) = result.answer else { break }
            for event in result.zoneEvents ?? [] { figures.add(event) }
            let highest = tracks[source] ?? 0
            for object in objects where (object.trackID ?? 0) > highest && !object.isStatic {
                figures.objects[object.label, default: 0] += 1
                tracks[source] = max(tracks[source] ?? 0, object.trackID!)
            }
        case .object(let event, _):
            told.insert(source)
            if event.kind == .start { figures.objects[event.label, default: 0] += 1 }
            for event in event.zoneEvents ?? [] { figures.add(event) }
        case .lost:
            figures.isConnected = false
            figures.outages += 1
        case .back: figures.isConnected = true
        case .end:
            figures.isConnected = false
            tracks[source] = nil
            told.remove(source)
        }
    }

    mutating func addClip(_ reason: RunSummary.Reason, camera: String?) {
        cameras[camera, default: CameraFigures()].clips[reason.rawValue, default: 0] += 1
    }

    /// Forgets what holds for the time between two writes only.
    mutating func beginInterval() { for camera in cameras.keys { cameras[camera]!.beginInterval() } }

    /// In Prometheus' text format.
    var text: String {
        let all = cameras.sorted { ($0.key ?? "") < ($1.key ?? "") }
        var text = MetricsText()
        func add(_ name: String, _ kind: MetricsText.Kind, _ help: String, _ values: (CameraFigures) -> [MetricsText.Value]) {
            let labelled = all.flatMap { camera, figures in
                values(figures).map { value in
                    var value = value
                    if let camera { value.labels.insert(("camera", camera), at: 0) }
                    return value
                }
            }
            text.add("deepvid_\(name)", kind, help, labelled)
        }
        text.add("deepvid_info", .gauge, "The version that runs.", [.init(1, [("version", deepvidVersion)])])
        add("frames_total", .counter, "Frames that the model answered.") { [.init($0.frames)] }
        add("dropped_frames_total", .counter, "Frames dropped because the model was behind.") { [.init($0.dropped)] }
        add("outages_total", .counter, "How often the input broke off.") { [.init($0.outages)] }
        add("connected", .gauge, "1 while the input is open.") { [.init($0.isConnected ? 1 : 0)] }
        add("last_frame_timestamp_seconds", .gauge, "When the model answered last, in seconds since 1970.") {
            [$0.lastFrame].compactMap { $0.map { .init($0) } }
        }
        add("latency_seconds", .summary, "From the receipt of a live frame to its answer; quantiles since the last write.") {
            $0.latencyValues
        }
        add("reused_share", .gauge, "Share of the computation that was reused, since the last write.") {
            [$0.reusedShare].compactMap { $0.map { .init($0) } }
        }
        add("agreement", .gauge, "Measured agreement of answers with those without reuse, since the beginning.") {
            [$0.agreement].compactMap { $0.map { .init($0) } }
        }
        add("objects_total", .counter, "Objects that were followed, by class.") { figures in
            figures.objects.sorted { $0.key < $1.key }.map { .init($0.value, [("class", $0.key)]) }
        }
        add("zone_events_total", .counter, "What happened at zones and lines, by event, place and class.") { figures in
            figures.events.sorted { $0.key.order < $1.key.order }.map { event, count in
                .init(count, [("event", event.kind), ("place", event.place), ("class", event.label)])
            }
        }
        add("clips_total", .counter, "Clips of a batch that ended, by reason.") { figures in
            figures.clips.sorted { $0.key < $1.key }.map { .init($0.value, [("reason", $0.key)]) }
        }
        return text.text
    }
}

/// The figures of one camera.
struct CameraFigures {
    private(set) var frames = 0
    private(set) var dropped = 0
    var outages = 0
    var isConnected = false
    private(set) var lastFrame: Double?
    private(set) var agreement: Double?
    /// In milliseconds, since the beginning, and all of them since the last write.
    private(set) var latencies = (count: 0, sum: 0.0)
    private var recentLatencies: [Double] = []
    private var recentReuse = (frames: 0, shares: 0.0)
    var objects: [String: Int] = [:]
    private(set) var events: [Event: Int] = [:]
    var clips: [String: Int] = [:]

    struct Event: Hashable {
        let kind, place, label: String
        var order: (String, String, String) { (kind, place, label) }
    }

    mutating func add(_ result: FrameResult) {
        frames += 1
        lastFrame = Arrival.now.wall
        if let latency = result.latencyMilliseconds {
            dropped += result.frame.dropped
            latencies = (latencies.count + 1, latencies.sum + latency)
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

    /// Quantiles, sum and number; nothing without live frames.
    var latencyValues: [MetricsText.Value] {
        guard latencies.count > 0 else { return [] }
        let sorted = recentLatencies.sorted()
        let quantiles = sorted.isEmpty ? [] : [0.5, 0.99]
        return quantiles.map { quantile in
            .init(sorted[min(sorted.count - 1, Int(quantile * Double(sorted.count)))] / 1000, [("quantile", "\(quantile)")])
        } + [.init(latencies.sum / 1000, suffix: "_sum"), .init(Double(latencies.count), suffix: "_count")]
    }
}
