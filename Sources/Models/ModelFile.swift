import CDefaultModel
import FoundationEssentials
import Hashing

/// A model's bytes and where they come from.
package struct ModelFile: Sendable {
    /// As the records name it.
    package let name: String
    package let bytes: Data
    /// Of the model's bytes, in hexadecimal.
    package let sha256: String
    /// Nil for the embedded model and for those of a bundle.
    package let path: String?

    /// Maps the file at `path`, or lends the embedded model's bytes.
    package init(_ path: String?) throws(DeepVidError) {
        // A folder that 'tune' wrote stands for its model, under the folder's name.
        let tuned =
            if let path, TunedFolder.exists(at: path) { try TunedFolder.modelPath(in: path) } else {
                nil as (path: String, sha256: String)?
            }
        self.path = tuned?.path ?? path
        if let path {
            name = path.split(separator: "/").last.map(String.init) ?? path
            bytes = try Self.map(tuned?.path ?? path)
        } else {
            name = "embedded"
            bytes = Self.embedded(dv_default_model, dv_default_model_size)
            if bytes.isEmpty { throw DeepVidError(.noModel, "this build carries no model; name one with `model`") }
        }
        sha256 = bytes.withUnsafeBytes { SHA256.hex(of: $0) }
        if let path, let tuned, tuned.sha256 != sha256 {
            throw DeepVidError(
                .unusableModel,
                "\(tuned.path): is not the model that \(path) was written with: it was changed or cut short; make it again with 'deepvid tune'"
            )
        }
    }

    /// A file whose bytes are known to be those with this digest. Weights in other files are refused.
    package init(name: String, bytes: Data, sha256: String) {
        (self.name, self.bytes, self.sha256, path) = (name, bytes, sha256, nil)
    }

    /// The folder for weights in external files; nil where there is none.
    package var folder: String? { path.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } }

    /// Where the card is looked for: `<model>.json` beside the model.
    package var cardPath: String? {
        guard let path else { return nil }
        return (path.hasSuffix(".onnx") ? String(path.dropLast(".onnx".count)) : path) + ".json"
    }

    package static var embeddedCard: Data { embedded(dv_default_card, dv_default_card_size) }

    private static func embedded(_ start: UnsafePointer<UInt8>, _ count: Int) -> Data {
        guard count > 0 else { return Data() }
        return Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: count, deallocator: .none)
    }

    private static func map(_ path: String) throws(DeepVidError) -> Data {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            let several = path.split(separator: ",")
            let advice =
                several.count > 1 && several.allSatisfy { $0.hasSuffix(".onnx") || $0.hasSuffix(".toml") }
                ? "of several models, each is given by itself: " + several.map { "--model \($0)" }.joined(separator: " ") : "check the path"
            throw DeepVidError(.notFound, "\(path): no such model file; \(advice)")
        }
        if isDirectory { throw DeepVidError(.unreadable, "\(path): is a directory; `model` needs an ONNX file") }
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) } catch {
            throw DeepVidError(.unreadable, "\(path): the model file cannot be read; check its owner and mode")
        }
        if let problem = ForeignFile.problem(path, bytes) { throw DeepVidError(.unusableModel, problem) }
        return bytes
    }
}
