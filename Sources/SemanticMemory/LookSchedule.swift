/// Whether a frame's taps are looked at. Looking costs up to a tenth of a small network: where nothing could be left for a
/// while, only two frames running are looked at now and then (the second may be the first one's scene), until one could be left.
public struct LookSchedule: Sendable {
    private var misses = 0
    /// Frames to be passed over, and how many in all this time.
    private var left = 0
    private var pause = 0
    /// Frames still to be looked at before the next pause.
    private var looks = Self.together
    private static let patience = 16
    private static let together = 2
    private static let pauses = 2...8

    public init() {}

    /// Asked once a frame.
    public mutating func isDue() -> Bool {
        guard left > 0 else { return true }
        left -= 1
        return false
    }

    /// Takes whether a frame that was looked at could be left.
    public mutating func looked(couldLeave: Bool) {
        guard !couldLeave else { return self = LookSchedule() }
        misses += 1
        looks -= 1
        guard misses >= Self.patience, looks <= 0 else { return }
        pause = min(max(2 * pause, Self.pauses.lowerBound), Self.pauses.upperBound)
        (left, looks) = (pause, Self.together)
    }
}
