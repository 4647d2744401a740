/// A file of a bundle, by name and content.
public struct BundleFile: Codable, Sendable, Hashable {
    /// `full.onnx`, `selector.onnx` or `submodel-<k>.onnx`.
    public var name: String
    /// Lower-case hexadecimal.
    public var sha256: String
    /// Bytes.
    public var size: Int

    public init(name: String, sha256: String, size: Int) { (self.name, self.sha256, self.size) = (name, sha256, size) }
}
