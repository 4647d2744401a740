/// How computation is reused between frames.
public struct ReuseOptions: Sendable {
    public enum Policy: String, Codable, Sendable, CaseIterable {
        /// Every frame from scratch.
        case off
        /// Only what changed, within tolerances that hold `targetAgreement`.
        case adaptive
        /// Blocks that kept their colors, in the first convolutions.
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
    /// Mean difference up to which a block counts as unchanged, in levels: for measuring. Nil leaves it to the policy.
    public var blockTolerance: Float?

    public init() {}
}

/// Parameters of `--cache deepcache`; the defaults are the paper's.
public struct DeepCacheOptions: Sendable {
    public var search = DiamondMatcher.Settings()
    /// A frame in this many is computed in full.
    public var refresh = 10
    public var hints = MotionHints.auto
}

/// Whether the codec's motion vectors are tried where the search for displaced blocks begins.
public enum MotionHints: String, Sendable, CaseIterable {
    /// Where the codec has any.
    case auto
    /// Always; an input whose codec has none is refused.
    case on
    case off
}

/// Parameters of `--cache deepmon`. The paper does not publish its own.
public struct DeepMonOptions: Sendable {
    public var histogram = HistogramMatcher.Settings()
    /// How many convolutions reuse; nil is half of the model's.
    public var cachedLayers: Int?
    /// A frame in this many is computed in full.
    public var refresh = 10
}

/// Parameters of `--cache cbinfer`.
public struct CBinferOptions: Sendable {
    /// Up to which share of a layer's root mean square a channel may move in a pixel that rests. The default agrees with
    /// dense inference by about 0.99 (yolox_nano on clips of fixed and moving cameras).
    public var threshold = 0.1
}
