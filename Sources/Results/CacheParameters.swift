/// The parameters of a `--cache` policy, as they are in force; nil where the policy has no such parameter.
public struct CacheParameters: Codable, Sendable, Equatable {
    /// Side of the compared blocks, in pixels of the model's input.
    public var block: Int?
    /// Frames from one that is computed in full to the next.
    public var refresh: Int?
    public var psnrDB: Double?
    public var searchSteps: Int?
    public var kSkip: Int?
    /// `auto`, `on` or `off`.
    public var mvHints: String?
    public var histogramDistance: Double?
    /// Nil is half of the model's convolutions.
    public var cachedLayers: Int?
    public var changeThreshold: Double?

    public init(
        block: Int? = nil, refresh: Int? = nil, psnrDB: Double? = nil, searchSteps: Int? = nil, kSkip: Int? = nil, mvHints: String? = nil,
        histogramDistance: Double? = nil, cachedLayers: Int? = nil, changeThreshold: Double? = nil
    ) {
        (self.block, self.refresh, self.psnrDB, self.searchSteps) = (block, refresh, psnrDB, searchSteps)
        (self.kSkip, self.mvHints, self.histogramDistance) = (kSkip, mvHints, histogramDistance)
        (self.cachedLayers, self.changeThreshold) = (cachedLayers, changeThreshold)
    }

    enum CodingKeys: String, CodingKey {
        case block, refresh
        case psnrDB = "psnr_db"
        case searchSteps = "search_steps"
        case kSkip = "k_skip"
        case mvHints = "mv_hints"
        case histogramDistance = "histogram_distance"
        case cachedLayers = "cached_layers"
        case changeThreshold = "change_threshold"
    }

    func write(to json: inout JSONText) {
        if let block { json.member("block", block) }
        if let refresh { json.member("refresh", refresh) }
        if let psnrDB { json.member("psnr_db", psnrDB, decimals: 3) }
        if let searchSteps { json.member("search_steps", searchSteps) }
        if let kSkip { json.member("k_skip", kSkip) }
        if let mvHints { json.member("mv_hints", mvHints) }
        if let histogramDistance { json.member("histogram_distance", histogramDistance, decimals: 6) }
        if let cachedLayers { json.member("cached_layers", cachedLayers) }
        if let changeThreshold { json.member("change_threshold", changeThreshold, decimals: 6) }
    }
}
