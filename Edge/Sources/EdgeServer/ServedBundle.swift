import CacheNet
import Models

/// A bundle with what answers for it.
public struct ServedBundle: Sendable {
    public let manifest: BundleManifest
    public let files: [ServedFile]
    /// One for each worker.
    public let makeEngine: @Sendable () -> Inference

    /// Answers pictures, on one thread.
    public typealias Inference = (EdgeRequest) throws(DeepVidError) -> EdgeAnswer

    /// - Parameter folder: with all files that the manifest names.
    public init(
        _ manifest: BundleManifest, folder: String, makeEngine: @escaping @Sendable () -> Inference
    ) throws(EdgeServerError) {
        (self.manifest, self.makeEngine) = (manifest, makeEngine)
        files = try manifest.files.map { file throws(EdgeServerError) in try ServedFile(file, in: folder) }
    }

    /// What its models take.
    var input: (width: Int, height: Int, channels: Int) { manifest.input }
    var inputBytes: Int { input.width * input.height * input.channels }
}

extension ServedBundle {
    /// Loads the bundle at `folder`.
    public init(loading folder: String) throws(EdgeServerError) {
        let models: BundleModels
        do throws(DeepVidError) { models = try BundleModels(folder: folder) } catch {
            throw EdgeServerError("--bundle \(folder): \(error)")
        }
        try self.init(models.manifest, folder: folder) { BundleEngine(models, threads: 1).infer }
    }
}
