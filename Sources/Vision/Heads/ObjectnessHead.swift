import Glibc

extension HeadKind {
    /// One [1, N, 5+C]: boxes as offsets in grid cells (or decoded), objectness, class scores.
    public static let yolox = HeadKind(
        "yolox", "YOLOX: one output [1, N, 5+C], boxes in grid cells, objectness", defaults: (0.3, 0.45),
        keys: [.strides, .decoded, .activation], input: InputCard(color: .bgr, resize: .letterboxTopLeft),
        template: { ($0.labels, $0.strides, $0.decoded) = (.coco80, [8, 16, 32], false) },
        known: [
            // Release 0.1.0 names its tensors `inputs` and `outputs`, and normalises; later releases do neither.
            KnownModel(
                "YOLOX 0.1.0 (RGB, ImageNet mean and std, letterbox_topleft)",
                InputCard(color: .rgb, mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .letterboxTopLeft), labels: .coco80
            ) { model in
                model.inputName == "inputs" && model.channels == 3 && model.outputs.count == 1 && model.outputs[0].name == "outputs"
                    && model.outputs[0].hasShape(1, model.cells([8, 16, 32]), 85)
            },
            // Of another number of classes only by the name that YOLOX gives: rows of a YOLOv8 that was turned look alike.
            KnownModel(
                "YOLOX (BGR 0…255, letterbox_topleft)",
                adjust: { card, model in card.labels = model.imagesOutput?.columns == 85 ? .coco80 : nil }
            ) { model in
                model.imagesOutput.map {
                    $0.rows == model.cells([8, 16, 32]) && ($0.columns == 85 || $0.columns > 5 && model.outputs[0].name == "output")
                } ?? false
            },
        ],
        makeHead: { card, settings throws(VisionError) in
            ObjectnessHead(
                settings: settings, activation: try card.elementwiseActivation(), points: [],
                grid: card.decoded == true ? nil : settings.grid(card.strides ?? [8, 16, 32]))
        })
}

/// YOLOX, and decoded YOLOv5 and v7: one [1, N, 5+C] whose rows are centre, size, objectness and class scores. Before the class scores
/// YOLOv5-face has the places of points.
struct ObjectnessHead: DetectionHead {
    let settings: HeadSettings
    let activation: Activation
    /// Names of the points, of models that give some.
    let points: [String]
    /// Where rows are offsets in grid cells; nil where they are decoded to model pixels.
    let grid: GridLevels?

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard outputs.count >= 1, let all = OutputRows(outputs[0].tensor), all.columns > 5 + 2 * points.count,
            grid == nil || all.rows == grid!.count
        else {
            let rows = grid.map { "\($0.count) (\($0.description))" } ?? "N",
                columns = points.isEmpty ? "5" : "5 + \(2 * points.count) of points"
            throw settings.unexpected(reads: "one output 1×\(rows)×(\(columns) + classes)", outputs)
        }
        let first = 5 + 2 * points.count, classes = all.columns - first
        try settings.check(classes: classes)
        let scan = ScoreScan(minimumScore, activation)
        var candidates: [Candidate] = []
        for index in 0..<all.rows {
            let row = all.row(index)
            guard row[4] >= scan.rawThreshold, let best = scan.best(row + first, count: classes) else { continue }
            let score = scan.activated(row[4]) * best.score
            guard score >= scan.threshold else { continue }
            candidates.append(Candidate(box: box(row, index), score: score, classID: best.classID, row: index))
        }
        return candidates
    }

    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape? {
        guard !points.isEmpty, let all = OutputRows(outputs[0].tensor) else { return nil }
        let row = all.row(candidate.row)
        return FacePoints.keypoints(points, placement) { (row[5 + 2 * $0], row[6 + 2 * $0]) }
    }

    /// Objectness decides whether there is a box, one class among many names it, and boxes may be off by a lot.
    func channelWeights(_ channels: Int) -> [Float]? {
        guard channels > 5 else { return nil }
        let relative = [0.02, 0.02, 0.02, 0.02, 1] + Array(repeating: 1.6 / Float(channels - 5), count: channels - 5)
        let sum = relative.reduce(0, +)
        return relative.map { $0 / sum }
    }

    private func box(_ row: UnsafePointer<Float>, _ index: Int) -> Corners {
        guard let grid else { return Corners(centerX: row[0], y: row[1], width: row[2], height: row[3]) }
        let cell = grid.cell(index)
        return Corners(
            centerX: (row[0] + cell.column) * cell.stride, y: (row[1] + cell.row) * cell.stride,
            width: exp(row[2]) * cell.stride, height: exp(row[3]) * cell.stride)
    }
}
