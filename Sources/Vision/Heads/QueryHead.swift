extension HeadKind {
    /// Class scores and boxes of a fixed number of queries, without suppression.
    public static let detr = HeadKind(
        "detr", "DETR, RT-DETR, D-FINE, RF-DETR: logits [1, N, C] and boxes [1, N, 4] in 0…1, or one [1, N, 4+C]", defaults: (0.5, 1),
        keys: [.activation, .outputs], input: InputCard(std: [255, 255, 255], resize: .stretch),
        template: { ($0.labels, $0.activation) = (.coco80, .sigmoid) },
        resembles: { outputs in
            outputs.count == 2 && outputs.contains { $0.name.contains("logits") } && outputs.contains { $0.name.contains("boxes") }
        },
        makeHead: { card, settings in
            QueryHead(
                settings: settings, activation: card.activation, scoresName: card.outputs?["scores"] ?? "logits",
                boxesName: card.outputs?["boxes"] ?? "pred_boxes")
        })
}

/// The DETR family: for each of N queries a box (centre and size as shares of the input) and class scores. A query is one object or none:
/// nothing is suppressed.
struct QueryHead: DetectionHead {
    let settings: HeadSettings
    /// `softmax`: the last class is "no object". Nil: `sigmoid` for logits of their own output, none for scores beside the boxes.
    let activation: Activation?
    let scoresName, boxesName: String

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard let (scores, boxes) = find(outputs) else {
            throw settings.unexpected(reads: "\(scoresName) 1×N×classes and \(boxesName) 1×N×4, or one output 1×N×(4 + classes)", outputs)
        }
        let activation = activation ?? (outputs.count == 1 ? .none : .sigmoid)
        let classes = activation == .softmax ? scores.columns - 1 : scores.columns
        try settings.check(classes: classes)
        let scan = ScoreScan(minimumScore, activation)
        return (0..<scores.rows).compactMap { index in
            let row = scores.row(index)
            let best =
                activation == .softmax
                ? scan.softmaxBest(row, count: classes + 1, classes: 0..<classes) : scan.best(row, count: classes)
            return best.map { Candidate(box: settings.box(ofShares: boxes.row(index)), score: $0.score, classID: $0.classID) }
        }
    }

    private func find(_ outputs: [NamedTensor]) -> (scores: OutputRows, boxes: OutputRows)? {
        if outputs.count == 1, let rows = OutputRows(outputs[0].tensor), rows.columns > 4 {
            return (rows.columns(4..<rows.columns), rows.columns(0..<4))
        }
        func named(_ name: String) -> OutputRows? { outputs.first { $0.name == name }.flatMap { OutputRows($0.tensor) } }
        guard let scores = named(scoresName), let boxes = named(boxesName), scores.rows == boxes.rows, boxes.columns == 4,
            scores.columns > (activation == .softmax ? 1 : 0)
        else { return nil }
        return (scores, boxes)
    }
}
