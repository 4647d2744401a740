/// Whether reuse pays at present.
///
/// A scene that is busy everywhere costs more to compare than to compute. Then a run of frames is computed in full, without
/// comparing; it gets longer each time that trying again was in vain, so that a moving camera pays next to nothing.
public struct ReuseGovernor: Codable, Sendable {
    private typealias Constants = PolicyConstants.Governor
    private var framesLeft = 0
    let shortestRun: Int
    private var run: Int
    /// Whether the frame in work, or the next one, is compared only to see whether the scene has come to rest.
    public private(set) var isProbing = false
    private var average: Double?
    private var tried = 0

    /// - Parameter shortestRun: how many frames are computed in full before reuse is first tried again.
    public init(shortestRun: Int) { (self.shortestRun, run) = (shortestRun, shortestRun) }

    /// Whether frames are computed in full at present, without comparing.
    public var isStopped: Bool { framesLeft > 0 || isProbing }

    /// Moves on to the next frame.
    /// - Returns: `compare`, or `dense` where comparing would cost more than it saves. The last frame of a run remembers its picture,
    ///   which the next one, a probe, is compared with.
    public mutating func next() -> ReuseAction {
        guard framesLeft > 0 else { return .compare }
        framesLeft -= 1
        isProbing = framesLeft == 0
        return .dense(remembersPicture: isProbing)
    }

    /// Takes the outcome of a probe.
    /// - Returns: whether the scene has come to rest; if not, another run of dense frames begins.
    public mutating func resolveProbe(changedShare: Double) -> Bool {
        isProbing = false
        if changedShare > Constants.restingShare {
            stop()
            return false
        }
        (average, tried) = (nil, 0)
        return true
    }

    /// Ends a run of dense frames: there is reason to try again.
    public mutating func resumeSoon() { framesLeft = min(framesLeft, 1) }

    /// Takes what an incremental frame cost.
    public mutating func record(cost: Double) {
        average = average.map { (1 - Constants.memory) * $0 + Constants.memory * cost } ?? cost
        tried += 1
        if tried >= Constants.calm { run = shortestRun }
        if tried >= Constants.trial && average! > Constants.worthwhile || tried >= Constants.shortTrial && average! > Constants.hopeless {
            stop()
        }
    }

    /// Starts a run of dense frames.
    public mutating func stop() {
        framesLeft = run
        run = min(2 * run, Constants.longestRun)
        (average, tried) = (nil, 0)
    }
}
