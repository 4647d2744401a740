import Clocks
import Tracking
import Vision

/// What happened to an object at a zone or line.
public struct ZoneEvent: Sendable, Equatable, Codable {
    /// The raw values stand in records.
    public enum Kind: String, Sendable, Codable { case enter, leave, dwell, cross }

    /// What happened.
    public var kind: Kind
    /// Its name; for `enter`, `leave` and `dwell`.
    public var zone: String?
    /// Its name; for `cross`.
    public var line: String?
    /// The object's id.
    public var trackID: Int
    /// The object's class, by name.
    public var label: String
    /// The object's class, by its number in the model.
    public var classID: Int
    /// For `leave` and `dwell`: how long the object has been in the zone.
    public var dwellSeconds: Double?
    /// For `cross`: as seen looking from the line's first point to its second.
    public var direction: ZoneWatch.Direction?

    enum CodingKeys: String, CodingKey {
        case kind = "event", zone, line, trackID = "track_id", label, classID = "class_id", dwellSeconds = "dwell_s", direction
    }
}

extension ZoneEvent {
    /// An event of the layout under the names that its zones and lines have.
    init(_ event: ZoneWatch.Event, _ layout: ZoneLayout, _ trackID: Int, _ label: String, _ classID: Int) {
        (self.trackID, self.label, self.classID) = (trackID, label, classID)
        switch event {
        case .entered(let zone): (kind, self.zone) = (.enter, layout.zones[zone].name)
        case .left(let zone, let seconds): (kind, self.zone, dwellSeconds) = (.leave, layout.zones[zone].name, seconds)
        case .dwelt(let zone, let seconds): (kind, self.zone, dwellSeconds) = (.dwell, layout.zones[zone].name, seconds)
        case .crossed(let line, let direction): (kind, self.line, self.direction) = (.cross, layout.lines[line].name, direction)
        }
    }
}

/// The beginning, a change or the end of one object's stay in the picture.
public struct ObjectEvent: Sendable, Codable, Equatable {
    /// The raw values stand in records.
    public enum Kind: String, Sendable, Codable { case start, update, end }

    /// The input; only where a run's records name it.
    public var source: String?
    /// What happened.
    public var kind: Kind
    /// The object's id, the same in all its events.
    public var trackID: Int
    /// Its class, by name.
    public var label: String
    /// Its class, by its number in the model.
    public var classID: Int
    /// Index of the frame that brought this event.
    public var frame: Int
    /// Presentation time of that frame in seconds; nil where it has none.
    public var pts: Double?
    /// The time of day of that frame: RFC 3339, UTC; nil where it is not known.
    public var time: String?
    /// Presentation time of the frame that first showed the object, in seconds.
    public var startSeconds: Double?
    /// The time of day of that frame, as `time`.
    public var startTime: String?
    /// Presentation time of the frame that last showed it, in seconds; for `end`.
    public var endSeconds: Double?
    /// The time of day of that frame, as `time`.
    public var endTime: String?
    /// The best that it had so far, 0…1.
    public var score: Double
    /// The box of that score: [x, y, width, height] in source pixels.
    public var box: [Double]
    /// Index of the frame of that box.
    public var bestFrame: Int
    /// Presentation time of that frame, in seconds.
    public var bestPts: Double?
    /// Where the object is, at the end where it was; nil without zones.
    public var zones: [String]?
    /// Where it has been so far, in the order of coming there; nil without zones.
    public var enteredZones: [String]?
    /// What happened to it at zones and lines in this frame; nil without zones.
    public var zoneEvents: [ZoneEvent]?
    /// What second models say of it, as it stands: see `ObjectAnswer`.
    public var classes: [ObjectClass]?
    /// The vector of a second model that gives one.
    public var embedding: [Float]?
    /// Files of the best view; nil where there are none.
    public var snapshot: SnapshotFiles?
    /// The best view so far; nil in what is read back. Not a part of the record.
    public var view: BestView?

    /// Takes what a later frame shows of the object.
    fileprivate mutating func see(_ object: Detection, in frame: FrameInfo) {
        let seen = Double(object.score)
        if seen > score { (score, box, bestFrame, bestPts) = (seen, object.box.list, frame.index, frame.pts) }
        zones = object.zones
        take(object.answer)
        for zone in object.zones ?? [] where enteredZones?.contains(zone) == false { enteredZones?.append(zone) }
    }

    /// An answer is there from the first frame on; without second models, never.
    fileprivate mutating func take(_ answer: ObjectAnswer?) {
        guard let answer else { return }
        (classes, embedding) = (answer.classes, answer.embedding)
    }

    enum CodingKeys: String, CodingKey {
        case source, kind = "event", trackID = "track_id", label, classID = "class_id", frame, pts = "pts_s", time
        case startSeconds = "start_s", startTime = "start_time", endSeconds = "end_s", endTime = "end_time", score, box, bestFrame =
            "best_frame", bestPts = "best_s", zones, enteredZones = "entered_zones"
        case zoneEvents = "events", classes, embedding, snapshot
    }
}

/// The files of an object's best view, in the folder of `OutputOptions.snapshots`.
public struct SnapshotFiles: Sendable, Codable, Equatable {
    /// The object with a margin around it, as large as in the source.
    public var crop: String
    /// The whole frame with the object's box drawn.
    public var frame: String

    package init(crop: String, frame: String) { (self.crop, self.frame) = (crop, frame) }
}

extension Box {
    /// [x, y, width, height].
    package var list: [Double] { [x, y, width, height].map(Double.init) }
}

/// Turns frames into the beginnings, changes and ends of objects.
struct ObjectEvents: Codable, Sendable, Equatable {
    /// Objects that have begun and not ended, by id.
    private var entries: [Entry] = []
    private var lastFrame = 0
    private var lastPTS: Double?
    private var lastTime: Double?

    private struct Entry: Codable, Equatable {
        /// As it stands now.
        var event: ObjectEvent
        /// When it was last given, and the score that was given.
        var givenTime: Double
        var givenScore: Double
        /// The time of day when it was last seen.
        var seenTime: Double?
        /// Whether its start was given. It is when the object has moved: what never does is none.
        var isGiven = false
        var view: BestView
    }

    /// The best views of all objects that have begun and not ended.
    var views: [(track: Int, view: BestView)] { entries.map { ($0.event.trackID, $0.view) } }

    /// A score that is better by this much is worth an update.
    static let scoreMargin = 0.05
    /// An object in sight has an update at least this often, in seconds.
    static let longestSilence = 10.0

    /// One frame; with zones, `result.zoneEvents` has what happened there.
    /// - Parameter followed: the objects that have events, by id; it begins with the first frame in which an object is among them.
    /// - Returns: ends, then beginnings and changes, each by id.
    mutating func add(_ result: FrameResult, _ step: Tracker.Step, _ followed: Set<Int>, at time: Double) -> [ObjectEvent] {
        let frame = result.frame
        (lastFrame, lastPTS, lastTime) = (frame.index, frame.pts, frame.time)
        var events = step.ended.compactMap { end($0, zoneEvents: result.zoneEvents?.filter { [id = $0.id] in $0.trackID == id }) }
        // What was remembered and has not begun is seen as if for the first time.
        entries.removeAll { entry in !entry.isGiven && step.revived.contains { $0.id == entry.event.trackID } }
        let seen = result.detections.filter { $0.trackID != nil }.sorted { $0.trackID! < $1.trackID! }
        for object in seen {
            let happened = result.zoneEvents?.filter { $0.trackID == object.trackID }
            let index = entries.firstIndex { $0.event.trackID >= object.trackID! } ?? entries.count
            if index == entries.count || entries[index].event.trackID != object.trackID {
                let start = (step.started + step.revived).first { $0.id == object.trackID }?.startTime
                entries.insert(begin(object, frame, since: start, at: time), at: index)
            } else {
                entries[index].event.see(object, in: frame)
                entries[index].view.see(object, in: frame)
                entries[index].seenTime = frame.time
            }
            guard entries[index].isGiven else {
                guard followed.contains(object.trackID!) else { continue }
                entries[index].isGiven = true
                events.append(give(index, .start, frame, happened, at: time))
                continue
            }
            let entry = entries[index], isBetter = entry.event.score >= entry.givenScore + Self.scoreMargin
            if isBetter || happened?.isEmpty == false || time - entry.givenTime >= Self.longestSilence {
                events.append(give(index, .update, frame, happened, at: time))
            }
        }
        return events
    }

    private func begin(_ object: Detection, _ frame: FrameInfo, since start: Double?, at time: Double) -> Entry {
        var event = ObjectEvent(
            kind: .start, trackID: object.trackID!, label: object.label, classID: object.classID, frame: frame.index, pts: frame.pts,
            startSeconds: frame.pts == nil ? nil : start ?? time,
            startTime: frame.time.map { UTCTime.text($0 - (time - (start ?? time))) }, score: Double(object.score), box: object.box.list,
            bestFrame: frame.index, bestPts: frame.pts, zones: object.zones, enteredZones: object.zones)
        event.take(object.answer)
        return Entry(event: event, givenTime: time, givenScore: event.score, seenTime: frame.time, view: BestView(object, in: frame))
    }

    private mutating func give(
        _ index: Int, _ kind: ObjectEvent.Kind, _ frame: FrameInfo, _ zoneEvents: [ZoneEvent]?, at time: Double
    ) -> ObjectEvent {
        (entries[index].givenTime, entries[index].givenScore) = (time, entries[index].event.score)
        var event = entries[index].event
        (event.kind, event.frame, event.pts, event.zoneEvents) = (kind, frame.index, frame.pts, zoneEvents)
        (event.time, event.view) = (frame.time.map(UTCTime.text), entries[index].view)
        return event
    }

    private mutating func end(_ track: Track, zoneEvents: [ZoneEvent]?) -> ObjectEvent? {
        guard let index = entries.firstIndex(where: { $0.event.trackID == track.id }) else { return nil }
        let entry = entries.remove(at: index)
        guard entry.isGiven else { return nil }
        var event = entry.event
        (event.kind, event.frame, event.pts, event.zoneEvents) = (.end, lastFrame, lastPTS, zoneEvents)
        (event.time, event.endTime) = (lastTime.map(UTCTime.text), entry.seenTime.map(UTCTime.text))
        event.endSeconds = event.startSeconds.map { _ in track.lastTime }
        event.view = entry.view
        return event
    }

    /// The input ends, and with it every object's stay. Nobody leaves a zone by that.
    mutating func finish(_ tracks: [Track]) -> [ObjectEvent] {
        tracks.sorted { $0.id < $1.id }.compactMap { track in
            let hasZones = entries.first { $0.event.trackID == track.id }?.event.zones != nil
            return end(track, zoneEvents: hasZones ? [] : nil)
        }
    }
}
