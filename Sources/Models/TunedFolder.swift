import FoundationEssentials
import Hashing

/// A folder that `tune` wrote: a model with its card, and what was tried.
package enum TunedFolder {
    package static let manifest = "tuned.json"
    package static let model = "model.onnx"
    package static let card = "model.json"
    package static let page = "report.html"
    /// Of the manifest. Later ones are refused.
    package static let version = 1

    /// Whether there is such a folder under this name.
    package static func exists(at path: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(manifest)") }

    private struct Manifest: Decodable {
        let version: Int
        let modelSHA256: String?

        enum CodingKeys: String, CodingKey {
            case version
            case modelSHA256 = "model_sha256"
        }
    }

    /// The folder's model.
    /// - Throws: for a folder of a later version, or one that is damaged.
    static func modelPath(in folder: String) throws(DeepVidError) -> (path: String, sha256: String) {
        var folder = folder
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let path = "\(folder)/\(manifest)"
        let advice = "make it again with 'deepvid tune'"
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)), bytes.count < 64 << 20,
            let read = try? JSONDecoder().decode(Manifest.self, from: bytes)
        else { throw DeepVidError(.unusableModel, "\(path): is damaged, or no file that 'tune' wrote; \(advice)") }
        guard read.version == version else {
            throw DeepVidError(
                .unusableModel,
                "\(path): is of version \(read.version), and this deepvid knows version \(version): \(advice), or use a later deepvid")
        }
        guard let digest = read.modelSHA256 else { throw DeepVidError(.unusableModel, "\(path): does not name its model; \(advice)") }
        return ("\(folder)/\(model)", digest)
    }
}
