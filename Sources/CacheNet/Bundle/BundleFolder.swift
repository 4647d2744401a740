import FoundationEssentials
import Glibc
import Hashing
import Models
import Vision

/// A bundle as it was when it was read: `bundle.json` and, beside it, files that it names. A device's folder may lack some of them.
public struct BundleFolder: Sendable {
    public static let manifestName = "bundle.json"

    /// Nil for a bundle of an edge of which nothing is kept.
    let path: String?
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
    public init(keeping manifest: BundleManifest, in path: String?) throws(DeepVidError) {
        (self.path, self.manifest) = (path, manifest)
        guard let path else { return }
        if let there = try? BundleFolder(reading: path), there.manifest == manifest { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(manifest.json().utf8).write(to: URL(fileURLWithPath: "\(path)/\(Self.manifestName)"), options: .atomic)
        } catch {
            throw DeepVidError(
                .unwritableBundle, "\(path): submodels cannot be kept there; check the folder's owner and mode", cause: error)
        }
    }

    /// Whether the file of that name is there, with its size. What is in it is found out when it is read.
    package func has(_ name: String) -> Bool {
        guard let path, let file = manifest[name] else { return false }
        return (try? file.checkPresence(in: path)) != nil
    }

    /// Every file is there with its size: what running the whole bundle takes.
    func checkComplete() throws(DeepVidError) {
        guard let path else { return }
        for file in manifest.files { try file.checkPresence(in: path) }
    }

    /// Nil unless there is a regular file: opening a pipe could wait for ever.
    fileprivate static func size(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}

extension BundleFile {
    /// The bytes of the file in a bundle's folder, which are those that the manifest names.
    ///
    /// - Complexity: O(bytes), about 200 MB/s.
    func contents(in folder: String) throws(DeepVidError) -> Data {
        try checkPresence(in: folder)
        let path = "\(folder)/\(name)"
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) } catch {
            throw DeepVidError(.unreadableBundle, "\(path) cannot be read; check the file's owner and mode", cause: error)
        }
        guard data.count == size, data.withUnsafeBytes({ SHA256.hex(of: $0) }) == sha256 else {
            throw DeepVidError(
                .damagedFile,
                "\(path) is not the file that \(BundleFolder.manifestName) names: its SHA-256 is another; copy the bundle anew")
        }
        return data
    }

    fileprivate func checkPresence(in folder: String) throws(DeepVidError) {
        let path = "\(folder)/\(name)"
        guard let found = BundleFolder.size(of: path) else {
            throw DeepVidError(.missingFile, "\(path) is missing: \(BundleFolder.manifestName) names it; copy the whole bundle")
        }
        guard found == size else {
            throw DeepVidError(
                .damagedFile,
                "\(path) has \(found) bytes where \(BundleFolder.manifestName) says \(size); was the copy cut off? Copy the bundle anew")
        }
    }
}

extension BundleFolder {
    /// Loads the file `name` of the bundle, after checking that it is what the manifest says.
    ///
    /// - Parameter options: what of the card is replaced.
    func load(_ name: String, _ options: ModelOptions) throws(DeepVidError) -> LoadedModel {
        guard let path else { throw DeepVidError(.invalidOptions, "no folder for the bundle's models was given") }
        guard let entry = manifest[name] else { throw DeepVidError(.invalidBundle, "\(path): the bundle has no \(name)") }
        let file = ModelFile(name: name, bytes: try entry.contents(in: path), sha256: entry.sha256)
        var options = options
        let card = manifest.card(of: name)
        options.bundleCard = options.bundleCard ?? card
        // What is left out of a class list of fewer names, the router leaves out.
        options.mayLackClasses = options.mayLackClasses || card != manifest.card
        let model = try LoadedModel(options, file, LoadedModel.importing(file))
        let color = options.bundleCard?.input.color ?? card.input.color
        guard model.input.channels == color.channels else {
            throw DeepVidError(
                .unusableModel,
                "\(name): takes \(model.input.channels) channels, and the bundle's card says \(color.rawValue); "
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
