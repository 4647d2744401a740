import CDefaultModel
import CacheNet
import FoundationEssentials
import Hashing

/// A model's bytes and where they come from.
struct ModelFile {
    /// As the records name it.
    let name: String
    let bytes: Data
    /// Of the model's bytes, in hexadecimal.
    let sha256: String
    /// Nil for the embedded model and for those of a bundle.
    let path: String?

    /// Maps the file at `path`, or lends the embedded model's bytes.
    init(_ path: String?) throws(PipelineError) {
        self.path = path
        if let path {
            name = path.split(separator: "/").last.map(String.init) ?? path
            bytes = try Self.map(path)
        } else {
            name = "embedded"
            bytes = Self.embedded(dv_default_model, dv_default_model_size)
            if bytes.isEmpty { throw PipelineError(code: "no_model", "this build carries no model; name one with --model") }
        }
        sha256 = bytes.withUnsafeBytes { SHA256.hex(of: $0) }
    }

    /// A file of a bundle, whose bytes are known to be those that the bundle names. Weights in other files are refused.
    init(bundled file: BundleFile, _ bytes: Data) { (name, self.bytes, sha256, path) = (file.name, bytes, file.sha256, nil) }

    /// The folder for weights in external files; nil where there is none.
    var folder: String? { path.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } }

    /// Where the card is looked for: `<model>.json` beside the model.
    var cardPath: String? {
        guard let path else { return nil }
        return (path.hasSuffix(".onnx") ? String(path.dropLast(".onnx".count)) : path) + ".json"
    }

    static var embeddedCard: Data { embedded(dv_default_card, dv_default_card_size) }

    private static func embedded(_ start: UnsafePointer<UInt8>, _ count: Int) -> Data {
        guard count > 0 else { return Data() }
        return Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: count, deallocator: .none)
    }

    private static func map(_ path: String) throws(PipelineError) -> Data {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw PipelineError(code: "not_found", "\(path): no such model file; check the path")
        }
        if isDirectory { throw PipelineError(code: "unreadable", "\(path): is a directory; --model needs an ONNX file") }
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw PipelineError(code: "unreadable", "\(path): the model file cannot be read; check its owner and mode")
        }
    }
}
