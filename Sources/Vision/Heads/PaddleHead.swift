import Tensors

extension HeadKind {
    /// PaddleDetection with suppression inside the model.
    public static let paddle = HeadKind(
        "paddle", "PaddleDetection with NMS inside: rows [N, 6] of class, score, corners, and their number", defaults: (0.5, 1),
        input: InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .stretch),
        known: [
            // RT-DETR asks for the resized picture's size as well, and takes shares of 255; the others take ImageNet's mean and deviation.
            known("PaddleDetection's RT-DETR (assumed: RGB/255, stretched)", InputCard(std: [255, 255, 255], resize: .stretch)) {
                $0.isSuperset(of: ["im_shape", "scale_factor"])
            },
            known("PaddleDetection (assumed: RGB, ImageNet mean and std, stretched; PP-YOLOE+ takes RGB/255 and needs a card)", nil) {
                $0.contains("scale_factor") && !$0.contains("im_shape")
            },
        ],
        makeHead: { _, settings in PaddleHead(settings: settings) })

    private static func known(
        _ description: String, _ input: InputCard?, _ matches: @escaping @Sendable (Set<String>) -> Bool
    ) -> KnownModel {
        KnownModel(
            description, input, adjust: { card, model in card.labels = model.hints.vectorLengths.contains(80) ? .coco80 : nil }
        ) { model in
            guard model.channels == 3, matches(model.hints.sideInputs), (1...2).contains(model.outputs.count) else { return false }
            let rows = model.outputs[0]
            return rows.dependsOnData || rows.dims.count == 2 && rows.dims[1] == 6
        }
    }
}

/// PaddleDetection's rows [N, 6]: class id, score, left, top, right and bottom edge in model pixels. Rows of a negative class stand for
/// nothing.
struct PaddleHead: DetectionHead {
    let settings: HeadSettings

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard let rows = OutputRows(firstOf: outputs), rows.columns == 6 else { throw settings.unexpected(reads: "rows N×6", outputs) }
        return (0..<rows.rows).compactMap { index in
            let row = rows.row(index)
            guard row[1] >= minimumScore, row[1] > 0, let classID = Int(exactly: row[0]), (0..<65536).contains(classID) else { return nil }
            return Candidate(box: Corners(left: row[2], top: row[3], right: row[4], bottom: row[5]), score: row[1], classID: classID)
        }
    }
}
