import FoundationEssentials
import Glibc
import Hashing
import Models
import Vision

/// A bundle on disk: `bundle.json` and, beside it, files that it names. A device's folder may lack some of them.
public struct BundleFolder: Sendable {
    public static let manifestName = "bundle.json"

    public let path: String
    public let manifest: BundleManifest

    /// Reads what is there; no model file is looked at yet.
    public init(reading path: String) throws(DeepVidError) {
        let file = "\(path)/\(Self.manifestName)"
        guard let size = Self.size(of: file) else {
            throw DeepVidError(
                .unreadableBundle, "\(file) is no file: a bundle is a folder with \(Self.manifestName) and its models; check the path")
        }
        guard size <= BundleManifest.largestFile, let data = try? Data(contentsOf: URL(fileURLWithPath: file)) else {
            throw DeepVidError(
                .unreadableBundle, "\(file) cannot be read, or is no bundle's; check the path, the file's owner and its mode")
        }
        (self.path, manifest) = (path, try BundleManifest(json: data, name: file))
    }

    /// Makes `path` the folder of this bundle: creates it, and replaces `bundle.json` if it is another. Model files stay; those of
    /// another bundle are found out by their hashes.
    public init(keeping manifest: BundleManifest, in path: String) throws(DeepVidError) {
        (self.path, self.manifest) = (path, manifest)
        if let there = try? BundleFolder(reading: path), there.manifest == manifest { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(manifest.json().utf8).write(to: URL(fileURLWithPath: "\(path)/\(Self.manifestName)"), options: .atomic)
        } catch {
            throw DeepVidError(
                .unwritableBundle, "\(path): submodels cannot be kept there; check the folder's owner and mode: \(error)", cause: error)
        }
    }

    public func path(of file: BundleFile) -> String { "\(path)/\(file.name)" }

    /// Whether a file of that name and size is there. What is in it is found out when it is read.
    public func has(_ file: BundleFile) -> Bool { (try? checkPresence(of: file)) != nil }

    /// The bytes of a file, which are those that the manifest names.
    ///
    /// - Complexity: O(bytes), about 200 MB/s.
    public func contents(of file: BundleFile) throws(DeepVidError) -> Data {
        try checkPresence(of: file)
        let path = path(of: file)
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) } catch {
            throw DeepVidError(.unreadableBundle, "\(path) cannot be read; check the file's owner and mode: \(error)", cause: error)
        }
        guard data.count == file.size, data.withUnsafeBytes({ SHA256.hex(of: $0) }) == file.sha256 else {
            throw DeepVidError(
                .damagedFile, "\(path) is not the file that \(Self.manifestName) names: its SHA-256 is another; copy the bundle anew")
        }
        return data
    }

    /// Every file is there with its size: what running the whole bundle takes.
    public func checkComplete() throws(DeepVidError) {
        for file in manifest.files { try checkPresence(of: file) }
    }

    private func checkPresence(of file: BundleFile) throws(DeepVidError) {
        let path = path(of: file)
        guard let size = Self.size(of: path) else {
            throw DeepVidError(.missingFile, "\(path) is missing: \(Self.manifestName) names it; copy the whole bundle")
        }
        guard size == file.size else {
            throw DeepVidError(
                .damagedFile,
                "\(path) has \(size) bytes where \(Self.manifestName) says \(file.size); was the copy cut off? Copy the bundle anew")
        }
    }

    /// Nil unless there is a regular file: opening a pipe could wait for ever.
    private static func size(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}

extension BundleFolder {
    /// Loads the file `name` of the bundle, after checking that it is what the manifest says.
    ///
    /// - Parameter options: what of the card is replaced.
    func load(_ name: String, _ options: ModelOptions) throws(DeepVidError) -> LoadedModel {
        guard let entry = manifest[name] else { throw DeepVidError(.invalidBundle, "\(path): the bundle has no \(name)") }
        let file = ModelFile(name: name, bytes: try contents(of: entry), sha256: entry.sha256)
        var options = options
        options.bundleCard = options.bundleCard ?? manifest.card
        let model = try LoadedModel(options, file, LoadedModel.importing(file))
        guard model.input.channels == manifest.card.input.color.channels else {
            throw DeepVidError(
                .unusableModel,
                "\(name): takes \(model.input.channels) channels, and the bundle's card says \(manifest.card.input.color.rawValue); "
                    + "export it anew, or correct the card")
        }
        return model
    }

    /// The selector takes the pictures that the others take, and gives the two numbers of z̄.
    func loadSelector() throws(DeepVidError) -> LoadedModel {
        var options = ModelOptions()
        options.bundleCard = ModelCard(head: .embedding, input: manifest.card.input)
        options.bundleCard?.l2Normalize = false
        let model = try load(BundleFile.selector, options)
        guard model.plan.outputs.count == 1, model.plan.outputs[0].shape?.elementCount == 2 else {
            throw DeepVidError(
                .unusableModel, "\(BundleFile.selector): must have one output of two numbers, the code of a picture; export it anew")
        }
        return model
    }
}
