/// The first record of an input: what is read, by which model, with which options.
public struct BeginRecord: Record {
    public static let type = "begin"
    public var schema = schemaVersion
    /// Version of the program.
    public var deepvid: String
    /// The input as it was named on the command line.
    public var source: String
    /// The name of the camera, where one was given.
    public var camera: String?
    /// When the input began: RFC 3339, UTC; nil where that is not known.
    public var startTime: String?
    /// How that is known: `name`, `metadata`, `mtime` or `arrival`.
    public var clock: String?
    /// The zone that the name was taken to be in; nil where it says it itself.
    public var timeZone: String?
    /// Of several, the one whose objects are followed.
    public var model: Model
    /// Several models under their names, in their order; nil where there is one.
    public var models: ByModel<Model>?
    /// Nil when the input could not be opened; its `end` then says why.
    public var video: Video?
    public var options: Options
    /// What it ran on; nil in records of earlier versions.
    public var runtime: Runtime?

    enum CodingKeys: String, CodingKey {
        case schema, deepvid, source, camera, startTime = "start_time", clock, timeZone = "time_zone", model, models, video, options,
            runtime
    }

    /// What the times and the last bits of results depend on besides.
    public struct Runtime: Codable, Sendable, Equatable {
        /// Instructions that the kernels use, as `DEEPVID_ISA` names them.
        public var isa: String
        /// The CPU's name; nil where the system does not tell it.
        public var cpu: String?
        /// CPUs that the process may use.
        public var cpus: Int
        /// Version of FFmpeg.
        public var ffmpeg: String
    }

    public struct Model: Codable, Sendable, Equatable {
        /// File name, or `embedded`.
        public var name: String
        /// Of the model file's bytes, in hexadecimal.
        public var sha256: String
        public var head: String
        /// Where its card comes from: a file, or what the model was taken for and what was assumed; nil in records of earlier versions.
        public var card: String?
        /// Names of its classes, by class id; nil where they have none or are more than `mostLabels`.
        public var labels: [String]?
        /// What the model sees, in pixels.
        public var input: Size
        /// Share of the multiply-accumulates that another of several models needs as well, and that run once; nil for none.
        public var shared: Double?
        /// Nil of a model that has none. What is above is then of the most accurate one that knows all classes.
        public var variants: [Variant]?
        /// Where they are chosen among, the largest first; nil of a model that runs at one.
        public var capacities: [Capacity]?

        /// Every input has a `begin`: COCO's classes are some 900 bytes of it, the thousand of ImageNet would be most of a short clip's file.
        static let mostLabels = 100

        static func recorded(_ labels: [String]) -> [String]? { labels.isEmpty || labels.count > mostLabels ? nil : labels }
    }

    /// A variant of a model, from a catalog.
    public struct Variant: Codable, Sendable, Equatable {
        public var name: String
        /// Name of the model file.
        public var file: String
        /// Of the model file's bytes, in hexadecimal.
        public var sha256: String
        /// What it sees, in pixels.
        public var input: Size
        /// As promised, 0…1.
        public var accuracy: Double
        /// That it knows, of a specialised one; nil knows all.
        public var classes: [String]?
    }

    /// A capacity of a model that holds several.
    public struct Capacity: Codable, Sendable, Equatable {
        public var name: String
        /// As promised, 0…1.
        public var accuracy: Double
        /// Multiply-accumulates of a frame.
        public var macs: Int
    }

    public struct Size: Codable, Sendable, Equatable {
        public var width: Int
        public var height: Int
        package init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
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
        public var rotationDeg = 0

        enum CodingKeys: String, CodingKey {
            case width, height, fps, codec, durationS = "duration_s", frames, rotationDeg = "rotation_deg"
        }
    }

    /// The options that change the results; nil where the option was not given or does not apply.
    public struct Options: Codable, Sendable, Equatable {
        public var threads: Int
        /// The policy in force, as `--cache` names it.
        public var cache = "off"
        /// The agreement with dense inference that the policy keeps, 0…1; nil with `off`.
        public var targetAgreement: Double?
        /// What it is measured by; nil where it is boxes, or does not apply.
        public var agreeOn: String?
        /// The policy's other parameters; nil with `off`.
        public var cacheParameters: CacheParameters?
        /// Name of the semantic memory; nil without.
        public var memory: String?
        /// Of the memory's bytes, in hexadecimal.
        public var memorySHA256: String?
        /// How exits are decided, `odds` or `paper`; nil without a memory.
        public var exitRule: String?
        /// How a bundle's models are chosen; nil for a single model.
        public var routing: Routing?
        public var score: Double?
        public var nmsIoU: Double?
        public var classes: [String]?
        /// Least height of an object: a share of the frame's height, or pixels.
        public var minSize: Double?
        public var minSizePx: Double?
        public var topK: Int?
        public var startS: Double?
        public var durationS: Double?
        public var every: Int?
        public var fps: Double?
        /// Whether key frames only are looked at; nil where not.
        public var keyFrames: Bool?
        /// What is decoded: `active`; nil for all.
        public var decode: String?
        /// How the time of day was to be found; nil for `name`.
        public var clock: String?
        /// The zone that names are read in; nil for the machine's.
        public var timeZone: String?
        public var maxFrames: Int?
        public var stream: Int?
        /// For how long an object may be out of sight, in seconds; nil without tracking.
        public var trackBufferS: Double?
        /// What becomes of objects that never move, `hide` or `keep`; nil without tracking.
        public var staticObjects: String?
        /// In source pixels; nil when the input could not be opened.
        public var zones: [ZoneShape]?
        public var lines: [ZoneShape]?
        /// Nil also without masks.
        public var masks: [ZoneShape]?
        /// What the models may take a frame, in milliseconds; nil without a limit.
        public var budgetMs: Double?
        /// The one that the model was asked to run at; nil where none was named.
        public var capacity: String?
        /// What the models that answer frames are computed in: `bf16` or `int8`; nil for `fp32`.
        public var precision: String?
        /// What the choice among capacities makes least of, for several live inputs: `max`; nil for `total`.
        public var capacityCost: String?
        /// What is written instead of a record for every frame: `changes` or `events`.
        public var records: String?
        /// The folder of the objects' pictures, as it was named; nil without.
        public var snapshots: String?
        /// The folder of clips of live input, as it was named; nil without.
        public var clips: String?
        /// Second models, in the order in which they were given; nil without.
        public var then: [Then]?
        /// Age from which an answer of those is asked for anew, in seconds; nil without, and without tracking.
        public var answerAgeS: Double?
        /// The file that their answers are kept in, as it was named; nil without.
        public var resultCache: String?
        /// By what objects are known again after they were out of sight; nil where they are known by their place alone.
        public var reid: Reid?

        enum CodingKeys: String, CodingKey {
            case threads, cache, targetAgreement = "target_agreement", agreeOn = "agree_on", cacheParameters = "cache_parameters", memory,
                memorySHA256 = "memory_sha256", exitRule = "exit_rule", routing, score
            case nmsIoU = "nms_iou", classes, minSize = "min_size", minSizePx = "min_size_px", topK = "top_k", startS = "start_s",
                durationS = "duration_s", every, fps
            case keyFrames = "key_frames", decode, clock, timeZone = "time_zone", maxFrames = "max_frames", stream, trackBufferS =
                "track_buffer_s", staticObjects = "static", zones, lines, masks,
                budgetMs = "budget_ms", capacity, precision, capacityCost = "capacity_cost", records, snapshots, clips, then, answerAgeS =
                "answer_age_s", resultCache = "result_cache", reid
        }
    }

    /// A model by which objects are known again.
    public struct Reid: Codable, Sendable, Equatable {
        /// File name.
        public var model: String
        /// Of the model file's bytes, in hexadecimal.
        public var sha256: String
        /// Where its card comes from.
        public var card: String
        /// Labels of the objects that are told apart by it.
        public var on: [String]
        /// For how long one that is missing is looked for.
        public var ageS: Double
        /// Cosine distance from which two views are not of one object.
        public var distance: Double

        enum CodingKeys: String, CodingKey {
            case model, sha256, card, on, ageS = "age_s", distance
        }
    }

    /// A second model, and what it is asked about.
    public struct Then: Codable, Sendable, Equatable {
        /// File name.
        public var model: String
        /// Of the model file's bytes, in hexadecimal.
        public var sha256: String
        public var head: String
        /// Where its card comes from.
        public var card: String
        /// Labels of the objects that it is asked about; nil is all.
        public var on: [String]?
        /// Around a box, on each side, as a share of its width and height.
        public var cropMargin: Double

        enum CodingKeys: String, CodingKey {
            case model, sha256, head, card, on, cropMargin = "crop_margin"
        }
    }

    /// How the models of a bundle are chosen.
    public struct Routing: Codable, Sendable, Equatable {
        /// `submodels`, `edge`, `edge_only` or `device_only`.
        public var mode: String
        /// In nats; nil without submodels.
        public var entropyThreshold: Double?
        /// How many submodels are resident at a time; nil without submodels.
        public var submodelCache: Int?

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
    public var psnrDB: Double?
    public var searchSteps: Int?
    /// Only every so many blocks of every so many rows search.
    public var searchStride: Int?
    /// `auto`, `on` or `off`.
    public var motionVectors: String?
    public var histogramDistance: Double?
    /// Nil is half of the model's convolutions.
    public var cachedLayers: Int?
    public var changeThreshold: Double?
    /// Of motion: levels from the background, and pixels of a region.
    public var threshold: Int?
    public var area: Int?
    /// Of the draw of the frames that agreement is estimated from.
    public var auditSeed: Int?
    /// Whether boxes may be moved instead of running the network.
    public var propagate: Bool?

    enum CodingKeys: String, CodingKey {
        case block, refresh, psnrDB = "psnr_db", searchSteps = "search_steps", searchStride = "search_stride", motionVectors =
            "motion_vectors"
        case histogramDistance = "histogram_distance", cachedLayers = "cached_layers", changeThreshold = "change_threshold", threshold,
            area, auditSeed = "audit_seed", propagate
    }
}

/// A zone or line as it was given, for drawing.
public struct ZoneShape: Codable, Sendable, Equatable {
    public var name: String
    /// [x, y] in source pixels.
    public var points: [[Double]]
    /// Labels that count there, sorted; nil for all.
    public var classes: [String]?
}
