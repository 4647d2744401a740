import Results
import Tracking
import Vision

/// What becomes of an input's frame records before they are written. One for each input.
///
/// ```
/// FrameRecord ─▶ Followed (ids) ─▶ ZoneWatch (zones, events) ─▶ all of them, the changed ones, or ObjectEvents
/// ```
struct Recording {
    /// All that is remembered from frame to frame; with it, another `Recording` goes on as this one would have.
    struct State: Codable, Sendable {
        var scene = SceneClock()
        /// Present when objects are followed.
        var tracker: Tracker?
        /// Present with zones.
        var zones: ZoneWatch?
        /// Present with `--events`.
        var objects: ObjectEvents?
        /// Present with `--only-changes`.
        var changes: ChangeFilter?
        var frames = 0
        var written = 0
    }

    private(set) var state: State
    private let options: RecordingOptions
    private let score: Double
    /// The zones in pixels of frames of this size.
    private var layout: (width: Int, height: Int, zones: ZoneLayout)?

    /// - Parameters:
    ///   - score: least score of an object that is reported without having an id.
    ///   - state: of a recording that was left off, with the same options; nil begins anew.
    init(_ options: RecordingOptions, score: Float, state: State? = nil) {
        (self.options, self.score) = (options, Double(score))
        if let state {
            self.state = state
            return
        }
        self.state = State()
        if options.isTracking {
            // As the widely used versions have it, what is reported may also begin a track; two sightings confirm it.
            self.state.tracker = Tracker(
                TrackerParameters(highScore: self.score, newScore: self.score, bufferSeconds: options.trackBuffer))
        }
        self.state.zones = options.zones.map { ZoneWatch(zones: $0.layout.zones.count, lines: $0.layout.lines.count) }
        switch options.lines {
        case .frames: break
        case .changes: self.state.changes = ChangeFilter()
        case .events: self.state.objects = ObjectEvents()
        }
    }

    /// - Parameters:
    ///   - record: when objects are followed, with weaker objects than are to be reported.
    ///   - width: of the displayed frame, in pixels; `height` likewise.
    /// - Returns: the lines for this frame, in order.
    mutating func add(_ record: FrameRecord, width: Int, height: Int) -> [any Record] {
        var record = record
        var step: Tracker.Step?
        let moment = state.scene.advance(record, width: width, height: height, patience: options.trackBuffer)
        if state.tracker != nil { step = follow(&record, moment) }
        if let zones = options.zones { visit(zones, &record, step, moment.time, width, height) }
        state.frames += 1
        let lines = choose(record, step, moment.time)
        state.written += lines.count { $0 is FrameRecord }
        return lines
    }

    /// Gives the objects their ids and drops those that are too weak to be reported.
    private mutating func follow(_ record: inout FrameRecord, _ moment: SceneClock.Moment) -> Tracker.Step {
        let ended = moment.isCut ? state.tracker!.end() : []
        let objects = record.objects ?? []
        var step = state.tracker!.update(
            objects.map { Detection(classID: $0.classID, label: $0.label, score: Float($0.score), box: Box($0.box)) }, at: moment.time)
        step.ended = ended + step.ended
        record.objects = zip(objects, step.ids).compactMap { object, id in
            guard id != nil || object.score >= score else { return nil }
            var object = object
            object.trackID = id
            return object
        }
        return step
    }

    private mutating func visit(
        _ plan: ZonePlan, _ record: inout FrameRecord, _ step: Tracker.Step?, _ time: Double, _ width: Int, _ height: Int
    ) {
        if layout == nil || layout!.width != width || layout!.height != height {
            layout = (width, height, plan.layout(width: width, height: height))
        }
        let zones = layout!.zones
        var events: [ZoneEvent] = []
        for track in step?.ended ?? [] {
            let label = state.zones!.label(of: track.id) ?? ""
            events += state.zones!.end(track.id).map { ZoneEvent($0, zones, track.id, label, track.classID) }
        }
        var objects = record.objects ?? []
        let followed = objects.indices.filter { objects[$0].trackID != nil }.sorted { objects[$0].trackID! < objects[$1].trackID! }
        for index in followed {
            let (object, id) = (objects[index], objects[index].trackID!)
            let happened = state.zones!.see(id, label: object.label, box: Box(object.box), at: time, zones)
            events += happened.map { ZoneEvent($0, zones, id, object.label, object.classID) }
            objects[index].zones = state.zones!.zones(of: id).map { zones.zones[$0].name }
        }
        (record.objects, record.events) = (objects, events)
    }

    private mutating func choose(_ record: FrameRecord, _ step: Tracker.Step?, _ time: Double) -> [any Record] {
        if let step, state.objects != nil { return state.objects!.add(record, step, at: time) }
        if state.changes != nil { return state.changes!.passes(record, state.tracker, state.zones) ? [record] : [] }
        return [record]
    }

    /// The input was lost and is being opened again: nobody is followed across that.
    mutating func breakOff() { state.scene.breakOff() }

    /// - Returns: the lines that the end of the input brings.
    mutating func finish() -> [any Record] {
        guard let tracks = state.tracker?.tracks else { return [] }
        return state.objects?.finish(tracks.filter { $0.id > 0 }) ?? []
    }

    /// Adds to the `end` record what is known here.
    func complete(_ end: inout EndRecord) {
        if options.lines != .frames { (end.written, end.suppressed) = (state.written, state.frames - state.written) }
        end.tracks = state.tracker?.count
        guard let zones = options.zones?.layout, let watch = state.zones else { return }
        end.zones = zip(zones.zones, watch.zoneCounts).map { zone, count in
            ZoneCount(zone: zone.name, entered: count.entered, left: count.left, inside: count.inside, meanDwellS: count.meanSeconds)
        }
        end.lines = zip(zones.lines, watch.lineCounts).map { line, count in
            LineCount(line: line.name, leftToRight: count.leftToRight, rightToLeft: count.rightToLeft)
        }
    }
}
