/// Chooses which frames are delivered: every N-th, those nearest to evenly spaced instants, or key frames.
///
/// For `fps`, instant k is the first frame's time + k/fps, and the nearest frame of each instant is delivered, once;
/// so a stream of varying frame rate is thinned evenly in time. A frame is chosen only when the next one is
/// known, which delays delivery by one frame. `Item` is a frame, or stands for one that has not been decoded.
struct FrameSelector<Item> {
    private let every: Int
    private let fps: Double?
    private let choosesKeyFrames: Bool
    private(set) var state: SelectorState
    private var held: (item: Item, isDelivered: Bool)?
    private var ready: [(item: Item, index: Int)] = []
    /// The index of `held`.
    private var heldIndex = 0

    /// - Parameter interval: seconds that a frame lasts, about.
    init(options: VideoOptions, interval: Double) {
        (every, fps, choosesKeyFrames) = (options.every, options.fps, options.choosesKeyFrames)
        state = SelectorState(lastGap: interval * (options.fps ?? 0))
    }

    /// The frame chosen last, if it was not taken yet.
    var lastChosen: Int? { ready.last?.index }

    /// How many frames are chosen and not yet taken.
    var waiting: Int { ready.count }

    /// Goes on after frame `index` was added: `state` is what `add` left.
    ///
    /// - Parameter isChosen: whether `add` had chosen it.
    mutating func resume(_ state: SelectorState, after item: Item, index: Int, isChosen: Bool) {
        self.state = state
        held = state.tick.map { _ in (item, isChosen) }
        heldIndex = index
        ready = isChosen ? [(item, index)] : []
    }

    /// The next chosen frame, if any is known by now.
    mutating func take() -> Item? { ready.isEmpty ? nil : ready.removeFirst().item }

    /// Frames come in order; `seconds` is the frame's place on the stream's ``Timeline`` and never falls.
    mutating func add(_ item: Item, index: Int, isKey: Bool, at seconds: Double) {
        guard let fps else {
            if choosesKeyFrames ? isKey : index % every == 0 { ready.append((item, index)) }
            return
        }
        let origin = state.origin ?? seconds
        let tick = (seconds - origin) * fps
        if let held, let before = state.tick {
            if claim((before + tick) / 2), !held.isDelivered { ready.append((held.item, heldIndex)) }
            state.lastGap = max(tick - before, 0)
        }
        let isDelivered = claim(tick)
        if isDelivered { ready.append((item, index)) }
        (state.origin, state.tick, held, heldIndex) = (origin, tick, (item, isDelivered), index)
    }

    /// Whether an instant up to `tick` has no frame yet; then it and those before have one now. The slack absorbs rounding.
    private mutating func claim(_ tick: Double) -> Bool {
        guard state.next <= tick + 1e-6 else { return false }
        state.next = (tick + 1e-6).rounded(.down) + 1
        return true
    }

    /// No more frames come: an instant within half a frame of the last frame is still its own.
    mutating func finish() {
        if let held, !held.isDelivered, let tick = state.tick, state.next <= tick + state.lastGap / 2 + 1e-6 {
            ready.append((held.item, heldIndex))
        }
        held = nil
    }
}

/// What later choices of a ``FrameSelector`` depend on, besides the frames to come. Times are in units of the wanted interval, so that
/// instants are whole numbers.
struct SelectorState: Codable, Hashable, Sendable {
    /// Seconds.
    var origin: Double?
    /// The first instant that has no frame yet.
    var next: Double = 0
    var lastGap: Double
    /// The last frame's time.
    var tick: Double?
}
