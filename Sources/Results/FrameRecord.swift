/// What the model saw in one frame. Every decoded frame that was selected has one, also when nothing was seen.
public struct FrameRecord: Record {
    public var type = "frame"
    /// The input; only when the run has more than one.
    public var source: String?
    /// Decode index from 0, counted before `--every` and `--fps` choose.
    public var frame: Int
    /// Presentation time in seconds; nil when the container gives none.
    @Rounded6 public var ptsS: Double?
    /// When a live frame was received: RFC 3339, UTC.
    public var time: String?
    /// Frames of a live input that were dropped between the record before and this.
    public var dropped: Int?
    /// Size in pixels as displayed, the space of `box`; nil where it is that of the `begin` record.
    public var width: Int?
    public var height: Int?
    /// Detections, best first (detectors only).
    public var objects: [DetectedObject]?
    /// The likeliest classes, best first (classifiers only).
    public var classes: [ClassScore]?
    /// The model's output vector (embedding models only).
    @Rounded6 public var embedding: [Float]?
    /// What happened at zones and lines (`--zones` only).
    public var events: [ZoneEvent]?
    public var cache: Cache?
    public var route: Route?
    public var exit: Exit?
    public var timingMs: Timing
    /// Milliseconds from the receipt of a live frame to its record.
    @Rounded1 public var latencyMs: Double?

    public init(source: String? = nil, frame: Int, ptsS: Double? = nil, objects: [DetectedObject]? = nil, timingMs: Timing) {
        (self.source, self.frame, self.ptsS, self.objects, self.timingMs) = (source, frame, ptsS, objects, timingMs)
    }

    enum CodingKeys: String, CodingKey {
        case type, source, frame, ptsS = "pts_s", time, dropped, width, height, objects, classes, embedding, events, cache, route, exit
        case timingMs = "timing_ms", latencyMs = "latency_ms"
    }
}

/// A detection.
public struct DetectedObject: Codable, Sendable, Equatable {
    public var label: String
    /// Index of the class in the model's output.
    public var classID: Int
    /// 0…1.
    @Rounded4 public var score: Double
    /// [x, y, width, height] in source pixels, from the top left corner of the displayed frame.
    @Rounded2 public var box: [Double]
    /// The same object has the same number in every frame, from 1; nil while it has none (`--track` only).
    public var trackID: Int?
    /// The zones that it is in (`--zones` only, and only with a `trackID`).
    public var zones: [String]?

    public init(label: String, classID: Int, score: Double, box: [Double], trackID: Int? = nil) {
        (self.label, self.classID, self.score, self.box, self.trackID) = (label, classID, score, box, trackID)
    }

    enum CodingKeys: String, CodingKey {
        case label, classID = "class_id", score, box, trackID = "track_id", zones
    }
}

/// One class of a classification.
public struct ClassScore: Codable, Sendable, Equatable {
    public var label: String
    public var classID: Int
    /// Probability, 0…1.
    @Rounded4 public var score: Double

    public init(label: String, classID: Int, score: Double) {
        (self.label, self.classID, self.score) = (label, classID, score)
    }

    enum CodingKeys: String, CodingKey {
        case label, classID = "class_id", score
    }
}

/// Reuse of cached computation.
public struct Cache: Codable, Sendable, Equatable {
    /// The policy in force, as `--cache` names it.
    public var policy: String
    /// Share of the model's multiply-accumulates that were not computed, 0…1.
    @Rounded4 public var reused: Double
    /// Why nothing could be reused (`first_frame`, `scene_cut`, …); nil when something could.
    public var reason: String?

    public init(policy: String, reused: Double, reason: String? = nil) {
        (self.policy, self.reused, self.reason) = (policy, reused, reason)
    }
}

/// Which model of a CacheNet bundle answered, and why.
public struct Route: Codable, Sendable, Equatable {
    /// The submodel whose answer this is, from 1; nil when it is the full model's, or nobody's.
    public var submodel: Int?
    /// Of the answer of the submodel that was asked last, in nats; nil when none was.
    @Rounded4 public var entropy: Double?
    /// Whether a submodel was sure enough of its answer for it to count.
    public var hit: Bool
    /// `device`, `edge`, or `none` when there was no answer to be had.
    public var servedBy: String
    /// What the selector chose, where it was asked.
    public var selected: Int?
    /// Of the selector's code, in radians, 0 to 2π.
    @Rounded4 public var angle: Double?
    /// Whether the selected submodel was not resident.
    public var miss = false
    /// Why the edge gave no answer (`edge_timeout`, `edge_backoff`, …); nil when it gave one, or was not needed.
    public var reason: String?
    /// Milliseconds that the frame waited for the edge.
    @Rounded3 public var edgeMs: Double?

    public init(hit: Bool, servedBy: String) { (self.hit, self.servedBy) = (hit, servedBy) }

    enum CodingKeys: String, CodingKey {
        case submodel, entropy, hit, servedBy = "served_by", selected, angle, miss, reason, edgeMs = "edge_ms"
    }
}

/// Where semantic memory let a classification leave the network early.
public struct Exit: Codable, Sendable, Equatable {
    /// Name of the exit point's layer; nil when the whole network ran.
    public var layer: String?
    /// Share of the model's multiply-accumulates up to there, 0…1; 1 when the whole network ran.
    @Rounded4 public var macsFraction: Double
    /// How far the evidence was past what an exit asks for; of the best exit point, and mostly negative, when the whole network ran.
    @Rounded4 public var margin: Double
    /// `classes`, `scene` or `similarity`; nil when the whole network ran.
    public var evidence: String?

    public init(layer: String?, macsFraction: Double, margin: Double, evidence: String? = nil) {
        (self.layer, self.macsFraction, self.margin, self.evidence) = (layer, macsFraction, margin, evidence)
    }

    enum CodingKeys: String, CodingKey {
        case layer
        case macsFraction = "macs_fraction"
        case margin, evidence
    }
}

/// Milliseconds of work spent on a frame. Waiting in the queue is not work and is not counted.
public struct Timing: Codable, Sendable, Equatable {
    /// Demuxing and decoding, on the decode thread.
    @Rounded3 public var decode: Double
    /// Making the model's input of the picture; nil where `infer` includes it.
    @Rounded3 public var preprocess: Double?
    /// Comparing the frame with the cached one (`--cache` only).
    @Rounded3 public var match: Double?
    /// The network, and what of the preparation and the head has no time of its own.
    @Rounded3 public var infer: Double
    /// Reading the network's outputs; nil where `infer` includes it.
    @Rounded3 public var postprocess: Double?
    /// The sum of the others.
    @Rounded3 public var total: Double

    public init(decode: Double, preprocess: Double? = nil, match: Double? = nil, infer: Double, postprocess: Double? = nil) {
        (self.decode, self.preprocess, self.match, self.infer, self.postprocess) = (decode, preprocess, match, infer, postprocess)
        total = decode + (preprocess ?? 0) + (match ?? 0) + infer + (postprocess ?? 0)
    }
}
