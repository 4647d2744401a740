/// Chooses which decoded frames are delivered: every N-th, or those nearest to evenly spaced instants.
///
/// For `fps`, instant k is the first frame's time + k/fps, and the nearest frame of each instant is delivered, once;
/// so a stream of varying frame rate is thinned evenly in time. A frame is chosen only when the next one is
/// known, which delays delivery by one frame.
struct FrameSelector {
    private let every: Int
    private let fps: Double?
    private var origin: Double?
    private var held: (frame: Frame, tick: Double, isDelivered: Bool)?
    /// The first instant that has no frame yet.
    private var next: Double = 0
    private var lastGap: Double
    private var ready: [Frame] = []

    /// - Parameter interval: seconds that a frame lasts, about.
    init(options: VideoOptions, interval: Double) {
        every = options.every
        fps = options.fps
        lastGap = interval * (options.fps ?? 0)
    }

    /// What later choices depend on, besides the frames to come.
    struct State: Codable, Hashable, Sendable {
        var origin: Double?
        var next: Double
        var lastGap: Double
        var tick: Double?
    }

    var state: State { State(origin: origin, next: next, lastGap: lastGap, tick: held?.tick) }

    /// The frame chosen last, if it was not taken yet.
    var lastChosen: Int? { ready.last?.index }

    /// How many frames are chosen and not yet taken.
    var waiting: Int { ready.count }

    /// Goes on after `frame` was added: `state` is what `add(_:at:)` left.
    ///
    /// - Parameter isChosen: whether `add(_:at:)` had chosen it.
    mutating func resume(_ state: State, after frame: Frame, isChosen: Bool) {
        (origin, next, lastGap) = (state.origin, state.next, state.lastGap)
        if let tick = state.tick { held = (frame, tick, isChosen) }
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
        if origin == nil { origin = seconds }
        // Time in units of the wanted interval, so that instants are whole numbers. The slack absorbs rounding.
        let tick = (seconds - origin!) * fps
        let slack = 1e-6
        if let before = held {
            let middle = (before.tick + tick) / 2
            if !before.isDelivered, next <= middle + slack { ready.append(before.frame) }
            if next <= middle + slack { next = (middle + slack).rounded(.down) + 1 }
            lastGap = max(tick - before.tick, 0)
        }
        let isDelivered = next <= tick + slack
        if isDelivered {
            ready.append(frame)
            next = (tick + slack).rounded(.down) + 1
        }
        held = (frame, tick, isDelivered)
    }

    /// No more frames come: an instant within half a frame of the last frame is still its own.
    mutating func finish() {
        if let last = held, !last.isDelivered, next <= last.tick + lastGap / 2 + 1e-6 { ready.append(last.frame) }
        held = nil
    }
}
