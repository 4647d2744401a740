/// The beginning, a change or the end of one object's stay in the picture (`--events`).
public struct EventRecord: Record {
    public enum Kind: String, Codable, Sendable, Equatable { case start, update, end }

    public var type = "event"
    /// The input; only when the run has more than one.
    public var source: String?
    public var event: Kind
    public var trackID: Int
    public var label: String
    public var classID: Int
    /// The frame that brought this record.
    public var frame: Int
    public var ptsS: Double?
    /// When the object was first seen.
    public var startS: Double?
    /// When it was last seen; for `end`.
    public var endS: Double?
    /// The best so far.
    public var score: Double
    /// [x, y, width, height] in source pixels, where the score was best.
    public var box: [Double]
    /// The frame of that box.
    public var bestFrame: Int
    public var bestS: Double?
    /// Where the object is, at the end where it was; nil without `--zones`.
    public var zones: [String]?
    /// Where it has been so far, in the order of coming there; nil without `--zones`.
    public var enteredZones: [String]?
    /// What happened to it at zones and lines in this frame; nil without `--zones`.
    public var events: [ZoneEvent]?

    public init(
        _ event: Kind, source: String? = nil, trackID: Int, label: String, classID: Int, frame: Int, ptsS: Double?, startS: Double?,
        endS: Double? = nil, score: Double, box: [Double], bestFrame: Int, bestS: Double?, zones: [String]? = nil,
        enteredZones: [String]? = nil, events: [ZoneEvent]? = nil
    ) {
        (self.event, self.source, self.trackID, self.label, self.classID) = (event, source, trackID, label, classID)
        (self.frame, self.ptsS, self.startS, self.endS) = (frame, ptsS, startS, endS)
        (self.score, self.box, self.bestFrame, self.bestS) = (score, box, bestFrame, bestS)
        (self.zones, self.enteredZones, self.events) = (zones, enteredZones, events)
    }

    enum CodingKeys: String, CodingKey {
        case type, source, event, label, frame, score, box, zones, events
        case trackID = "track_id"
        case classID = "class_id"
        case ptsS = "pts_s"
        case startS = "start_s"
        case endS = "end_s"
        case bestFrame = "best_frame"
        case bestS = "best_s"
        case enteredZones = "entered_zones"
    }

    public func write(to json: inout JSONText) {
        json.object { json in
            json.member("type", type)
            if let source { json.member("source", source) }
            json.member("event", event.rawValue)
            json.member("track_id", trackID)
            json.member("label", label)
            json.member("class_id", classID)
            json.member("frame", frame)
            if let ptsS { json.member("pts_s", ptsS, decimals: 6) }
            if let startS { json.member("start_s", startS, decimals: 6) }
            if let endS { json.member("end_s", endS, decimals: 6) }
            json.member("score", score, decimals: 4)
            json.array("box") { json in box.forEach { json.number($0, decimals: 2) } }
            json.member("best_frame", bestFrame)
            if let bestS { json.member("best_s", bestS, decimals: 6) }
            if let zones { json.array("zones") { json in zones.forEach { json.string($0) } } }
            if let enteredZones { json.array("entered_zones") { json in enteredZones.forEach { json.string($0) } } }
            if let events { json.array("events") { json in events.forEach { $0.write(to: &json) } } }
        }
    }
}
