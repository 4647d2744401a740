import Results

/// The time of frames, and where one scene ends and another begins.
///
/// A cut of the film is none: boxes decide who goes on, whatever `--cache` makes of the frame.
struct SceneClock: Codable, Sendable {
    private var time: Double?
    private var interval: Double?
    private var width = 0
    private var height = 0
    private var isBroken = false

    /// The input was lost: what comes next is another scene.
    mutating func breakOff() { isBroken = true }

    struct Moment {
        /// In seconds; never less than before in the same scene.
        var time: Double
        /// Whether nothing before this frame has to do with it.
        var isCut: Bool
    }

    /// Frames without a time stamp are taken to be a thirtieth of a second apart, as ByteTrack's buffer is counted.
    private static let usualRate = 30.0
    /// A wait is out of the ordinary if it is this many times the one before.
    private static let unusual = 5.0

    /// - Parameter patience: how long a wait between frames never is a break, in seconds.
    mutating func advance(_ record: FrameRecord, width: Int, height: Int, patience: Double) -> Moment {
        defer { (self.width, self.height) = (width, height) }
        let now = record.ptsS ?? Double(record.frame) / Self.usualRate
        guard let time else {
            (self.time, isBroken) = (now, false)
            return Moment(time: now, isCut: false)
        }
        let wait = now - time
        let isGap = wait < -patience || wait > patience && interval.map { wait > Self.unusual * $0 } ?? false
        if isGap || isBroken || width != self.width || height != self.height {
            (self.time, interval, isBroken) = (now, nil, false)
            return Moment(time: now, isCut: true)
        }
        self.time = max(time, now)
        if wait > 0 { interval = wait }
        return Moment(time: max(time, now), isCut: false)
    }
}
