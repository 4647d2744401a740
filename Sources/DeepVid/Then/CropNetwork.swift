import Concurrency
import DeepCache
import Models
import ResultCache
import Video
import Vision

/// A second model with its activations, and what cuts its pictures out of frames. One for each input.
///
/// ```
/// box ─▶ crop, as large as the model's input ─▶ key ─▶ ResultCache: hit, or the model ─▶ answer
/// ```
/// Without a cache there are no keys. Crops run one after the other: several in one pass take as long, for the weights of such models stay in
/// the CPU's caches anyway, and the activations of several crops do not.
final class CropNetwork {
    let then: ThenModel
    private let preprocessor: Preprocessor
    private let network: DenseNetwork
    private var source: FrameSampling?
    /// One for each crop of a frame.
    private var buffers: [PixelBuffer] = []

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
        network = DenseNetwork(model, threads: threads)
    }

    /// A crop to be answered.
    struct Crop {
        let box: Box
        /// Whether the model has to run, whatever is known.
        let isAudit: Bool
    }

    /// What is said of a crop.
    struct Said {
        let result: HeadResult
        /// Where it is from; nil for the model itself.
        var source: ObjectAnswer.Source?
    }

    /// What the model says of the crops of a frame, or of crops that look like them.
    func answer(_ crops: [Crop], in frame: Frame, _ counts: inout ThenCounts) throws(DeepVidError) -> [Said] {
        let watch = Stopwatch()
        defer { counts.seconds += watch.seconds }
        let source = source ?? FrameSampling(frame)
        self.source = source
        source.frame = frame
        while buffers.count < crops.count { buffers.append(preprocessor.makeBuffer()) }
        var placements: [Placement] = []
        for (crop, buffer) in zip(crops, buffers) {
            source.part = PicturePart(around: crop.box, margin: then.margin, width: frame.width, height: frame.height)
            placements.append(try onFrame(frame.index) { () throws(VisionError) in try preprocessor.prepare(source, into: buffer) })
        }
        guard let cache = then.cache else {
            var said: [Said] = []
            for index in crops.indices { said.append(Said(result: try run(buffers[index], placements[index], frame, &counts))) }
            return said
        }
        return try answer(crops, placements, in: frame, cache, &counts)
    }

    private func answer(
        _ crops: [Crop], _ placements: [Placement], in frame: Frame, _ cache: ResultCache, _ counts: inout ThenCounts
    ) throws(DeepVidError) -> [Said] {
        let now = Arrival.now.wall, known = crops.indices.filter { !crops[$0].isAudit }
        let keys = known.map { CropKey(buffers[$0]) }
        let lookups = Dictionary(uniqueKeysWithValues: zip(known, zip(keys, cache.lookup(keys, now: now))))
        var said: [Said] = []
        for index in crops.indices {
            let found = lookups[index]
            if case .hit(let hit) = found?.1 {
                counts.fromCache[hit.origin.rawValue, default: 0] += 1
                said.append(Said(result: hit.answer.result(then.model.labels), source: .init(rawValue: hit.origin.rawValue)))
                continue
            }
            let watch = Stopwatch(), result = try run(buffers[index], placements[index], frame, &counts)
            said.append(Said(result: result))
            guard let (key, lookup) = found, let answer = Answer(result) else { continue }
            cache.insert(answer, for: key, after: lookup, seconds: watch.seconds, now: now)
            guard case .audit(let hit) = lookup else { continue }
            let agreement = Agreement.between(hit.answer.result(then.model.labels), result, score: 0)
            counts.agreement.add(AuditedFrame(agreement: agreement, objects: 1), weight: hit.weight)
        }
        return said
    }

    private func run(
        _ picture: PixelBuffer, _ placement: Placement, _ frame: Frame, _ counts: inout ThenCounts
    ) throws(DeepVidError) -> HeadResult {
        counts.runs += 1
        let outputs: [NamedTensor]
        do throws(DeepVidError) { outputs = try network.run(picture) } catch {
            throw DeepVidError(error.code, "\(then.flag) \(then.name): \(error.message)", cause: error)
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
