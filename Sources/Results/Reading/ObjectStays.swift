import Clocks
import DeepVid

/// A stretch of time on an input's time axis and, where it is known, on the clock.
package struct StaySpan: Sendable, Equatable {
    /// Presentation times in seconds; nil for input without time stamps.
    package var start, end: Double?
    /// The times of day, in seconds since 1970; nil where they are not known.
    package var startTime, endTime: Double?

    /// In seconds; nil where neither axis is known.
    package var length: Double? {
        if let start, let end { return max(0, end - start) }
        if let startTime, let endTime { return max(0, endTime - startTime) }
        return nil
    }

    /// What makes the time of day of a presentation time; nil where either is not known.
    package var offset: Double? {
        guard let start, let startTime else { return nil }
        return startTime - start
    }

    package init(start: Double? = nil, end: Double? = nil, startTime: Double? = nil, endTime: Double? = nil) {
        (self.start, self.end, self.startTime, self.endTime) = (start, end, startTime, endTime)
    }

    fileprivate init(_ moment: Moment) {
        (start, end, startTime, endTime) = (moment.pts, moment.pts, moment.time, moment.time)
    }

    fileprivate mutating func extend(to moment: Moment) {
        if let pts = moment.pts { end = max(end ?? pts, pts) }
        if let time = moment.time { endTime = max(endTime ?? time, time) }
    }
}

private struct Moment {
    var pts, time: Double?

    init(_ pts: Double?, _ time: String?) { (self.pts, self.time) = (pts, time.flatMap(UTCTime.seconds)) }
}

/// A followed object's stay in the picture, as records tell it.
package struct ObjectStay: Sendable {
    package struct InZone: Sendable {
        package let name: String
        package var span: StaySpan
        fileprivate var isOpen = true
    }

    package let trackID: Int
    package let label: String
    package var span: StaySpan
    /// The best score so far.
    package var score: Double = 0
    /// Each time that it was in a zone, in the order of coming there. Who goes out and comes back is there again.
    package var zones: [InZone] = []

    package init(trackID: Int, label: String, span: StaySpan) { (self.trackID, self.label, self.span) = (trackID, label, span) }

    fileprivate mutating func see(in names: [String], at moment: Moment) {
        for index in zones.indices where zones[index].isOpen {
            if names.contains(zones[index].name) { zones[index].span.extend(to: moment) } else { zones[index].isOpen = false }
        }
        for name in names where !zones.contains(where: { $0.isOpen && $0.name == name }) {
            zones.append(InZone(name: name, span: StaySpan(moment)))
        }
    }
}

extension ResultsReader {
    /// The stays of each input, in the order in which inputs are met.
    ///
    /// - Parameter onFile: called before each file, with its index.
    /// - Returns: nil if `control` was stopped before the end.
    /// - Throws: `DeepVidError` when no file can be read.
    package mutating func stays(
        in paths: [String], control: RunControl, onFile: (Int) -> Void
    ) throws -> [(input: ResultInput, stays: ObjectStays)]? {
        var found: [Int: (input: ResultInput, stays: ObjectStays)] = [:]
        let isDone = try read(all: paths, control: control, onFile: onFile) { input, record in
            found[input.number, default: (input, ObjectStays(input.begin))].stays.add(record)
        }
        return isDone ? found.sorted { $0.key < $1.key }.map(\.value) : nil
    }
}

/// Gathers the stays of an input's followed objects, whether its records are frames, changes or events.
///
/// What is kept grows with the number of objects, and not with that of frames.
package struct ObjectStays: Sendable {
    private var places: [Int: Int] = [:]
    /// In the order in which they come.
    package private(set) var all: [ObjectStay] = []
    /// Whether objects are followed.
    package private(set) var isTracked = false
    /// Of records of changes only: who was there in the last one, and still is until the next one.
    private var present: [Int] = []
    private var hasChangesOnly = false
    private var resting: RestingTracks

    /// How many objects of each label never moved, and so have no stay.
    package var neverMoved: [String: Int] { resting.neverMoved }

    package init(_ begin: BeginRecord?) {
        resting = RestingTracks(begin)
        isTracked = begin?.options.trackBufferS != nil
        hasChangesOnly = begin?.options.records == "changes"
    }

    /// Where in `all` the latest stay of a track is; nil where it has none so far.
    package func place(of track: Int) -> Int? { places[track] }

    package mutating func add(_ record: ReadRecord) {
        switch record {
        case .frame(let frame): see(frame)
        case .event(let event): see(event)
        case .end(let end): resting.see(end)
        default: break
        }
    }

    private mutating func see(_ frame: FrameRecord) {
        let moment = Moment(frame.ptsS, frame.time)
        for index in present {
            all[index].span.extend(to: moment)
            for zone in all[index].zones.indices where all[index].zones[zone].isOpen { all[index].zones[zone].span.extend(to: moment) }
        }
        present = []
        resting.see(frame)
        for object in frame.objects ?? [] {
            guard let id = object.trackID else { continue }
            isTracked = true
            // What never moved did not come, and does not go.
            if object.isStatic == true { continue }
            // What has moved came when it was first seen.
            let beginning = resting.leave(id)
            let first = beginning.map { Moment($0.pts, $0.time) } ?? moment
            let index = place(id, object.label, StaySpan(first))
            all[index].span.extend(to: moment)
            if let beginning {
                all[index].score = max(all[index].score, beginning.score)
                // It had not moved, so it was in its zones all the time.
                all[index].see(in: beginning.zones, at: first)
                all[index].see(in: beginning.zones, at: moment)
            }
            if object.score.isFinite { all[index].score = max(all[index].score, object.score) }
            all[index].see(in: object.zones ?? [], at: moment)
            if hasChangesOnly { present.append(index) }
        }
    }

    private mutating func see(_ event: EventRecord) {
        isTracked = true
        // Another run's object, in a file that was added to.
        if event.kind == .start { places[event.trackID] = nil }
        let start = Moment(event.startSeconds, event.startTime)
        let now = event.kind == .end ? Moment(event.endSeconds, event.endTime) : Moment(event.pts, event.time)
        let index = place(event.trackID, event.label, StaySpan(start))
        all[index].span.extend(to: now)
        if event.score.isFinite { all[index].score = max(all[index].score, event.score) }
        // At its end it was where it was; before that, a zone that it is no longer in ends.
        if event.kind == .end {
            for zone in all[index].zones.indices where all[index].zones[zone].isOpen { all[index].zones[zone].span.extend(to: now) }
            // Where records between were filtered out, it is not known when it was there.
            for name in event.enteredZones ?? [] where !all[index].zones.contains(where: { $0.name == name }) {
                all[index].zones.append(.init(name: name, span: all[index].span))
            }
        } else {
            // What begins has not been elsewhere since it was first seen.
            if event.kind == .start { all[index].see(in: event.zones ?? [], at: start) }
            all[index].see(in: event.zones ?? [], at: Moment(event.pts, event.time))
        }
    }

    private mutating func place(_ id: Int, _ label: String, _ span: StaySpan) -> Int {
        if let known = places[id] { return known }
        places[id] = all.count
        all.append(ObjectStay(trackID: id, label: label, span: span))
        return all.count - 1
    }
}
