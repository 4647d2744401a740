import DeepVid

/// The beginning, a change or the end of one object's stay in the picture (`--events`).
public struct EventRecord: Record {
    public typealias Kind = ObjectEvent.Kind

    public var type = "event"
    /// The input; only when the run has more than one.
    public var source: String?
    public var event: Kind
    public var trackID: Int
    public var label: String
    public var classID: Int
    /// The frame that brought this record.
    public var frame: Int
    @Rounded6 public var ptsS: Double?
    /// When the object was first seen.
    @Rounded6 public var startS: Double?
    /// When it was last seen; for `end`.
    @Rounded6 public var endS: Double?
    /// The best so far.
    @Rounded4 public var score: Double
    /// [x, y, width, height] in source pixels, where the score was best.
    @Rounded2 public var box: [Double]
    /// The frame of that box.
    public var bestFrame: Int
    @Rounded6 public var bestS: Double?
    /// Where the object is, at the end where it was; nil without `--zones`.
    public var zones: [String]?
    /// Where it has been so far, in the order of coming there; nil without `--zones`.
    public var enteredZones: [String]?
    /// What happened to it at zones and lines in this frame; nil without `--zones`.
    public var events: [ZoneEvent]?

    public init(
        _ event: Kind, trackID: Int, label: String, classID: Int, frame: Int, ptsS: Double?, score: Double, box: [Double], bestFrame: Int
    ) {
        (self.event, self.trackID, self.label, self.classID) = (event, trackID, label, classID)
        (self.frame, self.ptsS, self.score, self.box, self.bestFrame) = (frame, ptsS, score, box, bestFrame)
    }

    enum CodingKeys: String, CodingKey {
        case type, source, event, trackID = "track_id", label, classID = "class_id", frame, ptsS = "pts_s", startS = "start_s"
        case endS = "end_s", score, box, bestFrame = "best_frame", bestS = "best_s", zones, enteredZones = "entered_zones", events
    }
}

/// What happened to an object at a zone or line.
public struct ZoneEvent: Codable, Sendable, Equatable {
    public typealias Kind = DeepVid.ZoneEvent.Kind

    public var event: Kind
    /// For `enter`, `leave` and `dwell`.
    public var zone: String?
    /// For `cross`.
    public var line: String?
    public var trackID: Int
    public var label: String
    public var classID: Int
    /// For `leave` and `dwell`: how long the object has been in the zone.
    @Rounded3 public var dwellS: Double?
    /// For `cross`: `left_to_right` or `right_to_left`, as seen looking from the line's first point to its second.
    public var direction: String?

    public init(
        _ event: Kind, zone: String? = nil, line: String? = nil, trackID: Int, label: String, classID: Int, dwellS: Double? = nil,
        direction: String? = nil
    ) {
        (self.event, self.zone, self.line, self.trackID) = (event, zone, line, trackID)
        (self.label, self.classID, self.dwellS, self.direction) = (label, classID, dwellS, direction)
    }

    enum CodingKeys: String, CodingKey {
        case event, zone, line, trackID = "track_id", label, classID = "class_id", dwellS = "dwell_s", direction
    }
}
