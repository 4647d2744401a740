/// Whether reuse pays at present.
///
/// A scene that is busy everywhere costs more to compare than to compute. Then a run of frames is computed in full, without
/// comparing; it gets longer each time that trying again was in vain, so that a moving camera pays next to nothing.
public struct ReuseGovernor: Codable, Sendable {
    public enum Decision: Sendable {
        case reuse
        /// Compute in full, and do not compare.
        case dense
        /// The same, and remember the picture: the next one is compared with it.
        case denseAndRemember
        /// Compare with the remembered picture, to see whether the scene has come to rest.
        case probe
    }

    private typealias Constants = PolicyConstants.Governor
    private var framesLeft = 0
    private let shortestRun: Int
    private var run: Int
    private var isProbing = false
    private var average: Double?
    private var tried = 0

    /// - Parameter shortestRun: how many frames are computed in full before reuse is first tried again.
    public init(shortestRun: Int) { (self.shortestRun, run) = (shortestRun, shortestRun) }

    /// Whether frames are computed in full at present, without comparing.
    public var isStopped: Bool { framesLeft > 0 || isProbing }

    /// Moves on to the next frame.
    public mutating func next() -> Decision {
        if isProbing { return .probe }
        guard framesLeft > 0 else { return .reuse }
        framesLeft -= 1
        isProbing = framesLeft == 0
        return isProbing ? .denseAndRemember : .dense
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

    /// A picture with nothing in common with the last one.
    public mutating func recordSceneCut() { record(cost: Constants.cutCost) }

    /// Starts a run of dense frames.
    public mutating func stop() {
        framesLeft = run
        run = min(2 * run, Constants.longestRun)
        (average, tried) = (nil, 0)
    }
}
