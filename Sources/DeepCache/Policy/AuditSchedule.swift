/// When to audit: often enough to steer, never more than a twentieth of the work in the long run. The first audits are taken on credit, one
/// after the other until the tolerance has come down to where it belongs: a short clip is over before a twentieth of its work has told that.
public struct AuditSchedule: Codable, Sendable {
    private typealias Constants = PolicyConstants.Audits
    private var audited = 0.0
    private var work = 0.0
    private var frames = 0
    /// Frames with changes from one audit on credit to the next, those that are left until then, and the credit that is left.
    private var interval = PolicyConstants.Audits.firstInterval
    private var remaining = PolicyConstants.Audits.firstInterval
    private var credit = PolicyConstants.Audits.credit
    private var isSettled = false
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
        remaining -= 1
        return (isOnCredit && remaining <= 0) || audited + 1 <= Constants.share * (work + 1)
    }

    private var isOnCredit: Bool { credit > 0 && !isSettled }

    /// What an audit said of the tolerance.
    public enum Verdict: Sendable { case tooHigh, right, nothing }

    /// The last frame was audited, or made good after a movement; the latter takes no audit's place.
    /// - Parameter verdict: after one of too high a tolerance the next audit comes soon; where nothing was to be seen, nothing is settled.
    public mutating func recordAudit(_ verdict: Verdict = .right) {
        if !isAfterMotion {
            audited += 1
            if isOnCredit { credit -= 1 }
            if verdict == .right, interval == Constants.lastInterval { isSettled = true }
            interval = verdict == .tooHigh ? Constants.firstInterval : min(2 * interval, Constants.lastInterval)
            remaining = interval
        }
        work += 1
        (frames, moved, resting, isAfterMotion) = (0, 0, 0, false)
    }
}
