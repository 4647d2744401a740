extension HeadKind {
    /// YOLOv8 and v11: one [1, 4+C, N].
    public static let yolov8 = HeadKind(
        "yolov8", "YOLOv8, YOLO11: one output [1, 4+C, N]; masks, keypoints and angles by \"task\"", defaults: (0.25, 0.7),
        maxDetections: ultralyticsDetections,
        keys: [.activation, .task, .keypoints], input: InputCard(std: [255, 255, 255], resize: .letterbox),
        known: [
            KnownModel(
                "YOLOv8 or v11 (RGB/255, centred letterbox)",
                adjust: { card, model in card.labels = model.outputs[0].dims[1] == 84 ? .coco80 : nil }
            ) { model in
                // Without names 80 classes only: other numbers of rows may as well be keypoints, angles or mask coefficients, which a file
                // without metadata does not tell.
                let isNamed = model.nameCount.map {
                    model.channels == 3 && model.outputs.count == 1 && model.outputs[0].hasShape(1, 4 + $0, nil)
                }
                guard isNamed == true || model.imagesOutput?.rows == 84, let columns = model.outputs[0].dims[2] else { return false }
                // With a finer or a coarser stride besides: p2, p6.
                return [[8, 16, 32], [4, 8, 16, 32], [8, 16, 32, 64]].map(model.cells).contains(columns)
            }
        ],
        resembles: { outputs in
            guard outputs.count == 1, outputs[0].dims.count == 3, let rows = outputs[0].dims[1], let columns = outputs[0].dims[2] else {
                return false
            }
            return rows < columns
        },
        makeHead: { card, settings throws(VisionError) in
            ChannelMajorHead(settings: settings, activation: try card.elementwiseActivation(), tail: try RowTail(card))
        })
}

/// YOLOv8 and v11: one [1, 4+C + tail, N] of centres, sizes (model pixels), class scores and what the task has besides, a channel at a time.
struct ChannelMajorHead: RowHead {
    let settings: HeadSettings
    let activation: Activation
    let tail: RowTail

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard let (all, tailCount) = rows(outputs), all.columns > 0 else {
            throw settings.unexpected(reads: "1×(4 + classes\(tail.description))×N", outputs)
        }
        let classes = all.rows - 4 - tailCount
        try settings.check(classes: classes)
        let scan = ScoreScan(minimumScore, activation)
        var best = [Int: (classID: Int, score: Float)]()
        for classID in 0..<classes { merge(classID, all.row(4 + classID), all.columns, scan, into: &best) }
        return best.keys.sorted().map { index in
            let (x, y, w, h) = (all.row(0)[index], all.row(1)[index], all.row(2)[index], all.row(3)[index])
            let found = best[index]!
            let box = tail.task == .obb ? rotated(index, outputs).bounds : Corners(centerX: x, y: y, width: w, height: h)
            return Candidate(box: box, score: scan.activated(found.score), classID: found.classID, row: index)
        }
    }

    func values(_ row: Int, _ outputs: [NamedTensor]) -> (box: SIMD4<Float>, tail: [Float]) {
        guard let (all, count) = rows(outputs) else { return (.zero, []) }
        let box = SIMD4(all.row(0)[row], all.row(1)[row], all.row(2)[row], all.row(3)[row])
        return (box, ((all.rows - count)..<all.rows).map { all.row($0)[row] })
    }

    /// The output that has the rows, and how many of them are the tail.
    private func rows(_ outputs: [NamedTensor]) -> (all: OutputRows, tail: Int)? {
        guard let all = OutputRows(firstOf: outputs), all.rows > 4 else { return nil }
        // Labels of another number than the classes are an error of their own (`check`), hence the second try.
        let known = tail.task == .pose ? settings.knownClassCount : nil
        return (tail.count(outputs, columns: all.rows - 4, classes: known) ?? tail.count(outputs, columns: all.rows - 4, classes: nil))
            .map { (all, $0) }
    }

    /// Keeps for each location the best class so far, with its score as the model gives it.
    private func merge(
        _ classID: Int, _ scores: UnsafePointer<Float>, _ count: Int, _ scan: ScoreScan,
        into best: inout [Int: (classID: Int, score: Float)]
    ) {
        var start = 0
        while start < count {
            let end = min(start + 64, count)
            if scan.anyPasses(scores + start, count: end - start) {
                for i in start..<end where scores[i] >= scan.rawThreshold && scores[i] > best[i]?.score ?? -.infinity {
                    best[i] = (classID, scores[i])
                }
            }
            start = end
        }
    }
}
