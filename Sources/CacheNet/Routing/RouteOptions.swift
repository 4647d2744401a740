import CacheNet
import Results

/// Which models of a bundle answer, and where they are.
public struct RouteOptions: Sendable {
    public enum Mode: String, Sendable {
        /// Submodels in this process, and the full model for what they are not sure of.
        case submodels
        /// Submodels in this process, and an edge server for what they are not sure of: CacheNet.
        case edge
        /// Every frame to the edge server.
        case edgeOnly = "edge_only"
        /// Every frame to the full model in this process.
        case deviceOnly = "device_only"

        var usesEdge: Bool { self == .edge || self == .edgeOnly }
        var usesSubmodels: Bool { self == .submodels || self == .edge }
    }

    public var mode: Mode
    /// The bundle's folder; with an edge, where its submodels are kept. `edgeOnly` needs none.
    public var bundle: String?
    /// T in nats; nil is the bundle's.
    public var threshold: Double?
    /// N: how many submodels are resident at a time. One, as in the paper.
    public var submodelCache = 1
    public var hysteresis = Hysteresis.usual
    /// Present in the modes with an edge.
    public var edge: (any EdgeService)?
    /// For how long a frame may wait for the edge.
    public var deadline = Duration.seconds(1)

    public init(_ mode: Mode, bundle: String?) { (self.mode, self.bundle) = (mode, bundle) }

    /// For the `begin` record.
    var record: BeginRecord.Routing {
        BeginRecord.Routing(
            mode: mode.rawValue, entropyThreshold: mode.usesSubmodels ? threshold : nil,
            submodelCache: mode.usesSubmodels ? submodelCache : nil)
    }
}
