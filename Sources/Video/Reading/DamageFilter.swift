/// Tells which pictures of live input to leave out after a loss.
///
/// A packet that is lost on the way damages every picture that is built on it, up to the next key frame: they show smears of what was there
/// before, in which models find objects that are not there. Files are not filtered: what is left of them is all that there will ever be.
struct DamageFilter {
    /// Nanoseconds for which nothing is shown at most, where key frames are rare or unknown: a network that loses something all the time, or an
    /// encoder without key frames (periodic intra refresh), must not blind a camera. Where they come less often, half as long again as from
    /// one to the next, up to a minute.
    private static let (shortestLimit, longestLimit): (UInt64, UInt64) = (5_000_000_000, 60_000_000_000)
    /// The arrival of the last key frame, and the time from the one before to it.
    private var lastKey: UInt64?
    private var keyInterval: UInt64 = 0
    /// Packets that were corrupt so far.
    private var corruptPackets = 0
    /// The arrival of the first damaged picture, and the pictures since the last loss; nil while pictures are sound.
    private var damage: (since: UInt64, pictures: Int)?

    /// Takes the next picture.
    /// - Parameters:
    ///   - arrival: of the picture, in nanoseconds.
    ///   - corruptPackets: those that the decoder was given so far.
    ///   - delay: pictures that the decoder holds back: a key frame that comes sooner after a loss was sent before it.
    /// - Returns: whether it is to be shown.
    mutating func passes(isKeyFrame: Bool, isCorrupt: Bool, arrival: UInt64, corruptPackets: Int, delay: Int) -> Bool {
        if isKeyFrame {
            if let lastKey { keyInterval = arrival &- lastKey }
            lastKey = arrival
        }
        let isLoss = isCorrupt || corruptPackets > self.corruptPackets
        self.corruptPackets = corruptPackets
        if isLoss {
            damage = (damage?.since ?? arrival, 0)
        } else if damage != nil {
            damage!.pictures += 1
            if isKeyFrame, damage!.pictures > delay { damage = nil }
        }
        guard let damage else { return true }
        return arrival &- damage.since > min(max(Self.shortestLimit, keyInterval + keyInterval / 2), Self.longestLimit)
    }
}
