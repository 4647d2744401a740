/// When to audit: often enough to steer, never more than a twentieth of the work in the long run. A few audits are taken
/// early, on credit: until then the tolerance is a guess.
///
/// Work is counted in frames computed in full (`IncrementalSession.cost`), not timed: the same clip gives the same records.
public struct AuditSchedule: Codable, Sendable {
    private var spent = 0.0
    private var work = 0.0
    private var frames = 0
    private static let share = 0.05
    private static let longest = 300
    /// Frames with something to see after which the audits on credit are due.
    private static let early = [4, 10, 20]
    /// Share of the multiply-accumulates below which a frame has little to tell.
    private static let telling = 0.03
    private var tellingFrames = 0

    public init() {}

    /// - Parameters:
    ///   - cost: of the frame.
    ///   - computed: share of the multiply-accumulates that were computed, if some were reused; else 0.
    public mutating func isDue(cost: Double, computed: Double) -> Bool {
        work += cost
        frames += 1
        if computed > 0, frames >= Self.longest { return true }
        guard computed > Self.telling else { return false }
        tellingFrames += 1
        return Self.early.contains(tellingFrames) || spent + 1 <= Self.share * (work + 1)
    }

    public mutating func audited() {
        spent += 1
        work += 1
        frames = 0
    }
}
