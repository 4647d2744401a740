import CacheNet
import Clocks
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
        case .begin(let info, let start):
            sizes[source] = info.map { ($0.width, $0.height) }
            try sink.write(BeginRecord(source: source, start: start, model: model, info: info, options: options))
        case .frame(let result):
            var record = FrameRecord(result, source: tag)
            if let set = model.set, !set.isOneNested { record.models = ByModel(result, set) } else { record.capacity = result.variant }
            if let size = sizes[source], size != (result.frame.width, result.frame.height) {
                (record.width, record.height) = (result.frame.width, result.frame.height)
            }
            try sink.write(record)
        case .object(var event, _):
            // Given also where the records are of frames, for others.
            guard options.output.lines == .events else { return }
            event.source = tag
            try sink.write(event)
        case .lost(let outage): try sink.write(OutageRecord(outage, source: source))
        case .back(let outage, let info):
            sizes[source] = (info.width, info.height)
            try sink.write(OutageRecord(outage, source: source, back: info))
        case .end(let summary):
            var record = EndRecord(summary, options.output)
            if let set = model.set, !set.isOneNested {
                record.models = ByModel(summary, set)
            } else if !summary.variants.isEmpty {
                record.capacities = summary.variants.map { VariantFrames(name: $0.name, frames: $0.frames) }
            }
            try sink.write(record)
        }
    }

    public func completeDue() throws(OutputError) { try sink.completeDue() }
    public func close() throws(OutputError) { try sink.close() }
}

// MARK: From values to records

extension BeginRecord {
    /// - Parameter info: nil if the input could not be opened.
    public init(source: String, start: StartTime? = nil, model: DeepVid.Model, info: StreamInfo?, options run: RunOptions) {
        let profile = model.profile
        self.init(
            deepvid: deepvidVersion, source: source, camera: run.camera ?? Self.camera(around: source),
            startTime: start.map { UTCTime.text($0.seconds) }, clock: start?.clock.rawValue, timeZone: start?.zone,
            model: Model(profile, input: model.inputSize(for: info.map { ($0.width, $0.height) }, run)), video: info.map(Video.init),
            options: Options(model, info, run))
        if let set = model.set {
            if set.isOneNested { self.model = Model(set.members[0]) } else { models = ByModel(set.members.map { ($0.name, Model($0)) }) }
        }
        runtime = Runtime(.current)
    }

    /// The recorder's name for the camera where only the folders around the run say it: who reads the records may be elsewhere.
    private static func camera(around source: String) -> String? {
        RecordingName(path: source) == nil ? recordingName(of: source)?.camera : nil
    }
}

extension BeginRecord.Runtime {
    public init(_ runtime: DeepVid.Runtime) {
        self.init(isa: runtime.instructionSet, cpu: runtime.cpu, cpus: runtime.cpus, ffmpeg: runtime.ffmpeg)
    }
}

extension BeginRecord.Model {
    init(_ profile: ModelProfile) { self.init(profile, input: (profile.width, profile.height)) }

    /// - Parameter input: in pixels.
    init(_ profile: ModelProfile, input: (width: Int, height: Int)) {
        self.init(
            name: profile.name, sha256: profile.sha256, head: profile.card.head.rawValue, card: profile.cardOrigin,
            labels: Self.recorded(profile.labels.names), input: BeginRecord.Size(width: input.width, height: input.height))
    }

    init(_ member: ModelSetMember) {
        self.init(member.model.profile)
        shared = member.shared > 0 ? member.shared : nil
        if member.isNested {
            capacities = member.variants.map { BeginRecord.Capacity(name: $0.name, accuracy: $0.accuracy, macs: Int($0.work)) }
            return
        }
        guard member.variants.count > 1 else { return }
        variants = member.variants.map { variant in
            let profile = variant.model.profile
            return BeginRecord.Variant(
                name: variant.name, file: profile.name, sha256: profile.sha256,
                input: BeginRecord.Size(width: profile.width, height: profile.height), accuracy: variant.accuracy, classes: variant.classes)
        }
    }
}

extension ByModel<ModelAnswerRecord> {
    /// Of the model whose objects are followed, what became of them.
    init(_ result: FrameResult, _ set: ModelSet) {
        let nested = Set(set.members.filter(\.isNested).map(\.name))
        func record(_ name: String, _ answer: HeadResult, _ reuse: FrameResult.Reuse?, _ variant: String?) -> (String, ModelAnswerRecord) {
            var record = ModelAnswerRecord(answer, reuse)
            if nested.contains(name) { record.capacity = variant } else { record.variant = variant }
            return (name, record)
        }
        var answers = result.others.map { record($0.name, $0.answer, $0.reuse, $0.variant) }
        answers.insert(record(set.members[set.primary].name, result.answer, result.reuse, result.variant), at: set.primary)
        self.init(answers)
    }
}

extension ByModel<ModelEndRecord> {
    /// Of models that have answered no frame, nothing is known.
    init(_ summary: RunSummary, _ set: ModelSet) {
        self.init(
            set.members.enumerated().map { index, member in
                let other = summary.others.first { $0.name == member.name }
                var record =
                    index == set.primary
                    ? ModelEndRecord(summary.seen, summary.reuse, summary.variants)
                    : ModelEndRecord(other?.seen, other?.reuse, other?.variants ?? [])
                if member.isNested { (record.capacities, record.variants) = (record.variants, nil) }
                return (member.name, record)
            })
    }
}

extension BeginRecord.Options {
    init(_ model: DeepVid.Model, _ info: StreamInfo?, _ run: RunOptions) {
        let card = model.profile.card, isDetector = card.head.isDetector, video = run.video,
            policy = model.canReuse ? run.reuse.policy : .off
        self.init(
            threads: run.threads, cache: policy.rawValue,
            targetAgreement: policy == .adaptive ? run.reuse.targetAgreement : run.memory?.targetAgreement,
            agreeOn: policy == .adaptive && run.reuse.agreeOn != .boxes ? run.reuse.agreeOn.rawValue : nil,
            cacheParameters: policy == .off ? nil : CacheParameters(run.reuse),
            memory: run.memory.map { $0.file.split(separator: "/").last.map(String.init) ?? $0.file },
            memorySHA256: run.memory?.sha256, exitRule: run.memory?.rule.name,
            routing: model.routing.map(BeginRecord.Routing.init), score: isDetector ? card.reportedScore : card.score,
            nmsIoU: isDetector ? card.suppressedOverlap : nil, classes: model.profile.filter.classes ?? run.model.classes,
            topK: card.head == .classification ? model.profile.filter.topK : nil, startS: video.start > 0 ? video.start : nil,
            durationS: video.duration, every: video.every > 1 ? video.every : nil, fps: video.fps,
            keyFrames: video.choosesKeyFrames ? true : nil, decode: run.decode == .all ? nil : run.decode.rawValue,
            clock: run.clock.source == .name ? nil : run.clock.source.rawValue,
            timeZone: run.clock.isZoneGiven ? run.clock.zone.name : nil,
            maxFrames: video.maxFrames, stream: video.stream, trackBufferS: run.output.isTracking ? run.output.trackBuffer : nil,
            staticObjects: run.output.isTracking ? run.output.staticObjects.rawValue : nil,
            budgetMs: run.budget, capacity: model.profile.capacity,
            precision: model.profile.precision == .fp32 ? nil : model.profile.precision.rawValue,
            capacityCost: model.set?.hasCapacities == true && run.capacityCost != .total ? run.capacityCost.rawValue : nil,
            records: run.output.lines == .frames ? nil : run.output.lines.rawValue, snapshots: run.output.snapshots,
            clips: run.output.clips)
        switch run.output.minSize {
        case .share(let share): minSize = share
        case .pixels(let pixels): minSizePx = pixels
        case nil: break
        }
        if !run.output.then.isEmpty {
            then = run.output.then.map(BeginRecord.Then.init)
            if run.output.isTracking { answerAgeS = run.output.answerAge }
            resultCache = run.output.resultCache
        }
        reid = run.output.reid.map(BeginRecord.Reid.init)
        guard let plan = run.output.zones, let info else { return }
        let layout = plan.layout(width: info.width, height: info.height)
        func shapes(_ places: [Place]) -> [ZoneShape] {
            places.map { ZoneShape(name: $0.name, points: $0.points.map { [$0.x, $0.y] }, classes: $0.classes?.sorted()) }
        }
        (zones, lines, masks) = (shapes(layout.zones), shapes(layout.lines), layout.masks.isEmpty ? nil : shapes(layout.masks))
    }
}

extension BeginRecord.Then {
    init(_ then: ThenModel) {
        let profile = then.model.profile
        self.init(
            model: then.name, sha256: then.model.sha256, head: profile.card.head.rawValue, card: profile.cardOrigin, on: then.classes,
            cropMargin: then.margin)
    }
}

extension BeginRecord.Reid {
    init(_ reid: ReidModel) {
        self.init(
            model: reid.name, sha256: reid.model.model.sha256, card: reid.model.model.profile.cardOrigin, on: reid.classes,
            ageS: reid.age, distance: reid.distance)
    }
}

extension BeginRecord.Video {
    init(_ info: StreamInfo) {
        self.init(
            width: info.width, height: info.height, fps: info.averageFrameRate?.value, codec: info.codec, durationS: info.duration,
            frames: info.frameCount, rotationDeg: info.rotation)
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
        case .adaptive:
            (block, auditSeed, propagate) = (options.block, Int(options.auditSeed), options.mayPropagate)
        case .deepmon:
            (block, refresh) = (options.deepMon.block, options.deepMon.refresh)
            (histogramDistance, cachedLayers) = (options.deepMon.threshold, options.deepMon.cachedLayers)
        case .cbinfer: changeThreshold = options.cbinfer.threshold
        case .motion: (threshold, area, refresh) = (options.motion.threshold, options.motion.area, options.motion.refresh)
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
        self.init(
            source: source, frame: frame.index, ptsS: frame.pts, events: result.zoneEvents,
            route: result.route, exit: result.exit, timingMs: Timing(result.timing), latencyMs: result.latencyMilliseconds)
        if latencyMs != nil { dropped = frame.dropped }
        time = frame.time.map(UTCTime.text)
        let answer = ModelAnswerRecord(result.answer, result.reuse)
        (objects, classes, embedding) = (answer.objects, answer.classes, answer.embedding)
        (segments, depth, cache) = (answer.segments, answer.depth, answer.cache)
    }
}

extension DetectedObject {
    init(_ object: Detection) {
        self.init(
            label: object.label, classID: object.classID, score: Double(object.score), box: object.box.list, trackID: object.trackID,
            zones: object.zones)
        isStatic = object.isStatic ? true : nil
        (classes, embedding, reused) = (object.answer?.classes, object.answer?.embedding, object.answer?.reused)
        switch object.shape {
        case .mask(let shape): mask = MaskRecord(shape)
        case .keypoints(let points): keypoints = points.map(KeypointRecord.init)
        case .rotated(let turned): (corners, angle) = (turned.corners.map { [Double($0.x), Double($0.y)] }, Double(turned.angle))
        case nil: break
        }
    }
}

extension Timing {
    init(_ timing: FrameResult.Timing) {
        self.init(
            decode: timing.decode, preprocess: timing.preprocess, match: timing.match, infer: timing.infer,
            postprocess: timing.postprocess, then: timing.then)
    }
}

public typealias EventRecord = ObjectEvent

extension EventRecord: Record {
    public static let type = "event"
}

extension OutageRecord {
    /// - Parameter info: what came back; nil when the input was lost.
    init(_ outage: Outage, source: String, back info: StreamInfo? = nil) {
        self.init(
            source: source, state: info == nil ? .open : .closed, time: UTCTime.text(Arrival.now.wall), ptsS: outage.lastPts,
            reason: outage.cause.code.rawValue, message: outage.cause.message)
        guard let info else { return }
        (attempts, durationS, video) = (outage.attempts, outage.since.age.rounded() / 1000, BeginRecord.Video(info))
    }
}

extension EndRecord {
    public init(_ summary: RunSummary, _ output: OutputOptions = OutputOptions()) {
        let frames = summary.frames, reading = summary.reading, isFiltered = output.lines != .frames
        self.init(
            source: summary.source, reason: summary.reason, frames: frames, decoded: reading?.framesDecoded ?? 0,
            notDecoded: reading.flatMap { $0.framesLeft > 0 ? $0.framesLeft : nil }, corruptPackets: reading?.corruptPackets ?? 0,
            dropped: reading?.dropped ?? 0, damaged: reading.flatMap { $0.damaged > 0 ? $0.damaged : nil },
            fps: (summary.framesPerSecond * 100).rounded() / 100, wallS: summary.wallSeconds,
            timingMs: frames > 0 ? Timing(summary.timing) : nil, decode: summary.decode.map(Decode.init),
            cache: summary.reuse.map {
                // Beside a memory, nothing may be left to reuse, and full answers that agree with themselves say nothing of the run.
                let isIdle = summary.exits != nil && $0.share == 0
                return .init(
                    policy: $0.policy.rawValue, reused: $0.share, agreement: isIdle ? nil : $0.agreement.map(AgreementRecord.init))
            },
            written: isFiltered ? summary.written : nil, suppressed: isFiltered ? frames - summary.written : nil,
            seen: summary.seen, tracks: summary.tracks,
            zones: summary.zones?.map { zone, count in
                ZoneCount(zone: zone, entered: count.entered, left: count.left, inside: count.inside, meanDwellS: count.meanSeconds)
            },
            lines: summary.lines?.map { LineCount(line: $0, leftToRight: $1.leftToRight, rightToLeft: $1.rightToLeft) },
            then: summary.then?.map { Then($0, output) }, reid: summary.reid.map(Reid.init),
            latencyMs: summary.latency, outages: summary.outages, exits: summary.exits.map(Exits.init),
            routes: summary.routes.map(Routes.init), peakMemoryMB: summary.peakMegabytes, error: summary.error.map(Failure.init))
    }
}

extension EndRecord.Failure {
    public init(_ error: DeepVidError) { self.init(code: error.code.rawValue, message: error.message) }
}

extension EndRecord.Then {
    init(_ model: RunSummary.Then, _ output: OutputOptions) {
        let counts = model.counts, caches = output.resultCache != nil
        self.init(
            model: model.name, crops: counts.crops, track: counts.fromTrack, cache: caches ? counts.fromCache["cache"] ?? 0 : nil,
            edge: caches ? counts.fromCache["edge"] ?? 0 : nil, runs: counts.runs,
            agreement: counts.agreement.frames > 0 ? AgreementRecord(.init(model.rule, counts.agreement, NoiseFloor())) : nil,
            workS: counts.seconds)
    }
}

extension EndRecord.Reid {
    init(_ summary: RunSummary.Reid) {
        let counts = summary.counts
        self.init(model: summary.name, runs: counts.looks.runs, recognised: counts.recognised, workS: counts.looks.seconds)
    }
}

extension EndRecord.Decode {
    init(_ summary: DecodeSummary) {
        self.init(
            groups: summary.groups, decodedGroups: summary.decodedGroups, drawnGroups: summary.drawnGroups,
            share: summary.frames > 0 ? Double(summary.decodedFrames) / Double(summary.frames) : 0,
            reasons: summary.reasons.map { .init(reason: $0.reason, groups: $0.groups) }, limit: summary.limit,
            objects: summary.objects.map(EndRecord.Recall.init), events: summary.events.map(EndRecord.Recall.init))
    }
}

extension EndRecord.Recall {
    init(_ recall: DecodeSummary.Recall) {
        self.init(recall: recall.estimate, interval: [recall.interval.lowerBound, recall.interval.upperBound])
    }
}

extension EndRecord.Exits {
    init(_ counts: ExitCounts) {
        self.init(
            share: counts.frames > 0 ? Double(counts.exits) / Double(counts.frames) : 0, meanDepth: counts.meanDepth,
            agreement: counts.agreement, interval: counts.interval.map { [$0.lowerBound, $0.upperBound] }, audits: counts.audits,
            target: counts.target)
    }
}

extension EndRecord.Routes {
    init(_ counts: RouteCounts) {
        self.init(
            hits: counts.hits, hitRate: counts.frames > 0 ? Double(counts.hits) / Double(counts.frames) : 0, misses: counts.misses,
            switches: counts.switches, fetched: counts.fetched, edgeAnswers: counts.edgeAnswers, edgeFailures: counts.edgeFailures,
            deviceS: counts.deviceSeconds, edgeS: counts.edgeSeconds)
    }
}
