/// When to audit: often enough to steer, never more than a twentieth of the work.
///
/// Work is counted in frames computed in full (`Economy.cost`), not timed: the same clip gives the same records.
public struct AuditSchedule: Sendable {
    private var spent = 0.0
    private var work = 0.0
    private var frames = 0
    private static let share = 0.05
    private static let longest = 300

    public init() {}

    /// - Parameters:
    ///   - cost: of the frame.
    ///   - computed: whether anything was recomputed; a frame that rests has nothing to audit.
    public mutating func isDue(cost: Double, computed: Bool) -> Bool {
        work += cost
        frames += 1
        guard computed else { return false }
        return frames >= Self.longest || spent + 1 <= Self.share * (work + 1)
    }

    public mutating func audited() {
        spent += 1
        work += 1
        frames = 0
    }
}
