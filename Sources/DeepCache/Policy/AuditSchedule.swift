/// When to audit: often enough to steer, never more than a twentieth of the work in the long run. A few audits are taken
/// early, on credit.
public struct AuditSchedule: Codable, Sendable {
    private typealias Constants = PolicyConstants.Audits
    private var audited = 0.0
    private var work = 0.0
    private var frames = 0
    private var informativeFrames = 0
    /// Frames' worth that was computed since the last audit, and how many frames running were at rest.
    private var moved = 0.0
    private var resting = 0
    /// Whether the frame is due only because a movement ended: what was withheld of it is made good, for it would stay as long
    /// as the scene rests. There is nothing to learn from that for frames that move.
    public private(set) var isAfterMotion = false

    public init() {}

    /// Frames that were audited.
    public var audits: Int { Int(audited) }

    /// Frames that were taken, and the mean cost of one, audits included. The first few count little.
    private var count = 0.0
    public var meanCost: Double {
        (PolicyConstants.Audits.guessedCost * PolicyConstants.Audits.guessedFrames + work) / (PolicyConstants.Audits.guessedFrames + count)
    }

    /// Takes a frame.
    /// - Parameters:
    ///   - cost: of the frame, next to 1 for computing it in full.
    ///   - computed: share of the multiply-accumulates that were computed, if some were reused; else 0.
    /// - Returns: whether an audit of this frame is due.
    @discardableResult
    public mutating func record(cost: Double, computed: Double) -> Bool {
        work += cost
        count += 1
        frames += 1
        moved += computed
        resting = computed < Constants.informative ? resting + 1 : 0
        isAfterMotion = computed > 0 && resting >= Constants.restingFrames && moved > Constants.movement
        if computed > 0, frames >= Constants.longestInterval || isAfterMotion { return true }
        guard computed > Constants.informative else { return false }
        informativeFrames += 1
        return Constants.early.contains(informativeFrames) || audited + 1 <= Constants.share * (work + 1)
    }

    /// Takes a frame for which the network did not run. It tells nothing of whether the scene rests, for frames are not taken in order.
    public mutating func recordPropagated() {
        work += PolicyConstants.Scene.restingWork
        count += 1
    }

    /// Takes a part that was computed of a frame that is counted otherwise.
    public mutating func recordPart(cost: Double) { work += cost }

    /// The last frame was audited, or made good after a movement; the latter takes no audit's place.
    public mutating func recordAudit() {
        if !isAfterMotion { audited += 1 }
        work += 1
        (frames, moved, resting, isAfterMotion) = (0, 0, 0, false)
    }
}
