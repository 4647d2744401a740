import Models
import CacheNet
import EdgeServer
import DeepVid
import Vision

/// A bundle's models as a worker uses them.
final class BundleWorker: PictureEngine {
    private let engine: BundleEngine

    init(_ models: BundleModels) { engine = BundleEngine(models, threads: 1) }

    func infer(_ request: EdgeRequest) throws(EngineFault) -> EdgeAnswer {
        let result: Result<EdgeAnswer, DeepVidError> = request.pixels.withUnsafeBytes { pixels in
            do throws(DeepVidError) {
                return .success(try engine.infer(pixels: pixels, placement: request.placement))
            } catch { return .failure(error) }
        }
        switch result {
        case .success(let answer): return answer
        case .failure(let error): throw EngineFault(error.message, isCallers: error.code == .invalidRequest)
        }
    }
}

extension ServedBundle {
    /// Loads the bundle at `folder`, and runs its models once: what does not work is found out before a device asks.
    init(loading folder: String) throws(EdgeServerError) {
        let models: BundleModels
        do throws(DeepVidError) { models = try BundleModels(folder: folder) } catch {
            throw EdgeServerError("--bundle \(folder): \(error)")
        }
        let card = models.manifest.card.input
        guard let width = card.width, let height = card.height else {
            throw EdgeServerError("--bundle \(folder): the card has no width and height; add them to bundle.json")
        }
        let channels = card.color.channels
        try self.init(models.manifest, folder: folder, input: (width, height, channels)) { BundleWorker(models) }
        let picture = [UInt8](repeating: 0, count: width * height * channels)
        let placement = Placement(
            sourceWidth: width, sourceHeight: height, modelWidth: width, modelHeight: height,
            picture: PixelRect(x: 0, y: 0, width: width, height: height))
        do throws(EngineFault) {
            _ = try BundleWorker(models).infer(EdgeRequest(pixels: picture, channels: channels, placement: placement))
        } catch { throw EdgeServerError("--bundle \(folder): \(error)") }
    }
}
