import Vision

/// `bundle.json`: what a folder with a full model, its submodels and their selector holds (DESIGN §5).
public struct BundleManifest: Sendable, Hashable {
    /// Of the format: 1.
    public var version: Int
    public var name: String
    /// How every model of the bundle takes pictures, and how all but the selector are read.
    public var card: ModelCard
    /// K: how many submodels there are.
    public var submodels: Int
    /// T: a submodel's answer counts when its entropy, in nats, is below (paper §6.3).
    public var threshold: Double
    /// γ: share by which neighbouring partitions overlap (equation 13).
    public var overlap: Double
    public var files: [BundleFile]

    /// The one that this program reads and writes.
    public static let currentVersion = 1
    /// Partitions of fewer than 1.4° would tell nothing apart.
    public static let mostSubmodels = 256

    public init(name: String, card: ModelCard, submodels: Int, threshold: Double, overlap: Double, files: [BundleFile]) {
        (version, self.name, self.card, self.submodels) = (Self.currentVersion, name, card, submodels)
        (self.threshold, self.overlap, self.files) = (threshold, overlap, files)
    }

    /// The file of that name, such as `BundleFile.submodel(2)`; nil if the bundle has none.
    public subscript(name: String) -> BundleFile? { files.first { $0.name == name } }

    /// How the submodel for a picture is found.
    public var partitions: Partitions { Partitions(count: submodels, overlap: overlap) }

    /// The names that a bundle with K submodels has, each once.
    static func names(submodels: Int) -> [String] {
        [BundleFile.full, BundleFile.selector] + (1...submodels).map(BundleFile.submodel)
    }
}
