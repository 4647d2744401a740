import Models
import Tracking
import Video
import Vision

/// What becomes of a model's results: whether objects are followed, and what is given out.
public struct OutputOptions: Sendable {
    public enum Lines: String, Sendable {
        /// Every frame.
        case frames
        /// Frames in which objects changed.
        case changes
        /// Events of objects instead of frames.
        case events
    }

    /// Whether objects get ids; zones and events need that anyway.
    public var follows = false
    /// For how long an object may be out of sight, in seconds.
    public var trackBuffer = Tracker.defaultBuffer
    public var zones: ZonePlan?
    public var lines = Lines.frames
    /// The folder of the pictures of each object's best view; nil takes none.
    public var snapshots: String?
    /// Whether the objects' events are given besides frames, for who tells others of them.
    public var tellsEvents = false

    public init() {}

    public var isTracking: Bool { follows || zones != nil || givesEvents }

    /// Whether events of objects are given, with frames or instead of them.
    var givesEvents: Bool { lines == .events || snapshots != nil || tellsEvents }

    /// - Throws: when the model gives nothing to follow, or knows no such class.
    public func check(_ model: ModelProfile) throws(DeepVidError) {
        let head = model.card.head
        if isTracking, !head.isDetector {
            throw DeepVidError(
                .invalidOptions,
                "--track, --zones, --events and what is done at events follow boxes, and head '\(head.rawValue)' of \(model.name) gives none: leave them out, or name a detector"
            )
        }
        if lines == .changes, head == .embedding || head == .depth {
            throw DeepVidError(
                .invalidOptions,
                "--only-changes compares objects or classes, and head '\(head.rawValue)' of \(model.name) gives neither: leave it out")
        }
        try zones?.check(model.labels, model.name)
    }

    /// - Throws: when a zone is not in the picture.
    func check(_ info: StreamInfo, _ source: String) throws(DeepVidError) {
        try zones?.check(width: info.width, height: info.height, source)
    }
}
