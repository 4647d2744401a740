/// Chooses which decoded frames are delivered: every N-th, or those nearest to evenly spaced instants.
///
/// For `fps`, instant k is the first frame's time + k/fps, and the nearest frame of each instant is delivered, once;
/// so a stream of varying frame rate is thinned evenly in time. A frame is chosen only when the next one is
/// known, which delays delivery by one frame.
struct FrameSelector {
    private let every: Int
    private let fps: Double?
    private(set) var state: State
    private var held: (frame: Frame, isDelivered: Bool)?
    private var ready: [Frame] = []

    /// What later choices depend on, besides the frames to come. Times are in units of the wanted interval, so that instants are whole
    /// numbers.
    struct State: Codable, Hashable, Sendable {
        /// Seconds.
        var origin: Double?
        /// The first instant that has no frame yet.
        var next: Double = 0
        var lastGap: Double
        /// The last frame's time.
        var tick: Double?
    }

    /// - Parameter interval: seconds that a frame lasts, about.
    init(options: VideoOptions, interval: Double) {
        (every, fps, state) = (options.every, options.fps, State(lastGap: interval * (options.fps ?? 0)))
    }

    /// The frame chosen last, if it was not taken yet.
    var lastChosen: Int? { ready.last?.index }

    /// How many frames are chosen and not yet taken.
    var waiting: Int { ready.count }

    /// Goes on after `frame` was added: `state` is what `add(_:at:)` left.
    ///
    /// - Parameter isChosen: whether `add(_:at:)` had chosen it.
    mutating func resume(_ state: State, after frame: Frame, isChosen: Bool) {
        self.state = state
        held = state.tick.map { _ in (frame, isChosen) }
        ready = isChosen ? [frame] : []
    }

    /// The next chosen frame, if any is known by now.
    mutating func take() -> Frame? { ready.isEmpty ? nil : ready.removeFirst() }

    /// Frames come in order; `seconds` is the frame's place on the stream's ``Timeline`` and never falls.
    mutating func add(_ frame: Frame, at seconds: Double) {
        guard let fps else {
            if frame.index % every == 0 { ready.append(frame) }
            return
        }
        let origin = state.origin ?? seconds
        let tick = (seconds - origin) * fps
        if let held, let before = state.tick {
            if claim((before + tick) / 2), !held.isDelivered { ready.append(held.frame) }
            state.lastGap = max(tick - before, 0)
        }
        let isDelivered = claim(tick)
        if isDelivered { ready.append(frame) }
        (state.origin, state.tick, held) = (origin, tick, (frame, isDelivered))
    }

    /// Whether an instant up to `tick` has no frame yet; then it and those before have one now. The slack absorbs rounding.
    private mutating func claim(_ tick: Double) -> Bool {
        guard state.next <= tick + 1e-6 else { return false }
        state.next = (tick + 1e-6).rounded(.down) + 1
        return true
    }

    /// No more frames come: an instant within half a frame of the last frame is still its own.
    mutating func finish() {
        if let held, !held.isDelivered, let tick = state.tick, state.next <= tick + state.lastGap / 2 + 1e-6 { ready.append(held.frame) }
        held = nil
    }
}
