import Models
import Results
import Video
import Vision

extension FrameRecord {
    /// The record of an analysed frame.
    init(_ frame: FrameFacts, source: String?, _ analysis: FrameAnalysis) {
        self.init(
            source: source, frame: frame.index, ptsS: frame.ptsSeconds,
            timingMs: Timing(
                decode: frame.decodeMilliseconds, match: analysis.matchMilliseconds, infer: analysis.inferMilliseconds))
        (cache, route, exit) = (analysis.cache, analysis.route, analysis.exit)
        switch analysis.result {
        case .detections(let all):
            objects = all.map { object in
                let box = object.box
                return DetectedObject(
                    label: object.label, classID: object.classID, score: Double(object.score),
                    box: [box.x, box.y, box.width, box.height].map(Double.init))
            }
        case .classes(let all):
            classes = all.map { ClassScore(label: $0.label, classID: $0.classID, score: Double($0.score)) }
        case .embedding(let vector): embedding = vector
        }
    }
}

extension BeginRecord {
    /// The record that opens `source`; `info` is nil if it could not be opened.
    init(source: String, model: ModelProfile, routing: RouteOptions? = nil, info: StreamInfo?, options: InferenceOptions) {
        let video = options.video
        self.init(
            deepvid: deepvidVersion, source: source,
            model: Model(
                name: model.name, sha256: model.sha256, head: model.card.head.rawValue,
                input: Size(width: model.width, height: model.height)),
            video: info.map(Video.init), options: Options(threads: options.threads, cache: options.cache.policy.rawValue))
        self.options.targetAgreement = options.cache.policy == .adaptive ? options.cache.targetAgreement : nil
        self.options.cacheParameters = options.cache.parameters
        self.options.memory = options.memory.map { $0.file.split(separator: "/").last.map(String.init) ?? $0.file }
        self.options.routing = routing?.record
        (self.options.score, self.options.nmsIoU) = (model.card.score, model.card.nmsIoU)
        self.options.classes = options.model.classes
        self.options.topK = model.card.head == .classification ? model.filter.topK : nil
        (self.options.startS, self.options.durationS) = (video.start > 0 ? video.start : nil, video.duration)
        (self.options.every, self.options.fps) = (video.every > 1 ? video.every : nil, video.fps)
        (self.options.maxFrames, self.options.stream) = (video.maxFrames, video.stream)
        options.recording.describe(in: &self)
    }
}

extension BeginRecord.Video {
    init(_ info: StreamInfo) {
        self.init(width: info.width, height: info.height, codec: info.codec)
        (fps, durationS, frames) = (info.averageFrameRate?.value, info.duration, info.frameCount)
        rotationDeg = info.rotation
    }
}

extension CacheOptions {
    /// The policy's parameters for the `begin` record.
    var parameters: CacheParameters? {
        var parameters = CacheParameters()
        switch policy {
        case .off: return nil
        case .adaptive: parameters.block = block
        case .deepmon:
            (parameters.block, parameters.refresh) = (deepMon.histogram.block, deepMon.refresh)
            (parameters.histogramDistance, parameters.cachedLayers) = (deepMon.histogram.threshold, deepMon.cachedLayers)
        case .cbinfer: parameters.changeThreshold = cbinfer.threshold
        case .deepcache:
            (parameters.block, parameters.refresh) = (deepCache.search.block, deepCache.refresh)
            (parameters.psnrDB, parameters.searchSteps) = (deepCache.search.threshold, deepCache.search.steps)
            (parameters.searchStride, parameters.mvHints) = (deepCache.search.skip, deepCache.hints.rawValue)
        }
        return parameters
    }
}
