extension HeadKind {
    /// Class scores and boxes of a fixed number of queries, without suppression.
    public static let detr = HeadKind(
        "detr", "DETR, RT-DETR, D-FINE, RF-DETR: logits [1, N, C] and boxes [1, N, 4] in 0…1, or one [1, N, 4+C]", defaults: (0.5, 1),
        maxDetections: ultralyticsDetections,
        keys: [.activation, .outputs], input: InputCard(std: [255, 255, 255], resize: .stretch),
        template: { ($0.labels, $0.activation) = (.coco80, .sigmoid) },
        known: [
            // Of transformers' names these numbers of logits leave no doubt: 92 with "no object" for COCO's 91 numbers, or 80 classes.
            known(
                "DETR, Conditional DETR or YOLOS of transformers, COCO (assumed: RGB, ImageNet mean and std, stretched)", "logits",
                "pred_boxes", count: 92, imageNet, labels: .carried(.coco91), .softmax),
            known(
                "RT-DETR or D-FINE of transformers, COCO (assumed: RGB/255, stretched)", "logits", "pred_boxes", count: 80,
                InputCard(std: [255, 255, 255], resize: .stretch), labels: .coco80, .sigmoid),
            known(
                "RF-DETR, COCO (RGB, ImageNet mean and std, stretched)", "labels", "dets", count: 91, imageNet, labels: .carried(.coco91),
                .sigmoid),
            // Of other numbers the names of the classes tell whether one of the logits is for "no object".
            KnownModel(
                "DETR, Conditional DETR or YOLOS of transformers (assumed: RGB, ImageNet mean and std, stretched)", imageNet,
                adjust: { card, _ in card.activation = .softmax }
            ) { model in classes(model).map { $0 != 92 && $0 - 1 == model.nameCount } ?? false },
            KnownModel(
                "RT-DETR or D-FINE of transformers (assumed: RGB/255, stretched)", adjust: { card, _ in card.activation = .sigmoid }
            ) { model in classes(model).map { $0 != 80 && $0 == model.nameCount } ?? false },
            // Queries that are chosen by their scores are chosen by a sigmoid in all of transformers' detectors; DETR, Conditional DETR and
            // YOLOS choose none, and differ in this.
            KnownModel(
                "RT-DETR or D-FINE of transformers, without names (assumed: RGB/255, stretched)",
                adjust: { card, _ in card.activation = .sigmoid }
            ) { model in classes(model).map { $0 != 80 && $0 != 92 && model.nameCount == nil && model.hints.choosesBest } ?? false },
        ],
        resembles: { outputs in
            outputs.count == 2 && outputs.contains { $0.name.contains("logits") } && outputs.contains { $0.name.contains("boxes") }
        },
        makeHead: { card, settings in
            QueryHead(
                settings: settings, activation: card.activation, scoresName: card.outputs?["scores"] ?? "logits",
                boxesName: card.outputs?["boxes"] ?? "pred_boxes")
        })

    /// The number of logits of a model of transformers.
    private static func classes(_ model: ModelSignature) -> Int? {
        guard model.channels == 3, model.output("pred_boxes")?.hasShape(1, nil, 4) == true, let logits = model.output("logits"),
            logits.hasShape(1, nil, nil)
        else { return nil }
        return logits.dims[2]
    }

    private static let imageNet = InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .stretch)

    private static func known(
        _ description: String, _ scores: String, _ boxes: String, count: Int, _ input: InputCard, labels: LabelSource,
        _ activation: Activation
    ) -> KnownModel {
        KnownModel(
            description, input, labels: labels,
            adjust: { card, _ in
                card.activation = activation
                if scores != "logits" { card.outputs = ["scores": scores, "boxes": boxes] }
            }
        ) { model in
            model.channels == 3 && model.output(scores)?.hasShape(1, nil, count) == true && model.output(boxes)?.hasShape(1, nil, 4) == true
        }
    }
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
