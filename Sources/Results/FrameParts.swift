// Optional parts of a frame record: how the answer was come by.

/// Reuse of cached computation.
public struct Cache: Codable, Sendable, Equatable {
    /// The policy in force, as `--cache` names it.
    public var policy: String
    /// Share of the model's multiply-accumulates that were not computed, 0…1.
    public var reused: Double
    /// Why nothing could be reused (`first_frame`, `scene_cut`, …); nil when something could.
    public var reason: String?

    public init(policy: String, reused: Double, reason: String? = nil) {
        (self.policy, self.reused, self.reason) = (policy, reused, reason)
    }

    func write(to json: inout JSONText) {
        json.member("policy", policy)
        json.member("reused", reused, decimals: 4)
        if let reason { json.member("reason", reason) }
    }
}

/// Where semantic memory let a classification leave the network early.
public struct Exit: Codable, Sendable, Equatable {
    /// Name of the tap, or nil when the whole network ran.
    public var tap: String?
    /// Share of the model's multiply-accumulates up to there, 0…1; 1 when the whole network ran.
    public var depthShare: Double
    /// How far the evidence was past what an exit asks for; of the best tap, and mostly negative, when the whole network ran.
    public var margin: Double
    /// `classes`, `scene` or `similarity`; nil when the whole network ran.
    public var evidence: String?

    public init(tap: String?, depthShare: Double, margin: Double, evidence: String? = nil) {
        (self.tap, self.depthShare, self.margin, self.evidence) = (tap, depthShare, margin, evidence)
    }

    enum CodingKeys: String, CodingKey {
        case tap, margin, evidence
        case depthShare = "depth_share"
    }

    func write(to json: inout JSONText) {
        if let tap { json.member("tap", tap) }
        json.member("depth_share", depthShare, decimals: 4)
        json.member("margin", margin, decimals: 4)
        if let evidence { json.member("evidence", evidence) }
    }
}
