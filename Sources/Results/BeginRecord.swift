/// The first record of an input: what is read, by which model, with which options.
public struct BeginRecord: Record {
    public var type = "begin"
    public var schema = schemaVersion
    /// Version of the program.
    public var deepvid: String
    /// The input as it was named on the command line.
    public var source: String
    public var model: Model
    /// Nil when the input could not be opened; its `end` then says why.
    public var video: Video?
    public var options: Options

    public init(deepvid: String, source: String, model: Model, video: Video?, options: Options) {
        (self.deepvid, self.source, self.model) = (deepvid, source, model)
        (self.video, self.options) = (video, options)
    }

    public struct Model: Codable, Sendable, Equatable {
        /// File name, or `embedded`.
        public var name: String
        /// Of the model file's bytes, in hexadecimal.
        public var sha256: String
        public var head: String
        /// What the model sees, in pixels.
        public var input: Size

        public init(name: String, sha256: String, head: String, input: Size) {
            (self.name, self.sha256, self.head, self.input) = (name, sha256, head, input)
        }
    }

    public struct Size: Codable, Sendable, Equatable {
        public var width: Int
        public var height: Int
        public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
    }

    public struct Video: Codable, Sendable, Equatable {
        /// Size in pixels as displayed, that is after rotation: the space of `box`.
        public var width: Int
        public var height: Int
        /// Average frame rate as the container states it.
        public var fps: Double?
        public var codec: String
        public var durationS: Double?
        /// Number of frames as the container states it; not every container does.
        public var frames: Int?
        /// Clockwise rotation that was applied, in degrees.
        public var rotationDeg: Int

        public init(
            width: Int, height: Int, fps: Double?, codec: String, durationS: Double?, frames: Int?, rotationDeg: Int
        ) {
            (self.width, self.height, self.fps, self.codec) = (width, height, fps, codec)
            (self.durationS, self.frames, self.rotationDeg) = (durationS, frames, rotationDeg)
        }

        enum CodingKeys: String, CodingKey {
            case width, height, fps, codec, frames
            case durationS = "duration_s"
            case rotationDeg = "rotation_deg"
        }
    }

    /// The options that change the results; nil where the option was not given or does not apply.
    public struct Options: Codable, Sendable, Equatable {
        public var threads: Int
        /// The policy in force, as `--cache` names it.
        public var cache: String
        /// What the policy holds; nil with `off`.
        public var targetAgreement: Double?
        /// The policy's other parameters; nil with `off`.
        public var cacheParameters: CacheParameters?
        /// Name of the semantic memory; nil without.
        public var memory: String?
        /// How a bundle's models are chosen; nil for a single model.
        public var routing: Routing?
        public var score: Double?
        public var nmsIoU: Double?
        public var classes: [String]?
        public var topK: Int?
        public var startS: Double?
        public var durationS: Double?
        public var every: Int?
        public var fps: Double?
        public var maxFrames: Int?
        public var stream: Int?
        /// For how long an object may be out of sight, in seconds; nil without tracking.
        public var trackBufferS: Double?
        /// Places in the picture, if it could be opened.
        public var zones: [ZoneShape]?
        public var lines: [ZoneShape]?
        /// What is written instead of a record for every frame: `changes` or `events`.
        public var records: String?

        public init(
            threads: Int, cache: String = "off", targetAgreement: Double? = nil, cacheParameters: CacheParameters? = nil,
            memory: String? = nil, score: Double? = nil, nmsIoU: Double? = nil,
            classes: [String]? = nil, topK: Int? = nil,
            startS: Double? = nil, durationS: Double? = nil, every: Int? = nil, fps: Double? = nil,
            maxFrames: Int? = nil, stream: Int? = nil
        ) {
            (self.cache, self.targetAgreement, self.cacheParameters) = (cache, targetAgreement, cacheParameters)
            self.memory = memory
            (self.threads, self.score, self.nmsIoU, self.classes, self.topK) = (threads, score, nmsIoU, classes, topK)
            (self.startS, self.durationS, self.every, self.fps) = (startS, durationS, every, fps)
            (self.maxFrames, self.stream) = (maxFrames, stream)
        }

        enum CodingKeys: String, CodingKey {
            case threads, cache, memory, routing, score, classes, every, fps, stream, zones, lines, records
            case trackBufferS = "track_buffer_s"
            case targetAgreement = "target_agreement"
            case cacheParameters = "cache_parameters"
            case nmsIoU = "nms_iou"
            case topK = "top_k"
            case startS = "start_s"
            case durationS = "duration_s"
            case maxFrames = "max_frames"
        }
    }

    public func write(to json: inout JSONText) {
        json.object { json in
            json.member("type", type)
            json.member("schema", schema)
            json.member("deepvid", deepvid)
            json.member("source", source)
            json.object("model", model.write)
            if let video { json.object("video", video.write) }
            json.object("options", options.write)
        }
    }
}

extension BeginRecord.Model {
    func write(to json: inout JSONText) {
        json.member("name", name)
        json.member("sha256", sha256)
        json.member("head", head)
        json.object("input") { json in
            json.member("width", input.width)
            json.member("height", input.height)
        }
    }
}

extension BeginRecord.Video {
    func write(to json: inout JSONText) {
        json.member("width", width)
        json.member("height", height)
        if let fps { json.member("fps", fps, decimals: 3) }
        json.member("codec", codec)
        if let durationS { json.member("duration_s", durationS, decimals: 6) }
        if let frames { json.member("frames", frames) }
        json.member("rotation_deg", rotationDeg)
    }
}

extension BeginRecord.Options {
    func write(to json: inout JSONText) {
        json.member("threads", threads)
        json.member("cache", cache)
        if let targetAgreement { json.member("target_agreement", targetAgreement, decimals: 6) }
        if let cacheParameters { json.object("cache_parameters", cacheParameters.write) }
        if let memory { json.member("memory", memory) }
        if let routing { json.object("routing", routing.write) }
        if let score { json.member("score", score, decimals: 4) }
        if let nmsIoU { json.member("nms_iou", nmsIoU, decimals: 4) }
        if let classes { json.array("classes") { json in classes.forEach { json.string($0) } } }
        if let topK { json.member("top_k", topK) }
        if let startS { json.member("start_s", startS, decimals: 6) }
        if let durationS { json.member("duration_s", durationS, decimals: 6) }
        if let every { json.member("every", every) }
        if let fps { json.member("fps", fps, decimals: 3) }
        if let maxFrames { json.member("max_frames", maxFrames) }
        if let stream { json.member("stream", stream) }
        if let trackBufferS { json.member("track_buffer_s", trackBufferS, decimals: 6) }
        if let zones { json.array("zones") { json in zones.forEach { $0.write(to: &json) } } }
        if let lines { json.array("lines") { json in lines.forEach { $0.write(to: &json) } } }
        if let records { json.member("records", records) }
    }
}
