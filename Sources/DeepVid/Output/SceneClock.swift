/// The time of frames, and where one scene ends and another begins.
///
/// A cut of the film is none: boxes decide who goes on, whatever reuse makes of the frame.
struct SceneClock: Codable, Sendable {
    private var time: Double?
    /// The last wait, and the same for each frame decoded meanwhile.
    private var interval: Double?
    private var frameInterval: Double?
    /// The last frame's time stamp was out of the ordinary, and was not believed.
    private var isSuspect = false
    private var width = 0
    private var height = 0
    private var isBroken = false
    /// The last frame's index; for frames without a time stamp.
    private var index = 0

    /// The input was lost: what comes next is another scene.
    mutating func breakOff() { isBroken = true }

    struct Moment {
        /// In seconds; never less than before in the same scene.
        var time: Double
        /// Whether nothing before this frame has to do with it.
        var isCut: Bool
        /// Whether it is the same scene, after a while of which nothing is known.
        var isGap = false
    }

    /// Frames a second where time stamps never told the interval: ByteTrack's buffer is counted so.
    private static let usualRate = 30.0
    /// A wait is out of the ordinary if it is this many times the one before.
    private static let unusual = 5.0

    /// - Parameter patience: how long a wait between frames never is a break, in seconds.
    mutating func advance(_ frame: FrameInfo, patience: Double) -> Moment {
        defer { (width, height, index) = (frame.width, frame.height, frame.index) }
        guard let time else {
            let now = frame.pts ?? Double(frame.index) / Self.usualRate
            (self.time, isBroken) = (now, false)
            return Moment(time: now, isCut: false)
        }
        // A frame without a time stamp is as far from the one before as frames were until then.
        let expected = time + Double(frame.index - index) * (frameInterval ?? 1 / Self.usualRate)
        var now = frame.pts ?? expected
        var isGap = now - time < -patience || now - time > patience && interval.map { now - time > Self.unusual * $0 } ?? false
        // One bad time stamp is no gap: the next frame's tells.
        (isSuspect, isGap) = (isGap && !isSuspect, isGap && isSuspect)
        if isSuspect { now = expected }
        let wait = now - time
        let isCut = isBroken || frame.width != width || frame.height != height || isGap && wait < 0
        if isGap || isCut {
            (self.time, interval, frameInterval, isBroken, isSuspect) = (now, nil, nil, false, false)
            return Moment(time: now, isCut: isCut, isGap: !isCut)
        }
        self.time = max(time, now)
        if wait > 0, !isSuspect, frame.pts != nil { (interval, frameInterval) = (wait, wait / Double(max(1, frame.index - index))) }
        return Moment(time: max(time, now), isCut: false)
    }
}
