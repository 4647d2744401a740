import Models
import Vision

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
        /// Nothing, unless something moves in front of a background.
        case motion
    }

    public var policy: Policy
    /// The agreement with dense inference to hold, 0…1; 1 reuses only what is certain to be the same, bit for bit. Where none was asked for, it is
    /// that of the models' cards (`follow`), else 0.99.
    public var targetAgreement: Double {
        get { askedAgreement ?? cardAgreement ?? Self.defaultAgreement }
        set { askedAgreement = newValue }
    }
    private var askedAgreement, cardAgreement: Double?
    /// What it is measured by.
    public var agreeOn: AgreeOn
    /// Side of the blocks that are compared, in model-input pixels; 2…64.
    public var block = 8
    /// Whether frames of a detector may be answered from computed ones before and after them, where the input waits for answers.
    public var mayPropagate = true
    /// Of the draw of the frames that agreement is estimated from.
    public var auditSeed: UInt64 = 0

    /// Of the published policies.
    public var deepCache = DeepCacheOptions()
    public var deepMon = DeepMonOptions()
    public var cbinfer = CBinferOptions()
    public var motion = MotionOptions()

    package static let defaultAgreement = 0.99

    /// - Parameter targetAgreement: 0…1; nil leaves it to the models.
    public init(policy: Policy = .adaptive, targetAgreement: Double? = nil, agreeOn: AgreeOn = .boxes) {
        (self.policy, askedAgreement, self.agreeOn) = (policy, targetAgreement, agreeOn)
    }

    /// Takes the target of the models' cards, the strictest where one network answers for several, unless another was asked for.
    package mutating func follow(_ cards: [ModelCard]) {
        let own = cards.map(\.targetAgreement)
        cardAgreement = own.contains(where: { $0 != nil }) ? own.map { $0 ?? Self.defaultAgreement }.max() : nil
    }

    /// Every frame is computed from scratch.
    public static let off = ReuseOptions(policy: .off)

    /// - Throws: code `invalidOptions` for a number that no policy can be asked for.
    package func check() throws(DeepVidError) {
        let (blocks, frames) = (2...64, 1...100_000)
        try OptionCheck.within(0...1, targetAgreement, "targetAgreement", "a share from 0 to 1, such as 0.99")
        try OptionCheck.within(blocks, block, "block", "2 to 64 pixels")
        try OptionCheck.within(blocks, deepCache.block, "deepCache.block", "2 to 64 pixels")
        try OptionCheck.within(0...Double.infinity, deepCache.threshold, "deepCache.threshold", "0 dB or more, such as 20")
        try OptionCheck.within(0...64, deepCache.steps, "deepCache.steps", "0 to 64")
        try OptionCheck.within(1...16, deepCache.skip, "deepCache.skip", "1 to 16")
        try OptionCheck.within(frames, deepCache.refresh, "deepCache.refresh", "1 frame or more")
        try OptionCheck.within(blocks, deepMon.block, "deepMon.block", "2 to 64 pixels")
        if !(2...64).contains(deepMon.bins) || deepMon.bins.nonzeroBitCount != 1 {
            throw DeepVidError(.invalidOptions, "`deepMon.bins` is \(deepMon.bins): give a power of two from 2 to 64")
        }
        try OptionCheck.within(0...1, deepMon.threshold, "deepMon.threshold", "a number from 0 to 1, such as 0.05")
        try OptionCheck.within(0...Int.max, deepMon.cachedLayers, "deepMon.cachedLayers", "0 or more")
        try OptionCheck.within(frames, deepMon.refresh, "deepMon.refresh", "1 frame or more")
        try OptionCheck.within(0...Double.infinity, cbinfer.threshold, "cbinfer.threshold", "0 or more, such as 0.1")
        try OptionCheck.within(1...255, motion.threshold, "motion.threshold", "1 to 255 levels")
        try OptionCheck.within(1...100_000, motion.area, "motion.area", "1 to 100000 pixels")
        try OptionCheck.within(frames, motion.refresh, "motion.refresh", "1 frame or more")
    }
}

/// What matters of a detector's answers: `--agree-on`.
public enum AgreeOn: String, Codable, Sendable, CaseIterable {
    /// The same boxes in every frame.
    case boxes
    /// The same objects at the same places, however sure the model is of them in a frame.
    case tracks
    /// The same classes, with the same numbers of objects.
    case presence

    package var rule: Agreement.Rule {
        switch self {
        case .boxes: .boxes
        case .tracks: .tracks
        case .presence: .presence
        }
    }
}

/// Parameters of `--cache deepcache`; the defaults are the paper's.
public struct DeepCacheOptions: Sendable {
    /// Side of the blocks in pixels.
    public var block = 10
    /// PSNR in dB above which a block is reused; infinity wants the very same pixels.
    public var threshold = 20.0
    /// Most moves of the large diamond; each is 2 pixels far. The small one adds 1 pixel.
    public var steps = 3
    /// Only every skip-th block of every skip-th row searches; all are compared at the end.
    public var skip = 2
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
    /// Side of the blocks in pixels.
    public var block = 10
    /// Intervals of each channel in a block's histogram; a power of two up to 64.
    public var bins = 16
    /// Distance of histograms above which a block counts as changed, 0…1.
    public var threshold = 0.05
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

/// Parameters of `--cache motion`; the defaults are Frigate's.
public struct MotionOptions: Sendable {
    /// How far a pixel of the small picture has to be from the background, in levels of 8 bits.
    public var threshold = 30
    /// Pixels of the small picture (100 rows) that a region has to have more of.
    public var area = 10
    /// A frame in this many is computed in any case, for what stands still.
    public var refresh = 50
}
