import Clocks
import DeepVid
import Results
import Video

/// What results tell of one input, collected record by record. Its size is bounded, however long the input.
struct ReportInput: Sendable {
    /// The results file.
    let file: String
    let begin: BeginRecord?
    /// The camera's name; nil where neither the results nor the recording's name say it.
    var camera: String?
    private(set) var end: EndRecord?
    var comparison: ComparisonRecord?
    private(set) var bins = TimeBins(limit: 400)
    private(set) var classes = ClassStatistics()
    private(set) var objects: SeenObjects
    /// Where objects are followed, those that were seen and got no number: too short, too unsure, or too far apart.
    private(set) var unfollowed: [SeenObject] = []
    /// What is asked for of the results.
    private let selection: ResultSelection
    private var resting: RestingTracks
    private(set) var places = PlaceCounts()
    /// With a least score, what happened at zones and lines, until it is known of whom.
    private var passed: [ZoneEvent] = []
    private static let mostPassed = 200_000
    /// A time without pictures of a live input.
    struct Outage: Sendable {
        /// As the record has it.
        let reason: String
        /// Whether there were pictures before.
        let hasPlayed: Bool
        /// Seconds; nil if it did not end.
        var durationS: Double?
        /// Times of day, in seconds since 1970; nil where they are not known.
        var from, to: Double?
    }

    /// The first outages of a live input; outages that ended have a duration.
    private(set) var outages: [Outage] = []
    private(set) var outageCount = 0
    /// Frames in the charts.
    private(set) var frames = 0
    /// Where only changes were written: the last record, which holds until the next one.
    private var held: (record: FrameRecord, time: Double)?
    /// Where events were written: the times of the first and the last.
    private var events: (first: Double, last: Double)?
    /// The time of day of the last frame.
    private var lastFrameTime: String?
    /// Where records have times of day: the time of day, in seconds since 1970, from which the input's times count.
    private(set) var clockStart: Double?
    /// The clock that they are shown by.
    let zone: Zone
    /// Why the records end before the end of the run; nil if they do not.
    var incompleteReason: String?
    /// JPEG files: of objects by their place in the list, and of frames that agreed least by their number.
    var crops: [Int: [UInt8]] = [:]
    var worstFrames: [Int: [UInt8]] = [:]
    /// Why there are no pictures.
    var pictureProblem: String?

    init(file: String, begin: BeginRecord?, camera: String? = nil, zone: Zone, selection: ResultSelection = ResultSelection()) {
        (self.file, self.begin, self.camera, self.zone, self.selection) = (file, begin, camera, zone, selection)
        resting = RestingTracks(begin)
        objects = SeenObjects(confirmation: begin?.options.records == "changes" ? 1 : 3)
    }

    var source: String { begin?.source ?? comparison?.source ?? file }
    var model: BeginRecord.Model? { begin?.model ?? comparison?.model }
    var video: BeginRecord.Video? { begin?.video ?? comparison?.video }
    var options: BeginRecord.Options? { begin?.options ?? comparison?.options }
    var isTracked: Bool { begin?.options.trackBufferS != nil || objects.list.contains { $0.trackID != nil } }
    /// How many objects of each label are left out because they never moved. Where and when they were is not known.
    var neverMoved: [String: Int] {
        guard selection.zones == nil, selection.time == nil, selection.score == nil else { return [:] }
        return resting.neverMoved.filter { selection.includes(label: $0.key) }
    }
    /// Whether its objects are the best classes of a classifier.
    var isClassified: Bool { model?.head == "classification" }
    /// Whether it was a camera, whose pictures are nowhere unless they were kept.
    var isLive: Bool { begin?.clock == "arrival" || InputName(source).isCamera }
    /// Whether there are records of changes only, which say nothing about the work between them.
    var hasChangesOnly: Bool { options?.records == "changes" }
    /// Whether there are events instead of frames.
    var hasEventsOnly: Bool { frames == 0 && events != nil }
    /// Frames that the model has seen.
    var framesSeen: Int {
        let said = (hasChangesOnly || frames == 0 ? end?.frames : nil) ?? (frames > 0 ? frames : comparison?.frames ?? 0)
        // A file may contain any number, and sums must not overflow.
        return min(max(0, said), 1 << 50)
    }

    mutating func add(_ record: FrameRecord) {
        let time = self.time(record.ptsS, record.frame, record.time)
        if hasChangesOnly {
            repeatHeldRecord(until: record.frame, time)
            held = (record, time)
        }
        frames += 1
        lastFrameTime = record.time ?? lastFrameTime
        classes.add(record)
        bins.add(record, at: time)
        objects.add(record, at: time)
        resting.see(record)
        for object in record.objects ?? [] where object.isStatic != true { if let id = object.trackID { _ = resting.leave(id) } }
        note(record.events ?? [], at: record.time)
    }

    mutating func add(_ record: EndRecord) {
        end = record
        resting.see(record)
        // Its sums are of all classes and times.
        if selection.isEverything { places.add(record) }
        guard let held else { return }
        let left = max(0, record.decoded.subtractingReportingOverflow(held.record.frame).partialValue)
        repeatHeldRecord(until: record.decoded, held.time + Double(left) / frameRate)
        self.held = nil
    }

    /// Counts the frames between the held record and this frame, in which nothing changed: in 400 parts, however many frames.
    private mutating func repeatHeldRecord(until frame: Int, _ time: Double) {
        guard let held, time >= held.time else { return }
        objects.hold(held.record, until: time)
        let (distance, overflow) = frame.subtractingReportingOverflow(held.record.frame)
        let step = max(1, options?.every ?? 1)
        guard !overflow, (2...1_000_000_000).contains(distance), distance / step > 1 else { return }
        let between = distance / step - 1, parts = min(between, 400)
        func moment(_ frame: Int) -> Double { held.time + (time - held.time) * Double(frame) / Double(between + 1) }
        for part in 0..<parts {
            let (from, to) = (between * part / parts + 1, between * (part + 1) / parts)
            bins.add(held: to - from + 1, from: moment(from), to: moment(to))
        }
        classes.add(held.record, frames: between)
        frames += between
    }

    mutating func add(_ event: EventRecord) {
        let now = time(event.pts, event.frame, event.time)
        let start = time(event.startSeconds, event.startTime) ?? events?.first ?? now
        let last = time(event.endSeconds, event.endTime) ?? now
        guard start.isFinite, last.isFinite, abs(start) < 1e9, abs(last) < 1e9 else { return }
        classes.add(event)
        objects.add(event, from: start, to: last)
        note(event.zoneEvents ?? [], at: event.time)
        events = (min(events?.first ?? start, start), max(events?.last ?? last, last))
    }

    /// Counts what happened at zones and lines, of what is asked for.
    private mutating func note(_ events: [ZoneEvent], at time: String?) {
        guard !events.isEmpty else { return }
        let moment = selection.time == nil ? nil : time.flatMap(UTCTime.seconds)
        for event in events where selection.includes(label: event.label) && selection.includes(from: moment, to: moment) {
            guard event.zone.map(selection.includes(zone:)) ?? (selection.zones == nil) else { continue }
            if selection.score == nil { places.add(event) } else if passed.count < Self.mostPassed { passed.append(event) }
        }
    }

    /// Leaves what is asked for, and puts aside what is not followed.
    mutating func select() {
        if isTracked { unfollowed = objects.keep { $0.trackID != nil }.filter(isWanted) }
        guard !selection.isEverything else { return }
        _ = objects.keep(where: isWanted)
        guard selection.score != nil else { return }
        let sure = Set(objects.list.compactMap(\.trackID))
        for event in passed where sure.contains(event.trackID) { places.add(event) }
        passed = []
    }

    private func isWanted(_ object: SeenObject) -> Bool {
        let (start, end) = (clockStart.map { $0 + object.first }, clockStart.map { $0 + object.last })
        return selection.includes(label: object.label) && selection.includes(score: object.score) && selection.includes(zones: object.zones)
            && selection.includes(from: start, to: end)
    }

    /// Whether it has none of the zones that are asked for, so that nothing of it was asked for.
    var hasNoSuchZone: Bool {
        guard selection.zones != nil, let options else { return false }
        return !(options.zones ?? []).contains { selection.includes(zone: $0.name) } && objects.list.isEmpty
    }

    /// Zones of the run that are asked for.
    var zoneNames: [String] { (options?.zones ?? []).map(\.name).filter(selection.includes(zone:)) }

    mutating func add(_ outage: OutageRecord) {
        if outage.state == .open {
            outageCount += 1
            guard outages.count < 50 else { return }
            let hasPlayed = outage.ptsS != nil
            // The record is of the moment in which it was noticed.
            let from = (hasPlayed ? lastFrameTime : nil) ?? outage.time
            outages.append(Outage(reason: outage.reason, hasPlayed: hasPlayed, from: UTCTime.seconds(of: from)))
        } else if outageCount == outages.count, !outages.isEmpty {
            let last = outages.count - 1
            (outages[last].durationS, outages[last].to) = (outage.durationS, UTCTime.seconds(of: outage.time))
            if let to = outages[last].to, let length = outage.durationS { outages[last].from = to - length }
        }
    }

    /// Takes the pictures of objects that no record names, from the folder that the run kept them in.
    /// - Parameter folders: those that were read.
    mutating func findSnapshots(in folders: inout [String: KeptPictures]) {
        guard let folder = options?.snapshots, isTracked, let span else { return }
        let kept = folders[folder] ?? KeptPictures(folder: folder, results: file)
        folders[folder] = kept
        // With a camera's name, pictures of clips without a time of day have the clip's as well.
        let cameras = begin?.camera.map { [$0, "\($0)_\(plainName(of: source))"] } ?? [cameraName(of: source)], start = clockStart ?? 0
        objects.findSnapshots { object in
            guard let id = object.trackID else { return nil }
            // The name has whole seconds, and an object is told of when it has moved.
            return cameras.lazy.compactMap {
                kept.name(camera: $0, label: object.label, trackID: id, between: start + span.first - 2, and: start + object.last + 1)
            }.first
        }
    }

    /// Seconds in the clip; for clips without times, worked out from the frame rate. Where records have times of day, by these: they go
    /// on where time stamps begin anew.
    private mutating func time(_ ptsS: Double?, _ frame: Int, _ clock: String?) -> Double {
        let seconds = if let ptsS, abs(ptsS) < 1e9 { ptsS } else { Double(frame) / frameRate }
        guard let moment = clock.flatMap(UTCTime.seconds) else { return seconds }
        if clockStart == nil { clockStart = moment - seconds }
        return time(nil, clock) ?? seconds
    }

    private func time(_ seconds: Double?, _ clock: String?) -> Double? {
        guard let clockStart, let moment = clock.flatMap(UTCTime.seconds), abs(moment - clockStart) < 1e9 else { return seconds }
        return moment - clockStart
    }

    /// What a clock of ``zone`` shows at a time of the input, in seconds since 1970 of a clock that shows UTC; nil where the time of day
    /// is not known.
    func wall(_ time: Double) -> Double? {
        guard let clockStart, abs(clockStart + time) < 1e11 else { return nil }
        return clockStart + time + Double(zone.offset(at: clockStart + time))
    }

    /// A time of the input on the page's axes: what the clock shows, or else the video's time.
    func pageTime(_ time: Double) -> Double { wall(time) ?? time }

    /// From the first to the last frame, on the page's axes.
    var pageSpan: ClosedRange<Double>? {
        span.map { span in
            let (first, last) = (pageTime(span.first), pageTime(span.last))
            return first...max(first, last)
        }
    }

    /// When it was recorded, in seconds since 1970, as far as its records and its length tell; nil where that is not known.
    var recorded: ClosedRange<Double>? {
        let shown = clockStart.flatMap { start in span.map { (start + $0.first, start + max($0.first, $0.last)) } }
        let whole = begin?.startTime.flatMap(UTCTime.seconds).flatMap { start -> (Double, Double)? in
            guard let length = video?.durationS, length.isFinite, (0..<1e9).contains(length) else { return nil }
            return (start, start + length)
        }
        guard let first = [shown, whole].compactMap({ $0?.0 }).min(), let last = [shown, whole].compactMap({ $0?.1 }).max(),
            first <= last
        else { return nil }
        return first...last
    }

    /// A time of the input for people: the time of day where it is known, else that of the clip.
    func shown(_ time: Double, within span: Double) -> String {
        guard let clockStart else { return Format.time(time, within: span) }
        return Format.timeOfDay(clockStart + time, zone, hasDate: span > 86400)
    }

    private var frameRate: Double {
        if let fps = begin?.video?.fps, fps.isFinite, fps > 0.001 { fps } else { 25 }
    }

    // MARK: - Figures

    /// What was seen, the most frequent first.
    var seen: [SeenClass] {
        let tracks = Dictionary(grouping: objects.list.filter { $0.trackID != nil }, by: \.label), neverMoved = neverMoved
        return classes.classes.filter { selection.includes(label: $0.label) }.map { seen in
            let still = neverMoved[seen.label]
            return SeenClass(
                label: seen.label, frames: seen.frames, most: isClassified ? nil : seen.most,
                tracks: isTracked ? (tracks[seen.label]?.count ?? 0) + (still ?? 0) : nil, staticTracks: still)
        }.sorted { ($1.frames, $0.label) < ($0.frames, $1.label) }
    }

    /// From the first to the last frame, in seconds.
    var span: (first: Double, last: Double)? {
        guard let first = bins.bins.map(\.first).min(), let last = bins.bins.map(\.last).max() else {
            // The clip is longer than the time from the first to the last event.
            guard let events, let length = video?.durationS, length.isFinite, length < 1e9 else { return events }
            return (min(events.first, 0), max(events.last, length))
        }
        return (first, last)
    }

    /// Seconds of video in the records, with the time that the last frame is shown.
    var videoSeconds: Double? {
        guard let span, frames > 0 else { return nil }
        return (span.last - span.first) * (frames > 1 ? Double(frames) / Double(frames - 1) : 1)
    }

    var reused: Double? {
        if let reuse = end?.cache?.reused { return reuse }
        let counted = bins.bins.reduce(0) { $0 + $1.reusing }
        return counted > 0 ? bins.bins.reduce(0) { $0 + $1.reused } / Double(counted) : comparison?.reused
    }

    /// How the run ended, and the style sheet's class for it.
    var state: (name: String, style: HTML) {
        switch end?.reason ?? comparison?.reason {
        case .finished: incompleteReason == nil ? ("finished", "good") : ("damaged records", "bad")
        case .failed: ("failed", "bad")
        case .interrupted: ("interrupted", "warn")
        case nil: ("no end", "warn")
        }
    }

    var agreement: Double? { end?.cache?.agreement?.estimate ?? comparison?.agreement }

    var milliseconds: Double? {
        if let time = end?.timingMs?.total { return time }
        return frames > 0 ? bins.bins.reduce(0) { $0 + $1.total } / Double(frames) : comparison?.cachedMs?.mean
    }

    /// How many times faster than the video plays.
    var speed: Double? {
        guard let end, end.wallS > 0, let videoSeconds, videoSeconds > 0 else { return nil }
        return videoSeconds / end.wallS
    }
}
