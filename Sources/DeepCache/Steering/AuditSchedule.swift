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
    /// Frames that were computed since the last audit, and how many running had little to tell.
    private var moved = 0.0
    private var resting = 0
    /// Whether the frame is due only because a movement ended: what was withheld of it is made good, for it would stay as long
    /// as the scene rests. There is nothing to learn from that for frames that move.
    public private(set) var isSettling = false
    /// So many frames' worth was computed for the movement, and so many frames rested.
    private static let settled = (moved: 2.0, resting: 3)

    public init() {}

    /// - Parameters:
    ///   - cost: of the frame.
    ///   - computed: share of the multiply-accumulates that were computed, if some were reused; else 0.
    public mutating func isDue(cost: Double, computed: Double) -> Bool {
        work += cost
        frames += 1
        moved += computed
        resting = computed < Self.telling ? resting + 1 : 0
        isSettling = computed > 0 && resting >= Self.settled.resting && moved > Self.settled.moved
        if computed > 0, frames >= Self.longest || isSettling { return true }
        guard computed > Self.telling else { return false }
        tellingFrames += 1
        return Self.early.contains(tellingFrames) || spent + 1 <= Self.share * (work + 1)
    }

    public mutating func audited() {
        // Audits are not given up for it.
        if !isSettling { spent += 1 }
        work += 1
        (frames, moved, resting, isSettling) = (0, 0, 0, false)
    }
}
