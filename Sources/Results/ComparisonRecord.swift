/// What `deepvid compare` measured: dense and cached inference on the same frames.
public struct ComparisonRecord: Record {
    public static let type = "comparison"
    public var schema = schemaVersion
    /// Version of the program.
    public var deepvid: String
    public var source: String
    public var reason: EndRecord.Reason
    public var model: BeginRecord.Model
    public var video: BeginRecord.Video?
    public var options: BeginRecord.Options
    public var runtime: BeginRecord.Runtime?
    /// Frames that both computed.
    public var frames = 0
    /// Sum of the dense times over the sum of the cached ones; nil without frames.
    public var speedup: Double?
    /// The same of the medians.
    public var speedupMedian: Double?
    /// `speedup` of the network alone, comparing included.
    public var speedupNetwork: Double?
    /// Preparation, network and head of a frame, every one computed in full.
    public var denseMs: Spread?
    /// The same with reuse, comparing and audits included.
    public var cachedMs: Spread?
    /// The part of it that comparing with the cached frame took.
    public var matchMs: Spread?
    /// Mean share of the multiply-accumulates that were not computed.
    public var reused: Double?
    /// Frames of which nothing was computed, for nothing had changed.
    public var unchanged = 0
    /// Frames whose boxes were moved, without running the network; nil without any.
    public var propagated: Int?
    /// Frames whose answer is that of a submodel that was sure; nil without a bundle.
    public var hits: Int?
    /// Frames computed in full, by reason, the most frequent first.
    public var fullRecomputes: [Count] = []
    /// Mean over the frames that had something to agree on, 0…1; nil when none had.
    public var agreement: Double?
    /// Those frames.
    public var agreementFrames = 0
    /// `agreement` where both sides count only what is reported.
    public var agreementStrict: Double?
    /// Whether `agreement` is as high as the policy was to keep it; nil for policies that keep none, and without agreement.
    public var target: Target?
    /// Of the frames in which at least one side reported an object, the share with as many of each class on both sides, 0…1; nil without.
    public var sameCounts: Double?
    /// Mean over the same frames of the average precision (AP50) of the cached answer, with the dense one as truth: what Boggart reports.
    public var frameMAP: Double?
    /// How dense inference agrees with itself where noise of the clip's own strength is added.
    public var floor: FloorRecord?
    /// 95 % interval of `agreement`, by seconds of the clip; nil where there are too few of them.
    public var agreementInterval: [Double]?
    /// What `end` would have said of the agreement of a run with as many `workers`; nil for policies that do not audit.
    public var audited: AgreementRecord?
    /// Analyzers that share the frames of a policy: one, however many threads the network has.
    public var workers: Int? = 1
    /// How both compare with `--truth`.
    public var truth: TruthRecord?
    /// Agreement by class, the most frequent first; empty for embeddings.
    public var classes: [ClassAgreement] = []
    /// The frames that agreed least, the worst first; none that agreed fully.
    public var worst: [WorstFrame] = []
    /// Why the input ended early, for reason `failed`.
    public var error: EndRecord.Failure?

    public init(begin: BeginRecord, reason: EndRecord.Reason, error: EndRecord.Failure? = nil) {
        (deepvid, source, model, video, options) = (begin.deepvid, begin.source, begin.model, begin.video, begin.options)
        (runtime, self.reason, self.error) = (begin.runtime, reason, error)
    }

    enum CodingKeys: String, CodingKey {
        case schema, deepvid, source, reason, model, video, options, runtime, frames, speedup, speedupMedian = "speedup_median"
        case speedupNetwork = "speedup_network"
        case denseMs = "dense_ms", cachedMs = "cached_ms", matchMs = "match_ms", reused, unchanged, propagated, hits, fullRecomputes =
            "full_recomputes"
        case agreement, agreementFrames = "agreement_frames", agreementInterval = "agreement_interval", agreementStrict =
            "agreement_strict", target, sameCounts = "same_counts", frameMAP = "frame_map"
        case floor, audited, workers, truth, classes, worst, error
    }

    /// Milliseconds a frame.
    public struct Spread: Codable, Sendable, Equatable {
        public var mean: Double
        public var median: Double
        public init(mean: Double, median: Double) { (self.mean, self.median) = (mean, median) }
    }

    /// An agreement that was to be kept, and whether it was.
    public struct Target: Codable, Sendable, Equatable {
        /// 0…1.
        public var agreement: Double
        public var isHeld: Bool
        /// By how much it was missed; nil where it was held.
        public var missedBy: Double?
        /// Whether the agreement of a longer video may be on the other side of it, by the 95 % interval; nil where there is none.
        public var isWithinInterval: Bool?

        /// - Parameter interval: 95 % of the agreement, lower and upper end.
        public init(_ target: Double, reached agreement: Double, interval: [Double]?) {
            (self.agreement, isHeld) = (target, agreement >= target)
            missedBy = isHeld ? nil : target - agreement
            isWithinInterval = interval.map { $0[0] < target && target <= $0[1] }
        }

        enum CodingKeys: String, CodingKey {
            case agreement, isHeld = "held", missedBy = "missed_by", isWithinInterval = "within_interval"
        }
    }

    public struct Count: Codable, Sendable, Equatable {
        public var reason: String
        public var frames: Int
        public init(reason: String, frames: Int) { (self.reason, self.frames) = (reason, frames) }
    }

    public struct ClassAgreement: Codable, Sendable, Equatable {
        public var label: String
        public var classID: Int
        /// Boxes (of classifiers: frames) of this class in the dense answers.
        public var dense: Int
        /// The same in the cached answers.
        public var cached: Int
        /// Share of all these that found their partner on the other side.
        public var agreement: Double

        public init(label: String, classID: Int, dense: Int, cached: Int, agreement: Double) {
            (self.label, self.classID, self.dense, self.cached, self.agreement) = (label, classID, dense, cached, agreement)
        }

        enum CodingKeys: String, CodingKey {
            case label, classID = "class_id", dense, cached, agreement
        }
    }

    public struct WorstFrame: Codable, Sendable, Equatable {
        public var frame: Int
        public var ptsS: Double?
        public var agreement: Double
        /// Share of the multiply-accumulates that were not computed.
        public var reused: Double
        /// Why it was computed in full, if it was.
        public var reason: String?
        /// The file with its picture, with `--save-worst`.
        public var picture: String?

        public init(frame: Int, ptsS: Double?, agreement: Double, reused: Double, reason: String? = nil) {
            (self.frame, self.ptsS, self.agreement, self.reused, self.reason) = (frame, ptsS, agreement, reused, reason)
        }

        enum CodingKeys: String, CodingKey {
            case frame, ptsS = "pts_s", agreement, reused, reason, picture
        }
    }

    /// Dense and cached answers against what is really to be seen.
    public struct TruthRecord: Codable, Sendable, Equatable {
        /// Labelled frames that were compared, and the objects in them.
        public var frames: Int
        public var objects: Int
        /// Labels of the objects that count, where `--classes` left others out of a truth that tells classes.
        public var classes: [String]?
        public var dense: Figures
        public var cached: Figures
        /// By class, the most frequent first; nil of a truth that tells no classes.
        public var byClass: [ClassFigures]?

        public init(
            frames: Int, objects: Int, classes: [String]? = nil, dense: Figures, cached: Figures, byClass: [ClassFigures]? = nil
        ) {
            (self.frames, self.objects, self.classes) = (frames, objects, classes)
            (self.dense, self.cached, self.byClass) = (dense, cached, byClass)
        }

        enum CodingKeys: String, CodingKey { case frames, objects, classes, dense, cached, byClass = "by_class" }

        /// A class of the truth, with its objects and the average precision at an overlap of 0.5.
        public struct ClassFigures: Codable, Sendable, Equatable {
            public var label: String
            public var objects: Int
            public var denseAP50: Double
            public var cachedAP50: Double

            public init(label: String, objects: Int, denseAP50: Double, cachedAP50: Double) {
                (self.label, self.objects, self.denseAP50, self.cachedAP50) = (label, objects, denseAP50, cachedAP50)
            }

            enum CodingKeys: String, CodingKey { case label, objects, denseAP50 = "dense_ap50", cachedAP50 = "cached_ap50" }
        }

        /// Average precision at an overlap of 0.5, and over 0.5 to 0.95; of a truth that follows objects, MOTA, IDF1 and the times that an
        /// object got another id.
        public struct Figures: Codable, Sendable, Equatable {
            public var ap50: Double?
            public var ap: Double?
            public var mota: Double?
            public var idf1: Double?
            public var idSwitches: Int?

            public init(ap50: Double?, ap: Double?, mota: Double?, idf1: Double?, idSwitches: Int?) {
                (self.ap50, self.ap, self.mota, self.idf1, self.idSwitches) = (ap50, ap, mota, idf1, idSwitches)
            }

            enum CodingKeys: String, CodingKey {
                case ap50, ap, mota, idf1, idSwitches = "id_switches"
            }
        }
    }
}
