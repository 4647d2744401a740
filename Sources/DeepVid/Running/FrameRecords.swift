import CacheNet
import Models
import Results
import Video
import Vision

extension FrameRecord {
    /// The record of an analysed frame.
    init(_ frame: FrameFacts, source: String?, _ analysis: FrameAnalysis) {
        self.init(
            source: source, frame: frame.index, ptsS: frame.ptsSeconds, cache: analysis.cache, route: analysis.route, exit: analysis.exit,
            timingMs: Timing(
                decode: frame.decodeMilliseconds, match: analysis.matchMilliseconds, infer: analysis.inferMilliseconds))
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
            video: info.map(Video.init),
            options: Options(
                threads: options.threads, cache: options.cache.policy.rawValue,
                targetAgreement: options.cache.policy == .adaptive ? options.cache.targetAgreement : nil,
                cacheParameters: options.cache.parameters,
                memory: options.memory.map { $0.file.split(separator: "/").last.map(String.init) ?? $0.file }, score: model.card.score,
                nmsIoU: model.card.nmsIoU, classes: options.model.classes,
                topK: model.card.head == .classification ? model.filter.topK : nil, startS: video.start > 0 ? video.start : nil,
                durationS: video.duration, every: video.every > 1 ? video.every : nil, fps: video.fps, maxFrames: video.maxFrames,
                stream: video.stream))
        self.options.routing = routing.map { Routing($0) }
        options.recording.describe(in: &self)
    }
}

extension BeginRecord.Video {
    init(_ info: StreamInfo) {
        self.init(
            width: info.width, height: info.height, fps: info.averageFrameRate?.value, codec: info.codec,
            durationS: info.duration, frames: info.frameCount, rotationDeg: info.rotation)
    }
}

extension ReuseOptions {
    /// The policy's parameters for the `begin` record.
    var parameters: CacheParameters? {
        switch policy {
        case .off: nil
        case .adaptive: CacheParameters(block: block)
        case .deepmon:
            CacheParameters(
                block: deepMon.histogram.block, refresh: deepMon.refresh, histogramDistance: deepMon.histogram.threshold,
                cachedLayers: deepMon.cachedLayers)
        case .cbinfer: CacheParameters(changeThreshold: cbinfer.threshold)
        case .deepcache:
            CacheParameters(
                block: deepCache.search.block, refresh: deepCache.refresh, psnrDB: deepCache.search.threshold,
                searchSteps: deepCache.search.steps, kSkip: deepCache.search.skip, mvHints: deepCache.hints.rawValue)
        }
    }
}
