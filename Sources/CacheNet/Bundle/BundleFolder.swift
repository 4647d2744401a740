import FoundationEssentials
import Glibc
import Hashing

/// A bundle on disk: `bundle.json` and, beside it, files that it names. A device's folder may lack some of them.
public struct BundleFolder: Sendable {
    public static let manifestName = "bundle.json"

    public let path: String
    public let manifest: BundleManifest

    /// Reads what is there; no model file is looked at yet.
    public init(reading path: String) throws(BundleError) {
        let file = "\(path)/\(Self.manifestName)"
        guard let size = Self.size(of: file) else {
            throw BundleError(
                .unreadable, "\(file) is no file: a bundle is a folder with \(Self.manifestName) and its models; check the path")
        }
        guard size <= BundleManifest.largestFile, let data = try? Data(contentsOf: URL(fileURLWithPath: file)) else {
            throw BundleError(.unreadable, "\(file) cannot be read, or is no bundle's; check the path, the file's owner and its mode")
        }
        (self.path, manifest) = (path, try BundleManifest(json: data, name: file))
    }

    /// Makes `path` the folder of this bundle: creates it, and writes `bundle.json` at once if it is another. Model files stay; those
    /// of another bundle are found out by their hashes.
    public init(keeping manifest: BundleManifest, in path: String) throws(BundleError) {
        (self.path, self.manifest) = (path, manifest)
        if let there = try? BundleFolder(reading: path), there.manifest == manifest { return }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(manifest.json().utf8).write(to: URL(fileURLWithPath: "\(path)/\(Self.manifestName)"), options: .atomic)
        } catch {
            throw BundleError(.unwritable, "\(path): submodels cannot be kept there; check the folder's owner and mode", cause: error)
        }
    }

    public func path(of file: BundleFile) -> String { "\(path)/\(file.name)" }

    /// Whether a file of that name and size is there. What is in it is found out when it is read.
    public func has(_ file: BundleFile) -> Bool { (try? checkPresence(of: file)) != nil }

    /// The bytes of a file, which are those that the manifest names.
    ///
    /// - Complexity: O(bytes), about 200 MB/s.
    public func contents(of file: BundleFile) throws(BundleError) -> Data {
        try checkPresence(of: file)
        let path = path(of: file)
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) } catch {
            throw BundleError(.unreadable, "\(path) cannot be read; check the file's owner and mode", cause: error)
        }
        guard data.count == file.size, data.withUnsafeBytes({ SHA256.hex(of: $0) }) == file.sha256 else {
            throw BundleError(
                .damagedFile, "\(path) is not the file that \(Self.manifestName) names: its SHA-256 is another; copy the bundle anew")
        }
        return data
    }

    /// Every file there with its size: what running the whole bundle takes.
    public func checkComplete() throws(BundleError) {
        for file in manifest.files { try checkPresence(of: file) }
    }

    private func checkPresence(of file: BundleFile) throws(BundleError) {
        let path = path(of: file)
        guard let size = Self.size(of: path) else {
            throw BundleError(.missingFile, "\(path) is missing: \(Self.manifestName) names it; copy the whole bundle")
        }
        guard size == file.size else {
            throw BundleError(
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
