import Results
import Tracking

/// Turns frames into the beginnings, changes and ends of objects (`--events`).
struct ObjectEvents: Codable, Sendable, Equatable {
    /// Objects that have begun and not ended, by id.
    private var entries: [Entry] = []
    private var lastFrame = 0
    private var lastPTS: Double?

    private struct Entry: Codable, Equatable {
        /// As it stands now.
        var record: EventRecord
        /// When it was last written, and the score that was written.
        var toldTime: Double
        var toldScore: Double
    }

    /// A better score is news from this margin on.
    static let scoreMargin = 0.05
    /// An object in sight is written at least this often, in seconds.
    static let longestSilence = 10.0

    /// One frame; with zones, `frame.events` has what happened there.
    /// - Returns: ends, then beginnings and changes, each by id.
    mutating func add(_ frame: FrameRecord, _ step: Tracker.Step, at time: Double) -> [EventRecord] {
        (lastFrame, lastPTS) = (frame.frame, frame.ptsS)
        var lines = step.ended.compactMap { end($0, events: frame.events?.filter { [id = $0.id] in $0.trackID == id }) }
        let seen = (frame.objects ?? []).filter { $0.trackID != nil }.sorted { $0.trackID! < $1.trackID! }
        for object in seen {
            let events = frame.events?.filter { $0.trackID == object.trackID }
            let index = entries.firstIndex { $0.record.trackID >= object.trackID! } ?? entries.count
            if index == entries.count || entries[index].record.trackID != object.trackID {
                let start = step.started.first { $0.id == object.trackID }?.startTime
                entries.insert(begin(object, frame, since: start, at: time), at: index)
                lines.append(tell(index, .start, frame, events, at: time))
                continue
            }
            entries[index].record.see(object, in: frame)
            let entry = entries[index]
            let isBetter = entry.record.score >= entry.toldScore + Self.scoreMargin
            if isBetter || events?.isEmpty == false || time - entry.toldTime >= Self.longestSilence {
                lines.append(tell(index, .update, frame, events, at: time))
            }
        }
        return lines
    }

    private func begin(_ object: DetectedObject, _ frame: FrameRecord, since start: Double?, at time: Double) -> Entry {
        var record = EventRecord(.start, of: object, in: frame)
        record.startS = frame.ptsS == nil ? nil : start ?? time
        return Entry(record: record, toldTime: time, toldScore: object.score)
    }

    private mutating func tell(
        _ index: Int, _ kind: EventRecord.Kind, _ frame: FrameRecord, _ events: [ZoneEvent]?, at time: Double
    ) -> EventRecord {
        (entries[index].toldTime, entries[index].toldScore) = (time, entries[index].record.score)
        var record = entries[index].record
        (record.event, record.frame, record.ptsS, record.events) = (kind, frame.frame, frame.ptsS, events)
        return record
    }

    private mutating func end(_ track: Track, events: [ZoneEvent]?) -> EventRecord? {
        guard let index = entries.firstIndex(where: { $0.record.trackID == track.id }) else { return nil }
        var record = entries.remove(at: index).record
        (record.event, record.frame, record.ptsS, record.events) = (.end, lastFrame, lastPTS, events)
        record.endS = record.startS.map { _ in track.lastTime }
        return record
    }

    /// The input ends, and with it every object's record. Nobody leaves a zone by that.
    mutating func finish(_ tracks: [Track]) -> [EventRecord] {
        tracks.sorted { $0.id < $1.id }.compactMap { track in
            let hasZones = entries.first { $0.record.trackID == track.id }?.record.zones != nil
            return end(track, events: hasZones ? [] : nil)
        }
    }
}

extension EventRecord {
    /// Takes what a later frame shows of the object.
    fileprivate mutating func see(_ object: DetectedObject, in frame: FrameRecord) {
        if object.score > score { (score, box, bestFrame, bestS) = (object.score, object.box, frame.frame, frame.ptsS) }
        zones = object.zones
        for zone in object.zones ?? [] where enteredZones?.contains(zone) == false { enteredZones?.append(zone) }
    }
}
