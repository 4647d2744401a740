import CacheNet
import Hummingbird
import Logging
import Models
import Synchronization
import Vision

/// What all requests share.
final class ServerState: Sendable {
    let configuration: EdgeConfiguration
    let queue: WorkQueue
    let metrics: Metrics
    private let draining = Atomic(false)

    init(_ configuration: EdgeConfiguration) {
        self.configuration = configuration
        queue = WorkQueue(capacity: configuration.queue)
        metrics = Metrics(bundles: configuration.bundles.map(\.manifest.name))
    }

    var bundles: [ServedBundle] { configuration.bundles }
    var logger: Logger { configuration.logger }
    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func drain() { draining.store(true, ordering: .relaxed) }

    /// Bytes that the body of a request may have.
    var bodyLimit: Int { (bundles.map(\.inputBytes).max() ?? 0) * 101 / 100 }

    /// The index of the bundle with this name; without a name, of the only one.
    func bundle(_ name: String) -> Result<Int, Missing> {
        if name.isEmpty, bundles.count == 1 { return .success(0) }
        let names = bundles.map(\.manifest.name).joined(separator: ", ")
        if name.isEmpty {
            return .failure(Missing(response: .sentence(.badRequest, "this edge has several bundles: name one of \(names)")))
        }
        guard let index = bundles.firstIndex(where: { $0.manifest.name == name }) else {
            return .failure(Missing(response: .sentence(.notFound, "no such bundle; this edge has \(names)")))
        }
        return .success(index)
    }

    struct Missing: Error { let response: Response }
}

/// A bundle with what answers for it.
public struct ServedBundle: Sendable {
    public let manifest: BundleManifest
    /// What its models take.
    public let input: (width: Int, height: Int, channels: Int)
    public let files: [ServedFile]
    /// One for each worker.
    public let makeEngine: @Sendable () -> any InferenceEngine

    /// - Parameter folder: with all files that the manifest names.
    public init(
        _ manifest: BundleManifest, folder: String, input: (width: Int, height: Int, channels: Int),
        makeEngine: @escaping @Sendable () -> any InferenceEngine
    ) throws(EdgeServerError) {
        (self.manifest, self.input, self.makeEngine) = (manifest, input, makeEngine)
        var files: [ServedFile] = []
        for file in manifest.files { files.append(try ServedFile(file, in: folder)) }
        self.files = files
    }

    var inputBytes: Int { input.width * input.height * input.channels }

    func file(_ name: String) -> ServedFile? { files.first { $0.file.name == name } }
}

extension ServedBundle {
    /// Loads the bundle at `folder`, and runs its models once: what does not work is found out before a device asks.
    public init(loading folder: String) throws(EdgeServerError) {
        let models: BundleModels
        do throws(DeepVidError) {
            models = try BundleModels(folder: folder)
            let (width, height, channels) = models.input
            let placement = Placement(
                sourceWidth: width, sourceHeight: height, modelWidth: width, modelHeight: height,
                picture: PixelRect(x: 0, y: 0, width: width, height: height))
            let pixels = [UInt8](repeating: 0, count: width * height * channels)
            _ = try BundleEngine(models, threads: 1).infer(EdgeRequest(pixels: pixels, channels: channels, placement: placement))
        } catch { throw EdgeServerError("--bundle \(folder): \(error)") }
        try self.init(models.manifest, folder: folder, input: models.input) { BundleEngine(models, threads: 1) }
    }
}
