import Glibc
import Tensors

extension HeadKind {
    /// One [1, 1, H, W] of probabilities.
    public static let text = HeadKind(
        "text", "text detection, DBNet and PP-OCR: one map [1, 1, H, W] of probabilities", defaults: (0.6, 1),
        // PaddleOCR gives ImageNet's mean and deviation in the order of RGB to the channels of BGR.
        input: InputCard(
            color: .bgr, mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .letterboxTopLeft, pad: 0),
        template: { $0.labels = .names(["text"]) },
        known: [
            KnownModel("PP-OCR text detection (BGR, ImageNet mean and std, letterbox_topleft)", labels: .names(["text"])) { model in
                model.inputName == "x" && model.channels == 3 && model.outputs.count == 1 && model.hints.ending == .sigmoid
                    && model.outputs[0].hasShape(1, 1, model.height, model.width)
            }
        ],
        makeHead: { _, settings in TextHead(settings: settings) })
}

/// Differentiable binarization ("Real-time Scene Text Detection with Differentiable Binarization", Liao et al. 2020): each connected region
/// of the map is a line of text whose shrunken area it is; its least rectangle, grown again, is the turned box.
struct TextHead: DetectionHead {
    let settings: HeadSettings

    /// As PaddleOCR has them: probability of a place that counts, growth, and least sides of rectangles before and after, in places.
    private static let (leastProbability, growth, leastSide, leastGrownSide): (Float, Float, Float, Float) = (0.3, 1.5, 3, 5)

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        try lines(outputs, minimumScore).map { Candidate(box: $0.box.bounds, score: $0.score, classID: 0) }
    }

    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult {
        let lines = try lines(outputs, minimumScore).sorted { $0.score > $1.score }
        return .detections(
            lines.prefix(settings.suppression.limit).compactMap { line in
                guard let box = placement.sourceBox(line.box.bounds) else { return nil }
                return Detection(
                    classID: 0, label: settings.labels[0], score: min(line.score, 1), box: box, shape: .rotated(line.box.placed(placement)))
            })
    }

    /// The lines in model pixels, with the mean probability of their regions' rectangles.
    private func lines(_ outputs: [NamedTensor], _ minimumScore: Float) throws(VisionError) -> [(box: RotatedBox, score: Float)] {
        guard let map = OutputRows(firstOf: outputs), map.columns > 0, map.rows > 0 else {
            throw settings.unexpected(reads: "one output 1×1×H×W", outputs)
        }
        try settings.check(classes: 1)
        let scaleX = Float(settings.modelWidth) / Float(map.columns), scaleY = Float(settings.modelHeight) / Float(map.rows)
        return Regions(map, least: Self.leastProbability).edges.compactMap { edge in
            guard let rectangle = RotatedBox(leastAround: edge), min(rectangle.width, rectangle.height) >= Self.leastSide else {
                return nil
            }
            let score = Self.mean(map, rectangle)
            guard score >= minimumScore else { return nil }
            let distance = Self.growth * rectangle.width * rectangle.height / (2 * (rectangle.width + rectangle.height))
            let (width, height) = (rectangle.width + 2 * distance, rectangle.height + 2 * distance)
            guard min(width, height) >= Self.leastGrownSide else { return nil }
            return (
                RotatedBox(
                    centerX: rectangle.centerX * scaleX, centerY: rectangle.centerY * scaleY, width: width * scaleX,
                    height: height * scaleY, angle: rectangle.angle), score
            )
        }
    }

    /// Over the places of a rectangle, drawn as PaddleOCR has OpenCV draw it: with corners at whole places, to the left and above, and with
    /// its outline.
    private static func mean(_ map: OutputRows, _ box: RotatedBox) -> Float {
        // Counterclockwise as seen, so that the inside is on the right of each side in turn.
        let corners = box.corners.reversed().map { SIMD2($0.x.rounded(.down), $0.y.rounded(.down)) }
        let least = corners.reduce(corners[0], pointwiseMin), most = corners.reduce(corners[0], pointwiseMax)
        func range(_ from: Float, _ to: Float, _ limit: Int) -> Range<Int> {
            let first = min(max(Int(from), 0), limit)
            return first..<max(first, min(Int(to) + 1, limit))
        }
        let sides = zip(corners, corners.dropFirst() + [corners[0]]).map { from, to in
            (from: from, along: to - from, width: 0.5 * max(abs(to.x - from.x), abs(to.y - from.y)))
        }
        var (sum, count): (Double, Int) = (0, 0)
        for y in range(least.y, most.y, map.rows) {
            let row = map.row(y)
            for x in range(least.x, most.x, map.columns) {
                let place = SIMD2(Float(x), Float(y))
                let isInside = sides.allSatisfy { side in
                    let offset = place - side.from
                    return side.along.x * offset.y - side.along.y * offset.x >= -side.width
                }
                if isInside { (sum, count) = (sum + Double(row[x]), count + 1) }
            }
        }
        return count > 0 ? Float(sum / Double(count)) : 0
    }
}
