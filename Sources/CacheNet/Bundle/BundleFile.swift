import Vision

/// A file of a bundle, by name and content.
public struct BundleFile: Codable, Sendable, Hashable {
    /// `full.onnx`, `selector.onnx` or `submodel-<k>.onnx`.
    public var name: String
    /// Lower-case hexadecimal.
    public var sha256: String
    /// Bytes.
    public var size: Int

    public init(name: String, sha256: String, size: Int) { (self.name, self.sha256, self.size) = (name, sha256, size) }

    public static let full = "full.onnx"
    public static let selector = "selector.onnx"

    /// - Parameter k: from 1.
    public static func submodel(_ k: Int) -> String { "submodel-\(k).onnx" }

    /// More would not be a model for a device; a bound on what an edge can make one store.
    public static let largestSize = 2_000_000_000

    enum CodingKeys: String, CardKey {
        case name, sha256, size

        static var file: String { "the bundle" }

        var expected: String {
            switch self {
            case .name: "full.onnx, selector.onnx or submodel-<k>.onnx"
            case .sha256: "the file's SHA-256, 64 digits of lower-case hexadecimal, as sha256sum prints it"
            case .size: "the file's size in bytes, from 1 to \(BundleFile.largestSize)"
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        let file = try CardReader<CodingKeys>(decoder)
        // Which names there may be depends on how many submodels there are; here, only that none leads out of the folder.
        name = try file.required(.name, where: { Self.isPlain($0) })
        sha256 = try file.required(.sha256, where: { $0.utf8.count == 64 && $0.utf8.allSatisfy(Self.isHexadecimal) })
        size = try file.required(.size, where: { (1...Self.largestSize).contains($0) })
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64 && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                switch UInt8(byte) {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
