/// What the model saw in one frame. Every decoded frame that was selected has one, also when nothing was seen.
public struct FrameRecord: Record {
    public var type = "frame"
    /// The input; only when the run has more than one.
    public var source: String?
    /// Decode index from 0, counted before `--every` and `--fps` choose.
    public var frame: Int
    /// Presentation time in seconds; nil when the container gives none.
    public var ptsS: Double?
    /// When a live frame was received: RFC 3339, UTC.
    public var time: String?
    /// Frames of a live input that were dropped between the record before and this.
    public var dropped: Int?
    /// Detections, best first (detectors only).
    public var objects: [DetectedObject]?
    /// The likeliest classes, best first (classifiers only).
    public var classes: [ClassScore]?
    /// The model's output vector (embedding models only).
    public var embedding: [Float]?
    public var cache: Cache?
    public var route: Route?
    public var exit: Exit?
    /// What happened at zones and lines (`--zones` only).
    public var events: [ZoneEvent]?
    public var timingMs: Timing
    /// Milliseconds from the receipt of a live frame to its record.
    public var latencyMs: Double?

    public init(
        source: String? = nil, frame: Int, ptsS: Double?, objects: [DetectedObject]? = nil, classes: [ClassScore]? = nil,
        embedding: [Float]? = nil, cache: Cache? = nil, route: Route? = nil, exit: Exit? = nil, timingMs: Timing
    ) {
        (self.source, self.frame, self.ptsS) = (source, frame, ptsS)
        (self.objects, self.classes, self.embedding) = (objects, classes, embedding)
        (self.cache, self.route, self.exit, self.timingMs) = (cache, route, exit, timingMs)
    }

    enum CodingKeys: String, CodingKey {
        case type, source, frame, time, dropped, objects, classes, embedding, cache, route, exit, events
        case ptsS = "pts_s"
        case timingMs = "timing_ms"
        case latencyMs = "latency_ms"
    }

    public func write(to json: inout JSONText) {
        json.object { json in
            json.member("type", type)
            if let source { json.member("source", source) }
            json.member("frame", frame)
            if let ptsS { json.member("pts_s", ptsS, decimals: 6) }
            if let time { json.member("time", time) }
            if let dropped { json.member("dropped", dropped) }
            if let objects { json.array("objects") { json in objects.forEach { $0.write(to: &json) } } }
            if let classes { json.array("classes") { json in classes.forEach { $0.write(to: &json) } } }
            if let embedding {
                json.array("embedding") { json in embedding.forEach { json.number(Double($0), decimals: 6) } }
            }
            if let events { json.array("events") { json in events.forEach { $0.write(to: &json) } } }
            if let cache { json.object("cache", cache.write) }
            if let route { json.object("route", route.write) }
            if let exit { json.object("exit", exit.write) }
            json.object("timing_ms", timingMs.write)
            if let latencyMs { json.member("latency_ms", latencyMs, decimals: 1) }
        }
    }
}

/// A detection.
public struct DetectedObject: Codable, Sendable, Equatable {
    public var label: String
    /// Index of the class in the model's output.
    public var classID: Int
    /// 0…1.
    public var score: Double
    /// [x, y, width, height] in source pixels, from the top left corner of the displayed frame.
    public var box: [Double]
    /// The same object has the same number in every frame, from 1; nil while it has none (`--track` only).
    public var trackID: Int?
    /// The zones that it is in (`--zones` only, and only with a `trackID`).
    public var zones: [String]?

    public init(label: String, classID: Int, score: Double, box: [Double], trackID: Int? = nil) {
        (self.label, self.classID, self.score, self.box, self.trackID) = (label, classID, score, box, trackID)
    }

    enum CodingKeys: String, CodingKey {
        case label, score, box, zones
        case classID = "class_id"
        case trackID = "track_id"
    }

    func write(to json: inout JSONText) {
        json.object { json in
            json.member("label", label)
            json.member("class_id", classID)
            json.member("score", score, decimals: 4)
            json.array("box") { json in box.forEach { json.number($0, decimals: 2) } }
            if let trackID { json.member("track_id", trackID) }
            if let zones { json.array("zones") { json in zones.forEach { json.string($0) } } }
        }
    }
}

/// One class of a classification.
public struct ClassScore: Codable, Sendable, Equatable {
    public var label: String
    public var classID: Int
    /// Probability, 0…1.
    public var score: Double

    public init(label: String, classID: Int, score: Double) {
        (self.label, self.classID, self.score) = (label, classID, score)
    }

    enum CodingKeys: String, CodingKey {
        case label, score
        case classID = "class_id"
    }

    func write(to json: inout JSONText) {
        json.object { json in
            json.member("label", label)
            json.member("class_id", classID)
            json.member("score", score, decimals: 4)
        }
    }
}

/// Milliseconds of work spent on a frame. Waiting in the queue is not work and is not counted.
public struct Timing: Codable, Sendable, Equatable {
    /// Demuxing and decoding, on the decode thread.
    public var decode: Double
    /// Comparing the frame with the cached one (`--cache` only).
    public var match: Double?
    /// Pre-processing, the network and its head.
    public var infer: Double
    /// The sum of the others.
    public var total: Double

    public init(decode: Double, match: Double? = nil, infer: Double) {
        (self.decode, self.match, self.infer) = (decode, match, infer)
        total = decode + (match ?? 0) + infer
    }

    func write(to json: inout JSONText) {
        json.member("decode", decode, decimals: 3)
        if let match { json.member("match", match, decimals: 3) }
        json.member("infer", infer, decimals: 3)
        json.member("total", total, decimals: 3)
    }
}
