import Vision

/// `bundle.json`: what a folder with a full model, its submodels and their selector holds (DESIGN §5).
public struct BundleManifest: Sendable {
    /// Of the format: 1.
    public var version: Int
    public var name: String
    /// How every model of the bundle takes pictures and is read.
    public var card: ModelCard
    /// K: how many submodels there are.
    public var submodels: Int
    /// T: a submodel's answer counts when its entropy, in nats, is below (paper §6.3).
    public var threshold: Double
    /// γ: share by which neighbouring partitions overlap (equation 13).
    public var overlap: Double
    public var files: [BundleFile]
}
