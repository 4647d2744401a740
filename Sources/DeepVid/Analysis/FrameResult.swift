import CacheNet
import DeepCache
import Tracking
import Video
import Vision

/// What is kept of a frame once its pixels are let go.
public struct FrameInfo: Sendable {
    /// Decode index from 0, counted before frames are selected; over all connections of a live input.
    public var index: Int
    /// Presentation time in seconds; nil when the container gives none.
    public var pts: Double?
    /// In pixels, as displayed: the space of boxes.
    public var width, height: Int
    /// Wall time that reading and decoding took.
    public var decodeMilliseconds: Double
    /// When the frame's data arrived here; nil for a frame that a program made (`Frame.init`) instead of reading it from an input.
    public var arrival: Arrival?
    /// When the picture was taken, in seconds since 1970; nil where that is not known.
    public var time: Double?
    /// Frames of a live input that were dropped between the frame before and this.
    public var dropped: Int
    /// Packets of the input, or of the connection of a live input, that were skipped so far because they could not be decoded.
    public var corruptPackets: Int

    package init(_ frame: Frame, index: Int? = nil) {
        (self.index, pts, decodeMilliseconds) = (index ?? frame.index, frame.ptsSeconds, frame.decodeMilliseconds)
        (width, height, arrival) = (frame.width, frame.height, frame.arrival)
        (dropped, corruptPackets) = (frame.droppedBefore, frame.corruptPackets)
    }
}

/// What a model says of one frame, and how the answer was come by.
public struct FrameResult: Sendable {
    public var frame: FrameInfo
    /// Of several models that of the first detector, or of the first model.
    public var answer: HeadResult
    /// What the other models say, in their order; empty where there is one model.
    public var others: [ModelAnswer] = []
    /// Which variant of the model answered; nil of one that has none.
    public var variant: String?
    /// Nil with `ReuseOptions.Policy.off`.
    public var reuse: Reuse?
    /// Where semantic memory let the frame leave the network; nil without memory.
    public var exit: Exit?
    /// Which model of a bundle answered; nil without a bundle.
    public var route: RouteOutcome?
    /// What happened at zones and lines; nil without zones.
    public var zoneEvents: [ZoneEvent]?
    public var timing: Timing
    /// How unsure the model was, in nats; nil where that is not measured.
    public var entropy: Double?
    /// Milliseconds from the receipt of a live frame to its result; nil for others.
    public var latencyMilliseconds: Double?

    /// Reuse of computation from earlier frames.
    public struct Reuse: Sendable {
        public var policy: ReuseOptions.Policy
        /// Share of the model's multiply-accumulates that were not computed, 0…1.
        public var share: Double
        /// Why nothing was reused; nil when something could be.
        public var reason: ReuseReason?
        /// Mean agreement with dense inference that this frame's analyzer has measured so far; nil where it measures none.
        public var agreement: Double?
    }

    /// Where semantic memory let a classification leave the network.
    public struct Exit: Codable, Sendable, Equatable {
        /// Name of the layer; nil when the whole network ran.
        public var layer: String?
        /// Share of the multiply-accumulates up to there, 0…1.
        public var macsFraction: Double
        /// How far the evidence was past what an exit asks for; of the best exit point, and mostly negative, when the whole network ran.
        public var margin: Double
        /// `classes`, `scene` or `similarity`; nil when the whole network ran.
        public var evidence: String?

        enum CodingKeys: String, CodingKey {
            case layer, macsFraction = "macs_fraction", margin, evidence
        }
    }

    /// Milliseconds of work. Waiting is not work.
    public struct Timing: Sendable {
        /// Demuxing and decoding, on the decode thread.
        public var decode = 0.0
        /// Fitting the frame into the model's input.
        public var preprocess = 0.0
        /// Comparing with the reference; nil when nothing was compared.
        public var match: Double?
        /// The network.
        public var infer = 0.0
        /// The head: boxes, classes.
        public var postprocess = 0.0
        /// Second models, and cutting out the crops that they look at; nil without.
        public var then: Double?

        package init(
            decode: Double = 0, preprocess: Double = 0, match: Double? = nil, infer: Double = 0, postprocess: Double = 0
        ) {
            (self.decode, self.preprocess, self.match) = (decode, preprocess, match)
            (self.infer, self.postprocess) = (infer, postprocess)
        }

        public var total: Double { decode + preprocess + (match ?? 0) + infer + postprocess + (then ?? 0) }
    }

    package init(
        _ frame: FrameInfo, answer: HeadResult, reuse: Reuse? = nil, exit: Exit? = nil, timing: Timing, entropy: Double? = nil
    ) {
        (self.frame, self.answer, self.reuse, self.exit, self.timing, self.entropy) = (frame, answer, reuse, exit, timing, entropy)
    }

    /// An answer that comes from no network.
    init(_ frame: PreparedFrame, answer: HeadResult) {
        let timing = Timing(decode: frame.info.decodeMilliseconds, preprocess: frame.milliseconds)
        self.init(frame.info, answer: answer, timing: timing)
    }

    /// A detector's objects, best first; empty for other models.
    public var detections: [Detection] {
        get { if case .detections(let all) = answer { all } else { [] } }
        set { answer = .detections(newValue) }
    }

    /// A classifier's classes, best first; empty for other models.
    public var classes: [Classification] { if case .classes(let all) = answer { all } else { [] } }

    /// An embedding model's vector; empty for other models.
    public var embedding: [Float] { if case .embedding(let vector) = answer { vector } else { [] } }
}
