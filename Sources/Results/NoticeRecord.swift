import Clocks
import DeepVid
import Tracking

/// What others are told of: an event of an object, or what happened to one at a zone or line.
public struct NoticeRecord: Record {
    public static let type = "notice"

    public var camera: String
    /// The input, without secrets.
    public var source: String
    /// `start`, `update` or `end` of an object; `enter`, `leave`, `dwell` or `cross` of one at a zone or line.
    public var event: String
    /// For `enter`, `leave` and `dwell`.
    public var zone: String?
    /// For `cross`.
    public var line: String?
    public var dwellS: Double?
    public var direction: ZoneWatch.Direction?
    // The rest is the event record's.
    public var trackID: Int
    public var label: String
    public var classID: Int
    public var frame: Int
    public var ptsS: Double?
    public var time: String?
    public var startS: Double?
    public var startTime: String?
    public var endS: Double?
    public var endTime: String?
    public var score: Double
    public var box: [Double]
    public var zones: [String]?
    public var enteredZones: [String]?
    public var snapshot: SnapshotFiles?

    enum CodingKeys: String, CodingKey {
        case camera, source, event, zone, line, dwellS = "dwell_s", direction, trackID = "track_id", label, classID = "class_id", frame
        case ptsS = "pts_s", time, startS = "start_s", startTime = "start_time", endS = "end_s", endTime = "end_time", score, box, zones
        case enteredZones = "entered_zones", snapshot
    }

    private init(_ object: ObjectEvent, camera: String, source: String) {
        (self.camera, self.source, event) = (camera, source, object.kind.rawValue)
        (trackID, label, classID, frame) = (object.trackID, object.label, object.classID, object.frame)
        (ptsS, time, startS, startTime) = (object.pts, object.time, object.startSeconds, object.startTime)
        (endS, endTime, score, box) = (object.endSeconds, object.endTime, object.score, object.box)
        (zones, enteredZones, snapshot) = (object.zones, object.enteredZones, object.snapshot)
    }

    /// What an event is told as: its beginning or end, then each thing that happened at a zone or line; an update, as these alone if there
    /// are any.
    package static func notices(of object: ObjectEvent, camera: String, source: String) -> [NoticeRecord] {
        let whole = NoticeRecord(object, camera: camera, source: source)
        let parts = (object.zoneEvents ?? []).map { event in
            var part = whole
            (part.event, part.zone, part.line) = (event.kind.rawValue, event.zone, event.line)
            (part.dwellS, part.direction) = (event.dwellSeconds, event.direction)
            return part
        }
        return object.kind == .update && !parts.isEmpty ? parts : [whole] + parts
    }
}
