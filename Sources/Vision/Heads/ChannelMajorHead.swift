extension HeadKind {
    /// YOLOv8 and v11: one [1, 4+C, N].
    public static let yolov8 = HeadKind(
        "yolov8", "YOLOv8, YOLO11: one output [1, 4+C, N]", defaults: (0.25, 0.7), keys: [.activation],
        input: InputCard(std: [255, 255, 255], resize: .letterbox),
        known: [
            KnownModel(
                // 80 classes only: other numbers of rows may as well be keypoints, angles or mask coefficients, which a file without
                // metadata does not tell.
                "YOLOv8 or v11 (RGB/255, centred letterbox)", labels: .coco80
            ) { model in
                model.imagesOutput.map { $0.columns == model.cells([8, 16, 32]) && $0.rows == 84 } ?? false
            }
        ],
        resembles: { outputs in
            guard outputs.count == 1, outputs[0].dims.count == 3, let rows = outputs[0].dims[1], let columns = outputs[0].dims[2] else {
                return false
            }
            return rows < columns
        },
        makeHead: { card, settings throws(VisionError) in
            ChannelMajorHead(settings: settings, activation: try card.elementwiseActivation())
        })
}

/// YOLOv8 and v11: one [1, 4+C, N] of centres, sizes (model pixels) and class scores, a channel at a time.
struct ChannelMajorHead: DetectionHead {
    let settings: HeadSettings
    let activation: Activation

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard outputs.count >= 1, let all = OutputRows(outputs[0].tensor), all.rows > 4, all.columns > 0 else {
            throw settings.unexpected(reads: "one output 1×(4 + classes)×N", outputs)
        }
        try settings.check(classes: all.rows - 4)
        let scan = ScoreScan(minimumScore, activation)
        var best = [Int: (classID: Int, score: Float)]()
        for classID in 0..<(all.rows - 4) { merge(classID, all.row(4 + classID), all.columns, scan, into: &best) }
        return best.keys.sorted().map { index in
            let (x, y, w, h) = (all.row(0)[index], all.row(1)[index], all.row(2)[index], all.row(3)[index])
            let found = best[index]!
            return Candidate(
                box: Corners(centerX: x, y: y, width: w, height: h), score: scan.activated(found.score), classID: found.classID)
        }
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
