import Concurrency
import Models
import Tensors
import Vision

/// The full model and the selector of a bundle, loaded once for all that run them.
public struct BundleModels: Sendable {
    let full: LoadedModel
    let selector: LoadedModel
    public let manifest: BundleManifest

    /// Loads the bundle at `folder`, and runs its models once; every file has to be there, submodels also.
    ///
    /// - Throws: `DeepVidError` saying what to do.
    public init(folder path: String) throws(DeepVidError) {
        let folder = try BundleFolder(reading: path)
        try folder.checkComplete()
        manifest = folder.manifest
        var options = ModelOptions()
        // A device may still choose among what an edge answers.
        options.topK = max(manifest.card.topK ?? 5, 20)
        full = try folder.load(BundleFile.full, options)
        selector = try folder.loadSelector()
        // What does not work is found out before a device asks.
        let (width, height, channels) = manifest.input
        let placement = Placement(
            sourceWidth: width, sourceHeight: height, modelWidth: width, modelHeight: height,
            picture: PixelRect(x: 0, y: 0, width: width, height: height))
        let pixels = [UInt8](repeating: 0, count: width * height * channels)
        _ = try BundleEngine(self, threads: 1).infer(EdgeRequest(pixels: pixels, channels: channels, placement: placement))
    }
}

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
        let input = models.manifest.input
        picture = PixelBuffer(width: input.width, height: input.height, channels: input.channels)
    }

    /// What the models see in one picture.
    ///
    /// - Parameter request: as `WireInferRequest.checked` gives it.
    public func infer(_ request: EdgeRequest) throws(DeepVidError) -> EdgeAnswer {
        let rowBytes = picture.width * picture.channels
        request.pixels.withUnsafeBytes { pixels in
            for y in 0..<picture.height {
                UnsafeMutableRawBufferPointer(picture.row(y)).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: pixels[y * rowBytes..<(y + 1) * rowBytes]))
            }
        }
        let watch = Stopwatch()
        let outputs = try network.run(picture)
        let result: HeadResult
        do throws(VisionError) {
            result = try models.full.head.decode(outputs, placement: request.placement, minimumScore: models.full.score)
        } catch {
            throw DeepVidError(.modelFailed, "\(BundleFile.full): \(error.description)")
        }
        let selection = try selector.select(picture)
        let submodel = models.manifest[BundleFile.submodel(selection.submodel)]
        return EdgeAnswer(
            result: result, selection: selection, submodelSHA256: submodel?.sha256 ?? "", modelMilliseconds: watch.milliseconds)
    }
}

extension Placement {
    /// Whether sizes and offsets are such that nothing computed from them overflows.
    var isPlausible: Bool {
        let (sizes, offsets) = (1...(1 << 24), -(1 << 24)...(1 << 24))
        return [sourceWidth, sourceHeight, picture.width, picture.height].allSatisfy(sizes.contains)
            && [picture.x, picture.y].allSatisfy(offsets.contains)
    }
}

/// The selector of a bundle: picture in, submodel out (paper §5.1).
package struct SelectorNetwork {
    private let network: DenseNetwork
    private let partitions: Partitions

    package init(_ selector: LoadedModel, _ partitions: Partitions, threads: Int) {
        network = DenseNetwork(selector, threads: threads)
        self.partitions = partitions
    }

    package func select(_ picture: PixelBuffer) throws(DeepVidError) -> Selection {
        let code = try network.run(picture)[0].tensor.elements(of: Float.self)
        return partitions.select(Double(code[0]), Double(code[1]))
    }
}
