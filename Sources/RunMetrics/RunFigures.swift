import DeepVid
import Models

/// What runs came to so far, by camera.
struct RunFigures {
    private let subject: MetricsSubject
    /// By the label `camera`; nil where there is none.
    private var cameras: [String?: CameraFigures]
    /// The highest track of each input that is open: tracks are numbered as they come.
    private var tracks: [String: Int] = [:]
    /// Corrupt packets of each input that is open: all that are counted, and those of its present connection.
    private var corrupt: [String: (counted: Int, connection: Int)] = [:]
    /// Inputs whose events are given, which tell of all that their frames tell as well.
    private var told: Set<String> = []

    init(_ subject: MetricsSubject) {
        self.subject = subject
        cameras = Dictionary(uniqueKeysWithValues: subject.labels.map { ($0, CameraFigures(subject)) })
    }

    mutating func add(_ output: RunOutput, of source: String, camera: String?) {
        var figures = cameras.removeValue(forKey: camera) ?? CameraFigures(subject)
        defer { cameras[camera] = figures }
        func connect(_ isConnected: Bool) { if figures.isConnected != nil { figures.isConnected = isConnected } }
        switch output {
        case .begin(let info, _):
            connect(info != nil)
            tracks[source] = 0
        case .frame(let result):
            figures.add(result)
            figures.corruptPackets += newlyCorrupt(result.frame.corruptPackets, of: source)
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
            connect(false)
            figures.outages += 1
            corrupt[source]?.connection = 0
        case .back: connect(true)
        case .end(let summary):
            connect(false)
            // Also of what came after the last frame.
            if let all = summary.reading?.corruptPackets { figures.corruptPackets += max(0, all - (corrupt[source]?.counted ?? 0)) }
            if case .clips = subject.kind { figures.clips[summary.reason.rawValue, default: 0] += 1 }
            (tracks[source], corrupt[source]) = (nil, nil)
            told.remove(source)
        }
    }

    /// - Parameter count: since the input was connected.
    private mutating func newlyCorrupt(_ count: Int, of source: String) -> Int {
        let known = corrupt[source] ?? (0, 0), new = max(0, count - known.connection)
        corrupt[source] = (known.counted + new, count)
        return new
    }

    /// Forgets what holds for the time between two writes only.
    mutating func beginInterval() { for camera in cameras.keys { cameras[camera]!.beginInterval() } }

    /// In Prometheus' text format. All figures of a camera have its label, so that the files of several have no series in common.
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
        add("info", .gauge, "The version that runs.") { _ in [.init(1, [("version", deepvidVersion)])] }
        add("frames_total", .counter, "Frames that the model answered.") { [.init($0.frames)] }
        add("dropped_frames_total", .counter, "Frames dropped because the model was behind.") { [.init($0.dropped)] }
        add("corrupt_packets_total", .counter, "Packets that were skipped because they could not be decoded.") {
            [.init($0.corruptPackets)]
        }
        add("outages_total", .counter, "How often the input broke off.") { [.init($0.outages)] }
        add("connected", .gauge, "1 while the input is open.") { [$0.isConnected].compactMap { $0.map { .init($0 ? 1 : 0) } } }
        add("last_frame_timestamp_seconds", .gauge, "When the model answered last, in seconds since 1970; 0 before the first frame.") {
            [.init($0.lastFrame)]
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
        // Of the process, which of several inputs without a common name belongs to none.
        if all.count == 1 {
            add("cpu_seconds_total", .counter, "Processor time that the process has used.") { _ in [.init(ProcessUse.cpuSeconds)] }
            add("resident_memory_bytes", .gauge, "Memory that the process holds.") { _ in
                [ProcessUse.residentBytes].compactMap { $0.map { .init($0) } }
            }
        }
        return text.text
    }
}
