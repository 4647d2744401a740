/// Which model of a CacheNet bundle answered, and why.
public struct Route: Codable, Sendable, Equatable {
    /// The submodel whose answer this is, from 1; nil when it is the full model's, or nobody's.
    public var submodel: Int?
    /// Of the answer of the submodel that was asked last, in nats; nil when none was.
    public var entropy: Double?
    /// Whether a submodel was sure enough of its answer for it to count.
    public var hit: Bool
    /// `device`, `edge`, or `none` when there was no answer to be had.
    public var servedBy: String
    /// What the selector chose, where it was asked.
    public var selected: Int?
    /// Of the selector's code, in radians, 0 to 2π.
    public var angle: Double?
    /// Whether the selected submodel was not resident.
    public var miss: Bool
    /// Why the edge gave no answer (`edge_timeout`, `edge_backoff`, …); nil when it gave one, or was not needed.
    public var reason: String?
    /// Milliseconds that the frame waited for the edge.
    public var edgeMs: Double?

    public init(
        submodel: Int? = nil, entropy: Double? = nil, hit: Bool, servedBy: String, selected: Int? = nil, angle: Double? = nil,
        miss: Bool = false, reason: String? = nil, edgeMs: Double? = nil
    ) {
        (self.submodel, self.entropy, self.hit, self.servedBy) = (submodel, entropy, hit, servedBy)
        (self.selected, self.angle, self.miss, self.reason, self.edgeMs) = (selected, angle, miss, reason, edgeMs)
    }

    enum CodingKeys: String, CodingKey {
        case submodel, entropy, hit, selected, angle, miss, reason
        case servedBy = "served_by"
        case edgeMs = "edge_ms"
    }

    func write(to json: inout JSONText) {
        if let submodel { json.member("submodel", submodel) }
        if let entropy { json.member("entropy", entropy, decimals: 4) }
        json.member("hit", hit)
        json.member("served_by", servedBy)
        if let selected { json.member("selected", selected) }
        if let angle { json.member("angle", angle, decimals: 4) }
        json.member("miss", miss)
        if let reason { json.member("reason", reason) }
        if let edgeMs { json.member("edge_ms", edgeMs, decimals: 3) }
    }
}

extension EndRecord {
    /// What routing came to.
    public struct Routes: Codable, Sendable, Equatable {
        /// Frames whose answer is that of a submodel that was sure.
        public var hits: Int
        /// `hits` as a share of all frames.
        public var hitRate: Double
        /// Frames for which the selected submodel was not resident.
        public var misses: Int
        /// How often another submodel became active, with the first.
        public var switches: Int
        /// Models that were downloaded.
        public var fetched: Int
        /// Frames that the edge answered.
        public var edgeAnswers: Int
        /// Questions that the edge gave no usable answer to, and downloads that failed.
        public var edgeFailures: Int
        /// Work on the device, and waiting for the edge.
        public var deviceS: Double
        public var edgeS: Double

        public init(
            hits: Int, hitRate: Double, misses: Int, switches: Int, fetched: Int, edgeAnswers: Int, edgeFailures: Int, deviceS: Double,
            edgeS: Double
        ) {
            (self.hits, self.hitRate, self.misses, self.switches, self.fetched) = (hits, hitRate, misses, switches, fetched)
            (self.edgeAnswers, self.edgeFailures, self.deviceS, self.edgeS) = (edgeAnswers, edgeFailures, deviceS, edgeS)
        }

        enum CodingKeys: String, CodingKey {
            case hits, misses, switches, fetched
            case hitRate = "hit_rate"
            case edgeAnswers = "edge_answers"
            case edgeFailures = "edge_failures"
            case deviceS = "device_s"
            case edgeS = "edge_s"
        }

        func write(to json: inout JSONText) {
            json.member("hits", hits)
            json.member("hit_rate", hitRate, decimals: 4)
            json.member("misses", misses)
            json.member("switches", switches)
            json.member("fetched", fetched)
            json.member("edge_answers", edgeAnswers)
            json.member("edge_failures", edgeFailures)
            json.member("device_s", deviceS, decimals: 3)
            json.member("edge_s", edgeS, decimals: 3)
        }
    }
}

extension BeginRecord {
    /// How the models of a bundle are chosen.
    public struct Routing: Codable, Sendable, Equatable {
        /// `submodels`, `edge`, `edge_only` or `device_only`.
        public var mode: String
        /// In nats; nil without submodels.
        public var entropyThreshold: Double?
        /// How many submodels are resident at a time; nil without submodels.
        public var submodelCache: Int?

        public init(mode: String, entropyThreshold: Double? = nil, submodelCache: Int? = nil) {
            (self.mode, self.entropyThreshold, self.submodelCache) = (mode, entropyThreshold, submodelCache)
        }

        enum CodingKeys: String, CodingKey {
            case mode
            case entropyThreshold = "entropy_threshold"
            case submodelCache = "submodel_cache"
        }

        func write(to json: inout JSONText) {
            json.member("mode", mode)
            if let entropyThreshold { json.member("entropy_threshold", entropyThreshold, decimals: 6) }
            if let submodelCache { json.member("submodel_cache", submodelCache) }
        }
    }
}
