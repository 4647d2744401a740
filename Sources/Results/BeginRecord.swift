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

    public init(deepvid: String, source: String, model: Model, video: Video? = nil, options: Options) {
        (self.deepvid, self.source, self.model, self.video, self.options) = (deepvid, source, model, video, options)
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
        @Rounded3 public var fps: Double?
        public var codec: String
        @Rounded6 public var durationS: Double?
        /// Number of frames as the container states it; not every container does.
        public var frames: Int?
        /// Clockwise rotation that was applied, in degrees.
        public var rotationDeg = 0

        public init(width: Int, height: Int, codec: String) { (self.width, self.height, self.codec) = (width, height, codec) }

        enum CodingKeys: String, CodingKey {
            case width, height, fps, codec, durationS = "duration_s", frames, rotationDeg = "rotation_deg"
        }
    }

    /// The options that change the results; nil where the option was not given or does not apply.
    public struct Options: Codable, Sendable, Equatable {
        public var threads: Int
        /// The policy in force, as `--cache` names it.
        public var cache: String
        /// The agreement with dense inference that the policy keeps, 0…1; nil with `off`.
        @Rounded6 public var targetAgreement: Double?
        /// The policy's other parameters; nil with `off`.
        public var cacheParameters: CacheParameters?
        /// Name of the semantic memory; nil without.
        public var memory: String?
        /// How a bundle's models are chosen; nil for a single model.
        public var routing: Routing?
        @Rounded4 public var score: Double?
        @Rounded4 public var nmsIoU: Double?
        public var classes: [String]?
        public var topK: Int?
        @Rounded6 public var startS: Double?
        @Rounded6 public var durationS: Double?
        public var every: Int?
        @Rounded3 public var fps: Double?
        public var maxFrames: Int?
        public var stream: Int?
        /// For how long an object may be out of sight, in seconds; nil without tracking.
        @Rounded6 public var trackBufferS: Double?
        /// In source pixels; nil when the input could not be opened.
        public var zones: [ZoneShape]?
        public var lines: [ZoneShape]?
        /// What is written instead of a record for every frame: `changes` or `events`.
        public var records: String?

        public init(threads: Int, cache: String = "off") { (self.threads, self.cache) = (threads, cache) }

        enum CodingKeys: String, CodingKey {
            case threads, cache, targetAgreement = "target_agreement", cacheParameters = "cache_parameters", memory, routing, score
            case nmsIoU = "nms_iou", classes, topK = "top_k", startS = "start_s", durationS = "duration_s", every, fps
            case maxFrames = "max_frames", stream, trackBufferS = "track_buffer_s", zones, lines, records
        }
    }

    /// How the models of a bundle are chosen.
    public struct Routing: Codable, Sendable, Equatable {
        /// `submodels`, `edge`, `edge_only` or `device_only`.
        public var mode: String
        /// In nats; nil without submodels.
        @Rounded6 public var entropyThreshold: Double?
        /// How many submodels are resident at a time; nil without submodels.
        public var submodelCache: Int?

        public init(mode: String, entropyThreshold: Double? = nil, submodelCache: Int? = nil) {
            (self.mode, self.entropyThreshold, self.submodelCache) = (mode, entropyThreshold, submodelCache)
        }

        enum CodingKeys: String, CodingKey {
            case mode, entropyThreshold = "entropy_threshold", submodelCache = "submodel_cache"
        }
    }
}

/// The parameters of a `--cache` policy, as they are in force; nil where the policy has no such parameter.
public struct CacheParameters: Codable, Sendable, Equatable {
    /// Side of the compared blocks, in pixels of the model's input.
    public var block: Int?
    /// Frames from one that is computed in full to the next.
    public var refresh: Int?
    @Rounded3 public var psnrDB: Double?
    public var searchSteps: Int?
    /// Only every so many blocks of every so many rows search.
    public var searchStride: Int?
    /// `auto`, `on` or `off`.
    public var motionVectors: String?
    @Rounded6 public var histogramDistance: Double?
    /// Nil is half of the model's convolutions.
    public var cachedLayers: Int?
    @Rounded6 public var changeThreshold: Double?

    public init(block: Int? = nil, refresh: Int? = nil) { (self.block, self.refresh) = (block, refresh) }

    enum CodingKeys: String, CodingKey {
        case block, refresh, psnrDB = "psnr_db", searchSteps = "search_steps", searchStride = "search_stride", motionVectors =
            "motion_vectors"
        case histogramDistance = "histogram_distance", cachedLayers = "cached_layers", changeThreshold = "change_threshold"
    }
}

/// A zone or line as it was given, for drawing.
public struct ZoneShape: Codable, Sendable, Equatable {
    public var name: String
    /// [x, y] in source pixels.
    @Rounded2 public var points: [[Double]]

    public init(name: String, points: [[Double]]) { (self.name, self.points) = (name, points) }
}
