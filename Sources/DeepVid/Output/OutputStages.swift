import Concurrency
import Models
import Tracking
import Video
import Vision

/// What becomes of an input's results before they are given out. One for each input.
///
/// ```
/// FrameResult ─▶ size, masks ─▶ tracking (ids; --reid looks) ─▶ second models ─▶ zones (events) ─▶ all of them, the changed ones, or the objects' events (or both)
/// ```
struct OutputStages {
    /// All that is remembered from frame to frame; with it, another `OutputStages` goes on as this one would have.
    struct State: Codable, Sendable {
        var scene = SceneClock()
        var clock = FrameClock()
        var seen = SeenClasses()
        /// Of the models besides the first.
        var seenByOthers: [SeenClasses] = []
        /// Present when objects are followed.
        var tracker: Tracker?
        /// Present with zones.
        var zones: ZoneWatch?
        /// Present where events are given, with frames or instead of them.
        var objects: ObjectEvents?
        /// Present where only changes are given.
        var changes: ChangeFilter?
        /// Present where second models are asked about objects that are followed.
        var answers: TrackAnswers?
        /// One a second model.
        var then: [ThenCounts] = []
        var reid = ReidCounts()
        var frames = 0
        var written = 0
    }

    private(set) var state: State
    private let options: OutputOptions
    private let score: Float
    /// When the input began, and the time stamp of that.
    private var start: (time: StartTime, origin: Double)?
    /// The zones in pixels of frames of this size.
    private var layout: (width: Int, height: Int, zones: ZoneLayout)?
    /// Present where frames of best views are held.
    private var views: HeldViews?
    /// Present with second models.
    private let models: ObjectModels?
    /// Present where objects are known again by what they look like.
    private let appearance: AppearanceModel?

    /// - Parameters:
    ///   - score: least score of an object that is reported without having an id.
    ///   - threads: that second models run on.
    ///   - state: of stages that were left off, with the same options; nil begins anew.
    init(_ options: OutputOptions, score: Float, threads: Int = 1, state: State? = nil) {
        (self.options, self.score) = (options, score)
        models = options.then.isEmpty ? nil : ObjectModels(options.then, threads: threads)
        appearance = options.reid.map { AppearanceModel($0, threads: threads) }
        if let state {
            self.state = state
            return
        }
        self.state = State()
        if options.isTracking {
            // As the widely used versions have it, what is reported may also begin a track; a second detection confirms it.
            self.state.tracker = Tracker(
                score: Double(score), bufferSeconds: options.trackBuffer,
                memorySeconds: options.staticObjects == .hide ? Tracker.defaultMemory : 0, reidentification: options.reid?.rule)
        }
        self.state.zones = options.zones.map { ZoneWatch(zones: $0.layout.zones.count, lines: $0.layout.lines.count) }
        switch options.lines {
        case .frames: break
        case .changes: self.state.changes = ChangeFilter()
        case .events: break
        }
        if options.givesEvents { self.state.objects = ObjectEvents() }
        guard !options.then.isEmpty else { return }
        self.state.then = options.then.map { _ in ThenCounts() }
        if options.isTracking { self.state.answers = TrackAnswers(options.then.map(\.cache), longest: options.answerAge) }
    }

    /// - Parameter origin: time stamp of the input's beginning, in seconds.
    mutating func begin(_ start: StartTime?, origin: Double) { self.start = start.map { ($0, origin) } }

    /// From now on, frames of best views are held, to be given with events.
    mutating func holdViews() { views = HeldViews() }

    /// - Parameters:
    ///   - result: when objects are followed, with weaker objects than are to be reported.
    ///   - frame: where frames may be held, or second models look at them.
    /// - Returns: what this frame brings, in order.
    /// - Throws: when a second model fails.
    mutating func add(_ result: FrameResult, _ frame: Frame? = nil) throws(DeepVidError) -> [RunOutput] {
        var result = result
        if let start { result.frame.time = state.clock.time(of: result.frame, start: start.time.seconds, origin: start.origin) }
        leaveOut(&result)
        var step: Tracker.Step?
        let moment = state.scene.advance(result.frame, patience: options.trackBuffer)
        if state.tracker != nil { step = try follow(&result, frame, moment) }
        if let models, let frame { try ask(models, &result, frame, step, moment.time) }
        if let zones = options.zones { visit(layout(of: zones, for: result.frame), &result, step, moment.time) }
        state.frames += 1
        state.seen.add(result.answer, isTracking: options.isTracking, moved: options.staticObjects == .hide ? step?.moved : nil)
        if state.seenByOthers.count < result.others.count { state.seenByOthers = result.others.map { _ in SeenClasses() } }
        for (index, other) in result.others.enumerated() { state.seenByOthers[index].add(other.answer, isTracking: false) }
        let followed = state.tracker?.tracks.filter { $0.id > 0 && motion(of: $0) == .moved }.map(\.id)
        var outputs: [RunOutput] = []
        if let step, let followed, state.objects != nil {
            let events = state.objects!.add(result, step, Set(followed), at: moment.time)
            if let frame { views?.update(frame, result.frame.index, best: state.objects!.views) }
            outputs = events.map { give($0) }
        }
        if options.lines == .events { return outputs }
        if state.changes != nil, !state.changes!.record(result, followed, state.zones) { return outputs }
        state.written += 1
        return outputs + [.frame(result)]
    }

    /// An event with the frame of its best view, if that is held.
    private mutating func give(_ event: ObjectEvent) -> RunOutput {
        defer { if event.kind == .end { views?.drop(event.trackID) } }
        return .object(event, views?[event.trackID])
    }

    /// Drops the objects that are too small, or where none count.
    private mutating func leaveOut(_ result: inout FrameResult) {
        let least = options.minSize?.pixels(ofHeight: result.frame.height) ?? 0
        let masks = options.zones.flatMap { $0.layout.masks.isEmpty ? nil : layout(of: $0, for: result.frame) }
        guard least > 0 || masks != nil else { return }
        func isLeftOut(_ object: Detection) -> Bool {
            Double(object.box.height) < least || masks?.isMasked(object.box, label: object.label) ?? false
        }
        result.detections.removeAll(where: isLeftOut)
        for index in result.others.indices {
            guard case .detections(let all) = result.others[index].answer else { continue }
            result.others[index].answer = .detections(all.filter { !isLeftOut($0) })
        }
    }

    /// Gives the objects their ids and drops those that are too weak to be reported.
    private mutating func follow(
        _ result: inout FrameResult, _ frame: Frame?, _ moment: SceneClock.Moment
    ) throws(DeepVidError) -> Tracker.Step {
        let ended = moment.isCut ? state.tracker!.end() : []
        if moment.isGap { state.tracker!.pause() }
        let objects = result.detections
        let zones = options.zones.map { layout(of: $0, for: result.frame) }
        // What a zone asks of those who come in it asks also of what shows that they do.
        let doubtful =
            zones.map { zones in
                Set(objects.indices.filter { zones.isDoubtful(objects[$0].box, label: objects[$0].label, score: objects[$0].score) })
            } ?? []
        var step: Tracker.Step
        if let appearance, let frame {
            // The tracker is taken out while it asks, for the counts lie beside it.
            var tracker = state.tracker.take()!
            let watch = Stopwatch()
            defer { state.tracker = tracker }
            let (width, height) = (Float(frame.width), Float(frame.height))
            let cut = Set(objects.indices.filter { BestView.isCut(objects[$0].box, width: width, height: height) })
            step = try tracker.update(objects, at: moment.time, doubtful: doubtful, cut: cut) { (asked) throws(DeepVidError) in
                try appearance.look(at: asked.map { objects[$0].box }, in: frame, &state.reid.looks)
            }
            state.reid.recognised += step.recognised.count
            spend(watch.milliseconds, &result)
        } else {
            step = state.tracker!.update(objects, at: moment.time, doubtful: doubtful)
        }
        step.ended = ended + step.ended
        result.detections = zip(objects, step.ids).compactMap { object, id in
            guard id != nil || object.score >= score else { return nil }
            var object = object
            object.trackID = id
            object.isStatic = id.flatMap { state.tracker!.track($0) }.map { motion(of: $0) != .moved } ?? false
            return object
        }
        return step
    }

    /// Gives the objects what second models say of them.
    private mutating func ask(
        _ models: ObjectModels, _ result: inout FrameResult, _ frame: Frame, _ step: Tracker.Step?, _ time: Double
    ) throws(DeepVidError) {
        let watch = Stopwatch()
        for track in step?.ended ?? [] { state.answers?.forget(track.id) }
        try models.answer(&result.detections, in: frame, at: time, &state.answers, &state.then)
        spend(watch.milliseconds, &result)
    }

    /// Notes what second models took of a frame.
    private func spend(_ milliseconds: Double, _ result: inout FrameResult) {
        result.timing.then = (result.timing.then ?? 0) + milliseconds
        result.latencyMilliseconds? += milliseconds
    }

    /// How the object stands towards those that make events: where static ones are kept, all do.
    private func motion(of track: Track) -> Track.Motion { options.staticObjects == .keep ? .moved : track.motion }

    private mutating func layout(of plan: ZonePlan, for frame: FrameInfo) -> ZoneLayout {
        if layout == nil || layout!.width != frame.width || layout!.height != frame.height {
            layout = (frame.width, frame.height, plan.layout(width: frame.width, height: frame.height))
        }
        return layout!.zones
    }

    private mutating func visit(_ zones: ZoneLayout, _ result: inout FrameResult, _ step: Tracker.Step?, _ time: Double) {
        var events: [ZoneEvent] = []
        for track in step?.ended ?? [] {
            let label = state.zones!.label(of: track.id) ?? ""
            events += state.zones!.end(track.id).map { ZoneEvent($0, zones, track.id, label, track.classID) }
        }
        // What was remembered and had not moved is seen as if for the first time.
        for track in step?.revived ?? [] where motion(of: track) != .moved { _ = state.zones!.end(track.id) }
        var objects = result.detections
        let followed = objects.indices.filter { objects[$0].trackID != nil }.sorted { objects[$0].trackID! < objects[$1].trackID! }
        for index in followed {
            let (object, id) = (objects[index], objects[index].trackID!)
            let motion = state.tracker!.track(id).map { self.motion(of: $0) } ?? .undecided
            let happened = state.zones!.see(
                id, label: object.label, score: object.score, box: object.box, motion: motion, at: time, zones)
            events += happened.map { ZoneEvent($0, zones, id, object.label, object.classID) }
            objects[index].zones = state.zones!.zones(of: id).map { zones.zones[$0].name }
        }
        (result.detections, result.zoneEvents) = (objects, events)
    }

    /// The input was lost and is being opened again: nobody is followed across that.
    mutating func breakOff() { state.scene.breakOff() }

    /// - Returns: what the end of the input brings.
    mutating func finish() -> [RunOutput] {
        guard let tracks = state.tracker?.tracks else { return [] }
        return (state.objects?.finish(tracks.filter { $0.id > 0 }) ?? []).map { give($0) }
    }

    /// The input is over: what was learnt is left for later ones, where answers are kept.
    func teach() { state.answers?.teach(options.then.map(\.cache)) }

    /// Adds to the summary what is known here.
    func complete(_ summary: inout RunSummary) {
        (summary.written, summary.seen) = (state.written, state.seen.sorted)
        for index in summary.others.indices { summary.others[index].seen = state.seenByOthers[index].sorted }
        summary.tracks = state.tracker?.count
        if !options.secondModels.isEmpty {
            let seconds = state.then.reduce(state.reid.looks.seconds) { $0 + $1.seconds }
            summary.timing.then = 1000 * seconds / Double(max(1, state.frames))
        }
        summary.reid = options.reid.map { RunSummary.Reid(name: $0.name, counts: state.reid) }
        if !options.then.isEmpty {
            summary.then = zip(options.then, state.then).map { model, counts in
                RunSummary.Then(name: model.name, rule: model.isClassifier ? .classes : .embedding, counts: counts)
            }
        }
        guard let zones = options.zones?.layout, let watch = state.zones else { return }
        summary.zones = zip(zones.zones, watch.zoneCounts).map { ($0.name, $1) }
        summary.lines = zip(zones.lines, watch.lineCounts).map { ($0.name, $1) }
    }
}

/// Passes the frames on in which something is other than in the frame before.
struct ChangeFilter: Codable, Sendable, Equatable {
    /// What was there: with ids, for each object the id and its zones; else the classes, or the best one. Then the same classes of each
    /// of the other models.
    private var last: [[Int]]?

    /// - Parameter followed: the objects that are there, by id; nil where none are followed. One out of sight is there until it is given up.
    /// - Returns: whether the frame passes.
    mutating func record(_ result: FrameResult, _ followed: [Int]?, _ zones: ZoneWatch?) -> Bool {
        var now = followed?.sorted().map { [$0] + (zones?.zones(of: $0) ?? []) } ?? [Self.classes(in: result.answer)]
        now += result.others.map { Self.classes(in: $0.answer) }
        defer { last = now }
        return last != now || result.zoneEvents?.isEmpty == false
    }

    private static func classes(in answer: HeadResult) -> [Int] {
        switch answer {
        case .detections(let objects): objects.map(\.classID).sorted()
        case .semantic(let map): map.segments.map(\.classID).sorted()
        case .classes(let all): all.prefix(1).map(\.classID)
        case .embedding, .depth: []
        }
    }
}
