import CacheNet

/// A bundle with what answers for it.
public struct ServedBundle: Sendable {
    public let manifest: BundleManifest
    /// What its models take.
    public let input: (width: Int, height: Int, channels: Int)
    public let files: [ServedFile]
    /// One for each worker.
    public let makeEngine: @Sendable () -> any PictureEngine

    /// - Parameter folder: with all files that the manifest names.
    public init(
        _ manifest: BundleManifest, folder: String, input: (width: Int, height: Int, channels: Int),
        makeEngine: @escaping @Sendable () -> any PictureEngine
    ) throws(EdgeServerError) {
        (self.manifest, self.input, self.makeEngine) = (manifest, input, makeEngine)
        var files: [ServedFile] = []
        for file in manifest.files { files.append(try ServedFile(file, in: folder)) }
        self.files = files
    }

    var inputBytes: Int { input.width * input.height * input.channels }

    func file(_ name: String) -> ServedFile? { files.first { $0.file.name == name } }
}
