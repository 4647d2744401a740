/// How far dense inference agrees with itself when noise is added to the picture, no more than blocks that rest show. No reuse can be
/// asked for more.
public struct NoiseFloor: Codable, Sendable, Equatable {
    /// Frames that were measured, and those of them that had something to agree on.
    public private(set) var frames = 0
    public private(set) var informativeFrames = 0
    private var (agreements, noises) = (0.0, 0.0)

    public init() {}

    public mutating func add(_ measured: AuditedFrame.Floor) {
        frames += 1
        noises += measured.noise
        guard let agreement = measured.agreement else { return }
        informativeFrames += 1
        agreements += agreement
    }

    public static func + (a: NoiseFloor, b: NoiseFloor) -> NoiseFloor {
        var sum = a
        sum.frames += b.frames
        sum.informativeFrames += b.informativeFrames
        sum.agreements += b.agreements
        sum.noises += b.noises
        return sum
    }

    /// Mean over the frames that had something; nil where none had.
    public var agreement: Double? { informativeFrames > 0 ? agreements / Double(informativeFrames) : nil }
    /// Mean |noise| that was added, in levels of 8 bits; nil where nothing was measured.
    public var noise: Double? { frames > 0 ? noises / Double(frames) : nil }
}
