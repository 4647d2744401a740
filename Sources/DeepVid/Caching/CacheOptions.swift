/// How computation is reused between frames.
public struct CacheOptions: Sendable {
    public enum Policy: String, Sendable, CaseIterable {
        /// Every frame from scratch.
        case off
        /// Only what changed, within tolerances that hold `targetAgreement`.
        case adaptive
        /// Blocks that kept their colours, in the first convolutions.
        case deepmon
        /// Pixels that moved by more than a threshold, layer by layer.
        case cbinfer
        /// Blocks found in the previous picture, also displaced.
        case deepcache
    }

    public var policy = Policy.adaptive
    /// The agreement with dense inference to hold, 0…1; 1 reuses only what is certain to be the same, bit for bit.
    public var targetAgreement = 0.99
    /// Side of the blocks that are compared, in model-input pixels.
    public var block = 8

    public var deepCache = DeepCacheOptions()
    public var deepMon = DeepMonOptions()
    public var cbinfer = CBinferOptions()

    /// Keeps ε fixed, without audits: for measuring. Nil lets audits move it.
    public var epsilon: Float?
    /// Mean difference up to which a block rests, in levels: for measuring. Nil is `AdaptiveNetwork`'s.
    public var blockTolerance: Float?

    public init() {}
}
