import CacheNet
import DeepCache
import DeepVid
import Models
import Tracking
import Video
import Vision

/// Writes what a run gives as records.
public final class RunRecords {
    private let sink: any RecordSink
    private let model: DeepVid.Model
    private let options: RunOptions
    /// Whether frames and events name their input: of several.
    private let isTagged: Bool
    /// Sizes of the inputs, as their latest `begin` or `outage` has them, by name.
    private var sizes: [String: (width: Int, height: Int)] = [:]

    /// - Parameter isTagged: whether frames and events name their input.
    public init(_ sink: any RecordSink, model: DeepVid.Model, options: RunOptions, isTagged: Bool = false) {
        (self.sink, self.model, self.options, self.isTagged) = (sink, model, options, isTagged)
    }

    /// - Throws: when the record cannot be written.
    public func write(_ source: String, _ output: RunOutput) throws(OutputError) {
        let tag = isTagged ? source : nil
        switch output {
        case .begin(let info):
            sizes[source] = info.map { ($0.width, $0.height) }
            try sink.write(BeginRecord(source: source, model: model, info: info, options: options))
        case .frame(let result):
            var record = FrameRecord(result, source: tag)
            if let size = sizes[source], size != (result.frame.width, result.frame.height) {
                (record.width, record.height) = (result.frame.width, result.frame.height)
            }
            try sink.write(record)
        case .object(let event): try sink.write(EventRecord(event, source: tag))
        case .lost(let outage): try sink.write(OutageRecord(outage, .open, source: source))
        case .back(let outage, let info):
            sizes[source] = (info.width, info.height)
            try sink.write(OutageRecord(outage, .closed, source: source, info: info))
        case .end(let summary): try sink.write(EndRecord(summary, options.output))
        }
    }

    public func completeDue() throws(OutputError) { try sink.completeDue() }
    public func close() throws(OutputError) { try sink.close() }
}

// MARK: From values to records

extension BeginRecord {
    /// - Parameter info: nil if the input could not be opened.
    public init(source: String, model: DeepVid.Model, info: StreamInfo?, options run: RunOptions) {
        let profile = model.profile, video = run.video, policy = model.canReuse ? run.reuse.policy : .off
        self.init(
            deepvid: deepvidVersion, source: source,
            model: Model(
                name: profile.name, sha256: profile.sha256, head: profile.card.head.rawValue,
                input: Size(width: profile.width, height: profile.height)),
            video: info.map(Video.init), options: Options(threads: run.threads, cache: policy.rawValue))
        options.targetAgreement = policy == .adaptive ? run.reuse.targetAgreement : nil
        options.cacheParameters = policy == .off ? nil : CacheParameters(run.reuse)
        options.memory = run.memory.map { $0.file.split(separator: "/").last.map(String.init) ?? $0.file }
        options.routing = model.routing.map(Routing.init)
        (options.score, options.nmsIoU) = (profile.card.score, profile.card.nmsIoU)
        options.classes = run.model.classes
        options.topK = profile.card.head == .classification ? profile.filter.topK : nil
        (options.startS, options.durationS) = (video.start > 0 ? video.start : nil, video.duration)
        (options.every, options.fps) = (video.every > 1 ? video.every : nil, video.fps)
        (options.maxFrames, options.stream) = (video.maxFrames, video.stream)
        if run.output.isTracking { options.trackBufferS = run.output.trackBuffer }
        if run.output.lines != .frames { options.records = run.output.lines.rawValue }
        guard let zones = run.output.zones, let info else { return }
        let layout = zones.layout(width: info.width, height: info.height)
        options.zones = layout.zones.map { ZoneShape(name: $0.name, points: $0.points.map { [$0.x, $0.y] }) }
        options.lines = layout.lines.map { ZoneShape(name: $0.name, points: $0.points.map { [$0.x, $0.y] }) }
    }
}

extension BeginRecord.Video {
    public init(_ info: StreamInfo) {
        self.init(width: info.width, height: info.height, codec: info.codec)
        (fps, durationS, frames) = (info.averageFrameRate?.value, info.duration, info.frameCount)
        rotationDeg = info.rotation
    }
}

extension BeginRecord.Routing {
    init(_ options: RouteOptions) {
        let usesSubmodels = options.usesSubmodels
        self.init(
            mode: options.plan.rawValue, entropyThreshold: usesSubmodels ? options.threshold : nil,
            submodelCache: usesSubmodels ? options.submodelCache : nil)
    }
}

extension CacheParameters {
    init(_ options: ReuseOptions) {
        self.init()
        switch options.policy {
        case .off: break
        case .adaptive: block = options.block
        case .deepmon:
            (block, refresh) = (options.deepMon.block, options.deepMon.refresh)
            (histogramDistance, cachedLayers) = (options.deepMon.threshold, options.deepMon.cachedLayers)
        case .cbinfer: changeThreshold = options.cbinfer.threshold
        case .deepcache:
            (block, refresh) = (options.deepCache.block, options.deepCache.refresh)
            (psnrDB, searchSteps) = (options.deepCache.threshold, options.deepCache.steps)
            (searchStride, motionVectors) = (options.deepCache.skip, options.deepCache.hints.rawValue)
        }
    }
}

extension FrameRecord {
    /// - Parameter source: the input, where records name it.
    init(_ result: FrameResult, source: String?) {
        let frame = result.frame
        self.init(source: source, frame: frame.index, ptsS: frame.pts, timingMs: Timing(result.timing))
        if let latency = result.latencyMilliseconds {
            (latencyMs, dropped, time) = (latency, frame.dropped, frame.arrival.map { UTCTime.text($0.wall) })
        }
        switch result.answer {
        case .detections(let all): objects = all.map(DetectedObject.init)
        case .classes(let all): classes = all.map { ClassScore(label: $0.label, classID: $0.classID, score: Double($0.score)) }
        case .embedding(let vector): embedding = vector
        }
        events = result.zoneEvents.map { $0.map(ZoneEvent.init) }
        cache = result.reuse.map { Cache(policy: $0.policy.rawValue, reused: $0.share, reason: $0.reason?.rawValue) }
        route = result.route.map(Route.init)
        exit = result.exit.map { Exit(layer: $0.layer, macsFraction: $0.macsFraction, margin: $0.margin, evidence: $0.evidence) }
    }
}

extension DetectedObject {
    init(_ object: Detection) {
        self.init(
            label: object.label, classID: object.classID, score: Double(object.score), box: object.box.record, trackID: object.trackID)
        zones = object.zones
    }
}

extension Box {
    /// [x, y, width, height].
    fileprivate var record: [Double] { [x, y, width, height].map(Double.init) }
}

extension Timing {
    init(_ timing: FrameResult.Timing) {
        self.init(
            decode: timing.decode, preprocess: timing.preprocess, match: timing.match, infer: timing.infer,
            postprocess: timing.postprocess)
    }
}

extension Route {
    init(_ outcome: RouteOutcome) {
        self.init(hit: outcome.hit, servedBy: outcome.servedBy.rawValue)
        (submodel, entropy, miss, reason) = (outcome.submodel, outcome.entropy, outcome.miss, outcome.reason)
        (selected, angle, edgeMs) = (outcome.selection?.submodel, outcome.selection?.angle, outcome.edgeMilliseconds)
    }
}

extension ZoneEvent {
    init(_ event: DeepVid.ZoneEvent) {
        self.init(
            event.kind, zone: event.kind == .cross ? nil : event.place,
            line: event.kind == .cross ? event.place : nil, trackID: event.trackID, label: event.label, classID: event.classID,
            dwellS: event.dwellSeconds, direction: event.direction?.rawValue)
    }
}

extension EventRecord {
    init(_ event: ObjectEvent, source: String?) {
        self.init(
            event.kind, trackID: event.trackID, label: event.label, classID: event.classID, frame: event.frame,
            ptsS: event.pts, score: Double(event.score), box: event.box.record, bestFrame: event.bestFrame)
        (self.source, startS, endS, bestS) = (source, event.startSeconds, event.endSeconds, event.bestPts)
        (zones, enteredZones) = (event.zones, event.enteredZones)
        events = event.zoneEvents.map { $0.map(ZoneEvent.init) }
    }
}

extension OutageRecord {
    public init(_ outage: Outage, _ state: State, source: String, info: StreamInfo? = nil) {
        self.init(
            source: source, state: state, time: UTCTime.text(Arrival.now.wall), reason: outage.cause.code.rawValue,
            message: outage.cause.message)
        ptsS = outage.lastPts
        guard state == .closed else { return }
        (attempts, durationS, video) = (outage.attempts, outage.since.age / 1000, info.map(BeginRecord.Video.init))
    }
}

extension EndRecord {
    public init(_ summary: RunSummary, _ output: OutputOptions = OutputOptions()) {
        self.init(source: summary.source, reason: summary.reason)
        frames = summary.frames
        if let reading = summary.reading {
            (decoded, corruptPackets, dropped) = (reading.framesDecoded, reading.corruptPackets, reading.dropped)
        }
        (fps, wallS, peakMemoryMB) = (summary.framesPerSecond, summary.wallSeconds, summary.peakMegabytes)
        if frames > 0 { timingMs = Timing(summary.timing) }
        if let reuse = summary.reuse {
            cache = Reuse(policy: reuse.policy.rawValue, reused: reuse.share)
            cache?.agreement = reuse.agreement
            cache?.audits = reuse.audits
        }
        if output.lines != .frames { (written, suppressed) = (summary.written, frames - summary.written) }
        tracks = summary.tracks
        zones = summary.zones?.map { zone, count in
            ZoneCount(zone: zone, entered: count.entered, left: count.left, inside: count.inside, meanDwellS: count.meanSeconds)
        }
        lines = summary.lines?.map { line, count in
            LineCount(line: line, leftToRight: count.leftToRight, rightToLeft: count.rightToLeft)
        }
        latencyMs = summary.latency.map { Latency(p50: $0.p50, p99: $0.p99, max: $0.max) }
        outages = summary.outages
        exits = summary.exits.map(Exits.init)
        routes = summary.routes.map(Routes.init)
        error = summary.error.map(Failure.init)
    }
}

extension EndRecord.Failure {
    public init(_ error: DeepVidError) { self.init(code: error.code.rawValue, message: error.message) }
}

extension EndRecord.Exits {
    init(_ counts: ExitCounts) {
        self.init(
            share: counts.frames > 0 ? Double(counts.exits) / Double(counts.frames) : 0, meanDepth: counts.meanDepth,
            agreement: counts.audits > 0 ? Double(counts.agreed) / Double(counts.audits) : nil, audits: counts.audits)
    }
}

extension EndRecord.Routes {
    init(_ counts: RouteCounts) {
        self.init()
        (hits, hitRate) = (counts.hits, counts.frames > 0 ? Double(counts.hits) / Double(counts.frames) : 0)
        (misses, switches, fetched) = (counts.misses, counts.switches, counts.fetched)
        (edgeAnswers, edgeFailures) = (counts.edgeAnswers, counts.edgeFailures)
        (deviceS, edgeS) = (counts.deviceSeconds, counts.edgeSeconds)
    }
}
