import Models
import DeepCache
import Video

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

extension CacheOptions {
    /// Whether the decoder is to be asked for motion vectors.
    var wantsMotionVectors: Bool { policy == .deepcache && deepCache.hints != .off }

    /// - Throws: when an input that can be decoded cannot be used as asked.
    func check(_ info: StreamInfo, _ source: String) throws(DeepVidError) {
        guard policy == .deepcache, deepCache.hints == .on, !info.hasMotionVectors else { return }
        throw DeepVidError(
            .unsupported,
            "\(source): FFmpeg gives no motion vectors for \(info.codec): leave out motion-vectors=on, or convert the video, "
                + "for example to H.264")
    }
}
