import Tensors

extension HeadKind {
    /// YOLOv5 and v7: one [1, N, 5+C] with decoded boxes, or one raw [1, A·(5+C), H, W] or [1, A, H, W, 5+C] for each stride.
    public static let yolov5 = HeadKind(
        "yolov5", "YOLOv5, YOLOv7: one output [1, N, 5+C], or raw grids with anchors", defaults: (0.25, 0.45),
        keys: [.strides, .decoded, .activation, .anchors], input: InputCard(std: [255, 255, 255], resize: .letterbox),
        template: { ($0.labels, $0.decoded) = (.coco80, true) },
        known: [
            KnownModel(
                "YOLOv5 or v7 (RGB/255, centred letterbox)",
                adjust: { card, model in card.labels = model.imagesOutput?.columns == 85 ? .coco80 : nil }
            ) { model in
                model.imagesOutput.map { $0.rows == 3 * model.cells([8, 16, 32]) && $0.columns > 5 } ?? false
            }
        ],
        makeHead: { card, settings throws(VisionError) in
            guard card.decoded == false else {
                return ObjectnessHead(settings: settings, activation: try card.elementwiseActivation(), grid: nil)
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

    /// One level: value `channel` of anchor `a` at cell `c` is at `base[a*anchorStride + c*cellStride + channel*channelStride]`.
    private struct Level {
        let base: UnsafePointer<Float>
        let channels: Int
        let anchorStride, cellStride, channelStride: Int
    }

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        let scan = ScoreScan(minimumScore, activation)
        var candidates: [Candidate] = []
        for (cells, sizes) in zip(grid.levels, anchors) {
            guard let level = outputs.lazy.compactMap({ Self.level($0.tensor, cells, anchors: sizes.count) }).first else {
                let (a, h, w) = (sizes.count, cells.rows, cells.columns)
                throw settings.unexpected(
                    reads: "an output 1×\(a)·(5 + classes)×\(h)×\(w) or 1×\(a)×\(h)×\(w)×(5 + classes)", outputs)
            }
            try settings.check(classes: level.channels - 5)
            for (anchor, size) in sizes.enumerated() {
                for cell in 0..<cells.count {
                    let values = level.base + anchor * level.anchorStride + cell * level.cellStride
                    guard let candidate = candidate(values, scan, level, cells, cell, size) else { continue }
                    candidates.append(candidate)
                }
            }
        }
        return candidates
    }

    private static func level(_ tensor: Tensor, _ cells: GridLevels.Level, anchors: Int) -> Level? {
        let dims = tensor.shape.dims
        guard tensor.elementType == .float32, dims.first == 1 else { return nil }
        let base = tensor.baseAddress.assumingMemoryBound(to: Float.self)
        if dims.count == 4, dims[2] == cells.rows, dims[3] == cells.columns, dims[1].isMultiple(of: anchors), dims[1] / anchors > 5 {
            let channels = dims[1] / anchors
            return Level(
                base: base, channels: channels, anchorStride: channels * cells.count, cellStride: 1, channelStride: cells.count)
        }
        if dims.count == 5, dims[1] == anchors, dims[2] == cells.rows, dims[3] == cells.columns, dims[4] > 5 {
            return Level(base: base, channels: dims[4], anchorStride: cells.count * dims[4], cellStride: dims[4], channelStride: 1)
        }
        return nil
    }

    private func candidate(
        _ values: UnsafePointer<Float>, _ scan: ScoreScan, _ level: Level, _ cells: GridLevels.Level, _ cell: Int,
        _ size: (width: Float, height: Float)
    ) -> Candidate? {
        func value(_ channel: Int) -> Float { scan.activated(values[channel * level.channelStride]) }
        guard values[4 * level.channelStride] >= scan.rawThreshold,
            let best = ScoreScan.largest(values + 5 * level.channelStride, count: level.channels - 5, stride: level.channelStride)
        else { return nil }
        let score = value(4) * scan.activated(best.value)
        guard score >= scan.threshold else { return nil }
        let (row, column) = cell.quotientAndRemainder(dividingBy: cells.columns)
        let stride = Float(cells.stride)
        let (w, h) = (2 * value(2), 2 * value(3))
        let box = Corners(
            centerX: (2 * value(0) - 0.5 + Float(column)) * stride, y: (2 * value(1) - 0.5 + Float(row)) * stride,
            width: w * w * size.width, height: h * h * size.height)
        return Candidate(box: box, score: score, classID: best.index)
    }
}
