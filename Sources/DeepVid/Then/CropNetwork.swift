import Models
import Video
import Vision

/// A second model with its activations, and what cuts its pictures out of frames. One for each input.
final class CropNetwork {
    let then: ThenModel
    private let preprocessor: Preprocessor
    private let buffer: PixelBuffer
    private let network: DenseNetwork
    private var source: FrameSampling?

    /// - Parameter threads: that compute one crop.
    init(_ then: ThenModel, threads: Int) throws(DeepVidError) {
        self.then = then
        let model = then.model
        var card = model.card.input
        // The middle of a crop is the object without its head and feet.
        if card.resize == .centerCrop { (card.resize, card.cropResize) = (.stretch, nil) }
        do throws(VisionError) {
            preprocessor = try Preprocessor(card: card, modelWidth: model.profile.width, modelHeight: model.profile.height)
        } catch {
            throw DeepVidError(.unusableModel, "\(model.name): \(error.description)", cause: error)
        }
        buffer = preprocessor.makeBuffer()
        network = DenseNetwork(model, threads: threads)
    }

    /// What the model says of an object in a frame.
    func answer(_ box: Box, in frame: Frame) throws(DeepVidError) -> HeadResult {
        let source = source ?? FrameSampling(frame)
        self.source = source
        (source.frame, source.part) = (frame, PicturePart(around: box, margin: then.margin, width: frame.width, height: frame.height))
        let placement = try onFrame(frame.index) { () throws(VisionError) in try preprocessor.prepare(source, into: buffer) }
        let outputs: [NamedTensor]
        do throws(DeepVidError) { outputs = try network.run(buffer) } catch {
            throw DeepVidError(error.code, "--then \(then.name): \(error.message)", cause: error)
        }
        return try onFrame(frame.index) { () throws(VisionError) in
            then.model.filter(try then.model.head.decode(outputs, placement: placement, minimumScore: then.model.score))
        }
    }
}

extension PicturePart {
    /// The pixels of a box and of a margin around it, as far as they lie in the picture; at least one.
    ///
    /// - Parameter margin: on each side, as a share of the box's width and height.
    init(around box: Box, margin: Double, width: Int, height: Int) {
        func range(_ start: Float, _ length: Float, _ limit: Int) -> Range<Int> {
            let start = Double(start), length = Double(length), extra = margin * length
            guard start.isFinite, extra.isFinite else { return 0..<limit }
            func clipped(_ edge: Double) -> Int { Int(min(max(edge, 0), Double(limit))) }
            let first = min(clipped((start - extra).rounded(.down)), limit - 1)
            return first..<max(first + 1, clipped((start + length + extra).rounded(.up)))
        }
        self.init(columns: range(box.x, box.width, width), rows: range(box.y, box.height, height))
    }
}
