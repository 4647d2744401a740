import Concurrency
import Models
import CacheNet
import Vision

/// Answers pictures with a bundle's full model, and says which submodel its selector chooses for them: the edge's part of CacheNet.
///
/// Not safe to share between threads: one for each worker, over the same `BundleModels`.
public final class BundleEngine {
    private let models: BundleModels
    private let network: DenseNetwork
    private let selector: SelectorNetwork
    private let picture: PixelBuffer

    /// - Parameter threads: that one answer is computed by.
    public init(_ models: BundleModels, threads: Int) {
        self.models = models
        network = DenseNetwork(models.full, threads: threads)
        selector = SelectorNetwork(models.selector, models.manifest.partitions, threads: threads)
        let input = models.full.input
        picture = PixelBuffer(width: input.width, height: input.height, channels: input.channels)
    }

    /// The same for a bundle that only this engine uses.
    public convenience init(folder: String, threads: Int) throws(DeepVidError) {
        self.init(try BundleModels(folder: folder), threads: threads)
    }

    public var manifest: BundleManifest { models.manifest }

    /// What the models see in one picture.
    ///
    /// - Parameters:
    ///   - pixels: as in `EdgeRequest`; `inputBytes` of them.
    ///   - placement: boxes come back through it.
    /// - Throws: code `invalid_request` for pixels or a placement that the models cannot have asked for; else what failed in them.
    public func infer(pixels: UnsafeRawBufferPointer, placement: Placement) throws(DeepVidError) -> EdgeAnswer {
        try check(pixels.count, placement)
        let rowBytes = picture.width * picture.channels
        for y in 0..<picture.height {
            UnsafeMutableRawBufferPointer(picture.row(y)).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: pixels[y * rowBytes..<(y + 1) * rowBytes]))
        }
        let watch = Stopwatch()
        let outputs = try network.run(picture)
        let result: HeadResult
        do throws(VisionError) {
            result = try models.full.head.decode(outputs, placement: placement, minimumScore: models.full.score)
        } catch {
            throw DeepVidError(.modelFailed, "\(BundleFile.full): \(error.description)")
        }
        let selection = try selector.select(picture)
        return EdgeAnswer(result: result, selection: selection, modelMilliseconds: watch.milliseconds)
    }

    /// Bytes of a picture.
    public var inputBytes: Int { picture.width * picture.height * picture.channels }

    /// Comes from the network: nothing of it may overflow, or divide by zero.
    private func check(_ byteCount: Int, _ placement: Placement) throws(DeepVidError) {
        guard byteCount == inputBytes else {
            throw DeepVidError(
                .invalidRequest,
                "\(byteCount) bytes of pixels, where the models take \(inputBytes): "
                    + "\(picture.width)×\(picture.height) with \(picture.channels) channels")
        }
        let sane = 1...(1 << 24)
        let offsets = -(1 << 24)...(1 << 24)
        guard placement.modelWidth == picture.width, placement.modelHeight == picture.height, sane.contains(placement.sourceWidth),
            sane.contains(placement.sourceHeight), sane.contains(placement.picture.width), sane.contains(placement.picture.height),
            offsets.contains(placement.picture.x), offsets.contains(placement.picture.y)
        else {
            throw DeepVidError(
                .invalidRequest, "the placement is none of a picture in an input of \(picture.width)×\(picture.height)")
        }
    }
}
