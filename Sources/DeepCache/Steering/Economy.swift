/// Whether reuse pays at present.
///
/// A scene that is busy everywhere costs more to compare than to compute. Then a run of frames is computed in full, without
/// comparing; it gets longer each time that trying again was in vain, so that a moving camera pays next to nothing.
///
/// Costs are counted, not timed, in units of a frame computed in full: the same clip gives the same records.
public struct Economy: Codable, Sendable {
    public enum Advice: Sendable {
        case reuse
        /// Compute in full, and do not compare.
        case dense
        /// The same, and remember the picture: the next one is compared with it.
        case denseAndRemember
        /// Compare with the remembered picture, to see whether the scene has come to rest.
        case probe
    }

    private var framesLeft = 0
    public let shortestRun: Int
    private var run: Int
    private var isProbing = false
    private var average: Double?
    private var tried = 0
    private static let longestRun = 600
    private static let trial = 4
    /// The same where it costs much more than computing in full.
    private static let shortTrial = 2
    /// Frames of reuse after which the scene counts as calm again.
    private static let calm = 100

    /// - Parameter shortestRun: how many frames are computed in full before reuse is first tried again.
    public init(shortestRun: Int = 24) { (self.shortestRun, run) = (shortestRun, shortestRun) }

    /// Whether frames are computed in full at present, without comparing.
    public var isStopped: Bool { framesLeft > 0 || isProbing }

    /// Asked once a frame.
    public mutating func advice() -> Advice {
        if isProbing { return .probe }
        guard framesLeft > 0 else { return .reuse }
        framesLeft -= 1
        isProbing = framesLeft == 0
        return isProbing ? .denseAndRemember : .dense
    }

    /// Answers a probe: whether the scene has come to rest, by its share of changed blocks.
    public mutating func probed(share: Double) -> Bool {
        isProbing = false
        if share > 0.4 {
            stop()
            return false
        }
        (average, tried) = (nil, 0)
        return true
    }

    /// Ends a run of frames computed in full: there is reason to try again.
    public mutating func wake() { framesLeft = min(framesLeft, 1) }

    /// Takes what an incremental frame cost.
    public mutating func spent(_ cost: Double) {
        average = average.map { 0.85 * $0 + 0.15 * cost } ?? cost
        tried += 1
        if tried >= Self.calm { run = shortestRun }
        if tried >= Self.trial && average! > 0.97 || tried >= Self.shortTrial && average! > 1.15 { stop() }
    }

    /// A picture with nothing in common with the last one: once is a cut, again and again is a moving camera.
    public mutating func cut() { spent(1.5) }

    /// Starts a run of frames computed in full.
    public mutating func stop() {
        framesLeft = run
        run = min(2 * run, Self.longestRun)
        (average, tried) = (nil, 0)
    }
}
