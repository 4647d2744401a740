import CacheNet
import DeepVid
import Vision

/// What the model saw in one frame. Every decoded frame that was selected has one, also when nothing was seen.
public struct FrameRecord: Record {
    public static let type = "frame"
    /// The input; only when the run has more than one.
    public var source: String?
    /// Decode index from 0, counted before `--every` and `--fps` choose.
    public var frame: Int
    /// Presentation time in seconds; nil when the container gives none.
    public var ptsS: Double?
    /// When the picture was taken, of live input when it was received: RFC 3339, UTC. Nil where that is not known.
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
    public var embedding: [Float]?
    /// The classes that are somewhere in the frame, the largest first (semantic segmentation only).
    public var segments: [SegmentRecord]?
    /// How far away things are (depth estimation only).
    public var depth: DepthRecord?
    /// What happened at zones and lines (`--zones` only).
    public var events: [ZoneEvent]?
    public var cache: Cache?
    /// At which capacity the model answered, where capacities are chosen among.
    public var capacity: String?
    /// What each of several models says, under its name; nil where there is one. What is above is of one of them.
    public var models: ByModel<ModelAnswerRecord>?
    public var route: RouteOutcome?
    public var exit: FrameResult.Exit?
    public var timingMs: Timing
    /// Milliseconds from the receipt of a live frame to its record.
    public var latencyMs: Double?

    enum CodingKeys: String, CodingKey {
        case source, frame, ptsS = "pts_s", time, dropped, width, height, objects, classes, embedding, segments, depth, events, cache,
            capacity, models, route, exit
        case timingMs = "timing_ms", latencyMs = "latency_ms"
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
    /// True where it has not moved since it was first seen, so that it counts nowhere; else nil (`--track` without `--static keep` only).
    public var isStatic: Bool?
    /// The zones that it is in (`--zones` only, and only with a `trackID`).
    public var zones: [String]?
    /// Its pixels (segmentation models only).
    public var mask: MaskRecord?
    /// Its points (pose models only).
    public var keypoints: [KeypointRecord]?
    /// Of the turned box, in order around it, and the angle of its first side in radians, 0 to π/2 (models of turned boxes only).
    public var corners: [[Double]]?
    public var angle: Double?
    /// What second models say of it (`--then` only): of classifiers, one after the other, by falling probability; of an embedding; and where
    /// that is from if none of them had to run.
    public var classes: [ObjectClass]?
    public var embedding: [Float]?
    public var reused: ObjectAnswer.Source?

    package init(label: String, classID: Int, score: Double, box: [Double], trackID: Int? = nil, zones: [String]? = nil) {
        (self.label, self.classID, self.score) = (label, classID, score)
        (self.box, self.trackID, self.zones) = (box, trackID, zones)
    }

    enum CodingKeys: String, CodingKey {
        case label, classID = "class_id", score, box, trackID = "track_id", isStatic = "static", zones, mask, keypoints, corners, angle,
            classes, embedding, reused
    }
}

/// One class of a classification.
public struct ClassScore: Codable, Sendable, Equatable {
    public var label: String
    public var classID: Int
    /// Probability, 0…1.
    public var score: Double

    enum CodingKeys: String, CodingKey {
        case label, classID = "class_id", score
    }
}

/// A class of a semantic map.
public struct SegmentRecord: Codable, Sendable, Equatable {
    public var label: String
    public var classID: Int
    /// Of the frame's pixels, 0…1.
    public var share: Double

    enum CodingKeys: String, CodingKey {
        case label, classID = "class_id", share
    }
}

/// Depths over a frame, in the model's own unit.
public struct DepthRecord: Codable, Sendable, Equatable {
    public var least: Double
    public var median: Double
    public var greatest: Double

    enum CodingKeys: String, CodingKey {
        case least = "depth_min", median = "depth_median", greatest = "depth_max"
    }
}

/// Reuse of cached computation.
public struct Cache: Codable, Sendable, Equatable {
    /// The policy in force, as `--cache` names it.
    public var policy: String
    /// Share of the model's multiply-accumulates that were not computed, 0…1.
    public var reused: Double
    /// Why nothing could be reused (`first_frame`, `scene_cut`, …); nil when something could.
    public var reason: String?
}

/// Milliseconds of work spent on a frame. Waiting in the queue is not work and is not counted.
public struct Timing: Codable, Sendable, Equatable {
    /// Demuxing and decoding, on the decode thread.
    public var decode: Double
    /// Making the model's input of the picture; nil where `infer` includes it.
    public var preprocess: Double?
    /// Comparing the frame with the cached one (`--cache` only).
    public var match: Double?
    /// The network, and what of the preparation and the head has no time of its own.
    public var infer: Double
    /// Reading the network's outputs; nil where `infer` includes it.
    public var postprocess: Double?
    /// Second models (`--then` and `--reid` only).
    public var then: Double?
    /// The sum of the others.
    public var total: Double

    public init(
        decode: Double, preprocess: Double? = nil, match: Double? = nil, infer: Double, postprocess: Double? = nil, then: Double? = nil
    ) {
        (self.decode, self.preprocess, self.match, self.infer, self.postprocess) = (decode, preprocess, match, infer, postprocess)
        self.then = then
        total = decode + (preprocess ?? 0) + (match ?? 0) + infer + (postprocess ?? 0) + (then ?? 0)
    }
}
