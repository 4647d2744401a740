import Clocks
import DeepVid
import Tracking
import Video

/// What others are told of: an event of an object, what happened to one at a zone or line, or that a camera is gone or back.
public struct NoticeRecord: Record {
    public static let type = "notice"

    public enum Kind: String, CaseIterable, Sendable {
        /// Of an object.
        case start, update, end
        /// Of one at a zone or line.
        case enter, leave, dwell, cross
        /// Of a camera: it has no pictures any more, or from the beginning; it has them again.
        case offline, online
    }

    public var camera: String
    /// The input, without secrets.
    public var source: String
    /// A `Kind`.
    public var event: String
    /// A sentence for people, with the time of day on the machine's clock where it is known.
    public var text = ""
    /// For `enter`, `leave` and `dwell`.
    public var zone: String?
    /// For `cross`.
    public var line: String?
    public var dwellS: Double?
    public var direction: ZoneWatch.Direction?
    // The event record's, if it is of an object.
    public var trackID: Int?
    public var label: String?
    public var classID: Int?
    public var frame: Int?
    public var ptsS: Double?
    public var time: String?
    public var startS: Double?
    public var startTime: String?
    public var endS: Double?
    public var endTime: String?
    public var score: Double?
    public var box: [Double]?
    public var zones: [String]?
    public var enteredZones: [String]?
    public var snapshot: SnapshotFiles?
    /// For `offline`: what is wrong.
    public var message: String?
    /// For `online`: seconds without pictures.
    public var durationS: Double?

    enum CodingKeys: String, CodingKey {
        case camera, source, event, text, zone, line, dwellS = "dwell_s", direction, trackID = "track_id", label, classID = "class_id",
            frame
        case ptsS = "pts_s", time, startS = "start_s", startTime = "start_time", endS = "end_s", endTime = "end_time", score, box, zones
        case enteredZones = "entered_zones", snapshot, message, durationS = "duration_s"
    }

    private init(_ kind: Kind, camera: String, source: String) { (self.camera, self.source, event) = (camera, source, kind.rawValue) }

    private init(_ object: ObjectEvent, camera: String, source: String) {
        (self.camera, self.source, event) = (camera, source, object.kind.rawValue)
        (trackID, label, classID, frame) = (object.trackID, object.label, object.classID, object.frame)
        (ptsS, time, startS, startTime) = (object.pts, object.time, object.startSeconds, object.startTime)
        (endS, endTime, score, box) = (object.endSeconds, object.endTime, object.score, object.box)
        (zones, enteredZones, snapshot) = (object.zones, object.enteredZones, object.snapshot)
    }

    /// What an event is told as: its beginning or end, then each thing that happened at a zone or line; an update, as these alone if there
    /// are any.
    /// - Parameter zone: the clock of the texts.
    package static func notices(of object: ObjectEvent, camera: String, source: String, zone: Zone) -> [NoticeRecord] {
        let whole = NoticeRecord(object, camera: camera, source: source)
        let parts = (object.zoneEvents ?? []).map { event in
            var part = whole
            (part.event, part.zone, part.line) = (event.kind.rawValue, event.zone, event.line)
            (part.dwellS, part.direction) = (event.dwellSeconds, event.direction)
            return part
        }
        return (object.kind == .update && !parts.isEmpty ? parts : [whole] + parts).map { $0.told(by: zone) }
    }

    /// That a live input broke off, or that it is back.
    package static func notice(of outage: Outage, isBack: Bool, camera: String, source: String, zone: Zone) -> NoticeRecord {
        var notice = NoticeRecord(isBack ? .online : .offline, camera: camera, source: source)
        notice.time = UTCTime.text(isBack ? Arrival.now.wall : outage.noticed.wall)
        notice.ptsS = outage.lastPts
        if isBack { notice.durationS = outage.since.age.rounded() / 1000 } else { notice.message = outage.cause.message }
        notice.text =
            isBack
            ? "\(camera) is back, \(zone.timeOfDay(Arrival.now.wall)), after \(numberText(outage.since.age / 1000, decimals: 1)) s without pictures"
            : "no picture from \(camera) since \(zone.timeOfDay(outage.since.wall))"
        return notice
    }

    /// With its text.
    private func told(by zone: Zone) -> NoticeRecord {
        var notice = self
        let label = label ?? "object", place = self.zone ?? "", line = line ?? ""
        let what =
            switch Kind(rawValue: event) {
            case .update: "\(label) still at \(camera)"
            case .end: "\(label) gone from \(camera)"
            case .enter: "\(label) came into \(place) at \(camera)"
            case .leave: "\(label) left \(place) at \(camera)"
            case .dwell: "\(label) in \(place) at \(camera) for \(numberText(dwellS ?? 0, decimals: 0)) s"
            case .cross: "\(label) crossed \(line) at \(camera)"
            case .start, .offline, .online, nil: "\(label) at \(camera)"
            }
        let moment = ((event == Kind.end.rawValue ? endTime : nil) ?? time).flatMap(UTCTime.seconds)
        notice.text = what + (moment.map { ", " + Self.shown($0, zone) } ?? "")
        // Who stood still at first is told of when she moves.
        if event == Kind.start.rawValue, let moment, let start = startTime.flatMap(UTCTime.seconds), moment - start > Self.late {
            notice.text += ", there since \(zone.timeOfDay(start))"
        }
        return notice
    }

    /// Seconds from the time at which an object came to that of its notice that are worth a word.
    private static let late = 2.0

    /// The time of day, with the date where it is not today's: a recording may be of any day.
    private static func shown(_ seconds: Double, _ zone: Zone) -> String {
        func day(_ seconds: Double) -> Substring { zone.timeOfDay(seconds, hasDate: true).prefix(10) }
        return zone.timeOfDay(seconds, hasDate: day(seconds) != day(Arrival.now.wall))
    }
}
