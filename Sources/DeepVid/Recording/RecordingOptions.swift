import Models
import Results
import Tracking
import Video
import Vision

/// What becomes of what the model saw: whether objects are followed, and which records are written.
public struct RecordingOptions: Sendable {
    public enum Lines: String, Sendable {
        /// A record for every frame.
        case frames
        /// Records only for frames in which objects changed.
        case changes
        /// Records of objects instead of frames.
        case events
    }

    /// Whether objects get ids; zones and events need that anyway.
    public var follows = false
    /// For how long an object may be out of sight, in seconds.
    public var trackBuffer = TrackerParameters().bufferSeconds
    public var zones: ZonePlan?
    public var lines = Lines.frames

    public init() {}

    public var isTracking: Bool { follows || zones != nil || lines == .events }

    /// - Throws: when the model gives nothing to follow, or knows no such class.
    public func check(_ model: ModelProfile) throws(DeepVidError) {
        let head = model.card.head
        if isTracking, !head.isDetector {
            throw DeepVidError(
                .invalidOptions,
                "--track, --zones and --events follow boxes, and head '\(head.rawValue)' of \(model.name) gives none: leave them out, or name a detector"
            )
        }
        if lines == .changes, head == .embedding {
            throw DeepVidError(
                .invalidOptions,
                "--only-changes compares objects or classes, and head 'embedding' of \(model.name) gives neither: leave it out")
        }
        try zones?.check(model.labels, model.name)
    }

    /// - Throws: when a zone is not in the picture.
    func check(_ info: StreamInfo, _ source: String) throws(DeepVidError) {
        try zones?.check(width: info.width, height: info.height, source)
    }

    /// Tells the `begin` record what was asked for.
    func describe(in begin: inout BeginRecord) {
        if isTracking { begin.options.trackBufferS = trackBuffer }
        if lines != .frames { begin.options.records = lines.rawValue }
        guard let zones, let video = begin.video else { return }
        let layout = zones.layout(width: video.width, height: video.height)
        begin.options.zones = layout.zones.map { ZoneShape(name: $0.name, points: $0.polygon.points.map { [$0.x, $0.y] }) }
        begin.options.lines = layout.lines.map { line in
            ZoneShape(name: line.name, points: [line.segment.from, line.segment.to].map { [$0.x, $0.y] })
        }
    }
}
