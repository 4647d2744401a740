import Tensors

extension HeadKind {
    /// YOLOv5 and v7: one [1, N, 5+C] with decoded boxes, or one raw [1, A·(5+C), H, W] or [1, A, H, W, 5+C] for each stride.
    public static let yolov5 = HeadKind(
        "yolov5", "YOLOv5, YOLOv7: one output [1, N, 5+C], or raw grids with anchors", defaults: (0.25, 0.45),
        maxDetections: ultralyticsDetections,
        keys: [.strides, .decoded, .activation, .anchors, .keypoints], input: InputCard(std: [255, 255, 255], resize: .letterbox),
        template: { ($0.labels, $0.decoded) = (.coco80, true) },
        known: [
            KnownModel(
                "YOLOv5 or v7 (RGB/255, centred letterbox)",
                adjust: { card, model in card.labels = model.imagesOutput?.columns == 85 ? .coco80 : nil }
            ) { model in
                model.imagesOutput.map { output in
                    output.rows == 3 * model.cells([8, 16, 32]) && output.columns > 5
                        && model.nameCount.map { $0 == output.columns - 5 } ?? true
                } ?? false
            },
            // The same shape as of 11 classes: what the file says of its classes decides.
            KnownModel(
                "YOLOv5-face or v7-face with five points (RGB/255, centred letterbox)", labels: .names(["face"]),
                adjust: { card, _ in card.keypoints = FacePoints.five }
            ) { model in
                model.imagesOutput.map { output in
                    output.rows == 3 * model.cells([8, 16, 32]) && output.columns == 16 && model.nameCount ?? 1 == 1
                } ?? false
            },
        ],
        makeHead: { card, settings throws(VisionError) in
            guard card.decoded == false else {
                return ObjectnessHead(
                    settings: settings, activation: try card.elementwiseActivation(), points: card.keypoints ?? [], grid: nil)
            }
            guard card.keypoints == nil else {
                throw VisionError(.invalidCard, "'keypoints' are read of decoded boxes only: remove it, or \"decoded\": false")
            }
            let activation = try card.elementwiseActivation(usually: .sigmoid)
            let strides = card.strides ?? [8, 16, 32]
            guard let anchors = card.anchors, anchors.count == strides.count else {
                let expected = ModelCard.CodingKeys.anchors.expected
                throw VisionError(.invalidCard, "\"decoded\": false needs 'anchors': write \(expected), for the strides \(strides)")
            }
            let sizes = anchors.map { list in
                stride(from: 0, to: list.count, by: 2).map { (width: Float(list[$0]), height: Float(list[$0 + 1])) }
            }
            return AnchorHead(settings: settings, activation: activation, grid: settings.grid(strides), anchors: sizes)
        })
}

/// Raw YOLOv5 and v7: for each stride one [1, A·(5+C), H, W], or [1, A, H, W, 5+C], of anchors' offsets.
struct AnchorHead: DetectionHead {
    let settings: HeadSettings
    let activation: Activation
    let grid: GridLevels
    /// For each stride the anchors' sizes in model pixels.
    let anchors: [[(width: Float, height: Float)]]

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        let scan = ScoreScan(minimumScore, activation)
        var candidates: [Candidate] = []
        for (level, sizes) in zip(grid.levels, anchors) {
            guard let first = outputs.lazy.compactMap({ Self.rows($0.tensor, level, anchors: sizes.count) }).first else {
                let (a, h, w) = (sizes.count, level.rows, level.columns)
                throw settings.unexpected(
                    reads: "an output 1×\(a)·(5 + classes)×\(h)×\(w) or 1×\(a)×\(h)×\(w)×(5 + classes)", outputs)
            }
            try settings.check(classes: first.columns - 5)
            let channel = first.columnStride, base = Float(level.stride)
            for (anchor, size) in sizes.enumerated() {
                for index in 0..<level.count {
                    let values = first.row(index) + anchor * level.count * first.columns
                    func value(_ column: Int) -> Float { scan.activated(values[column * channel]) }
                    guard values[4 * channel] >= scan.rawThreshold,
                        let best = ScoreScan.largest(values + 5 * channel, count: first.columns - 5, stride: channel)
                    else { continue }
                    let score = value(4) * scan.activated(best.value)
                    guard score >= scan.threshold else { continue }
                    let cell = level.cell(index), (w, h) = (2 * value(2), 2 * value(3))
                    let box = Corners(
                        centerX: (2 * value(0) - 0.5 + cell.column) * base, y: (2 * value(1) - 0.5 + cell.row) * base,
                        width: w * w * size.width, height: h * h * size.height)
                    candidates.append(Candidate(box: box, score: score, classID: best.index))
                }
            }
        }
        return candidates
    }

    /// The first anchor's values, in a row for each cell; those of the next anchor come after as many values.
    private static func rows(_ tensor: Tensor, _ level: GridLevels.Level, anchors: Int) -> OutputRows? {
        let dims = tensor.shape.dims, cells = level.count
        guard let base = tensor.floats, dims.first == 1, dims.count > 3 else { return nil }
        if dims.dropFirst(2) == [level.rows, level.columns], dims[1].isMultiple(of: anchors), dims[1] / anchors > 5 {
            return OutputRows(base: base, rows: cells, columns: dims[1] / anchors, rowStride: 1, columnStride: cells)
        }
        if dims.dropFirst().dropLast() == [anchors, level.rows, level.columns], dims[dims.count - 1] > 5 {
            return OutputRows(base: base, rows: cells, columns: dims[dims.count - 1], rowStride: dims[dims.count - 1])
        }
        return nil
    }
}
