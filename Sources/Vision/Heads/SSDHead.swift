#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif

/// SSD and UltraFace: scores [1, N, 1+C] with background first, and boxes [1, N, 4].
struct SSDHead: DetectionHead {
    let settings: DetectionSettings
    let activation: Activation
    /// What raw boxes are offsets from; nil when boxes are corners in 0…1.
    let priors: PriorBoxes?
    /// With priors: whether boxes are corners nevertheless; nil finds out, as exports of one model differ in nothing else.
    let decoded: Bool?
    let scoresName, boxesName: String?

    func candidates(_ outputs: [NamedTensor]) throws(VisionError) -> [Candidate] {
        guard let (scores, boxes) = find(outputs), scores.rows == boxes.rows, scores.columns > 1,
            priors == nil || priors!.boxes.count == boxes.rows
        else {
            throw .unexpected(
                .ssd, reads: "scores 1×N×(1 + classes) and boxes 1×N×4, N \(priors.map { "= \($0.boxes.count)" } ?? "any")", outputs)
        }
        let classes = scores.columns - 1
        try settings.check(classes: classes)
        let scan = ScoreScan(threshold: settings.threshold, activation: activation)
        let raw = (decoded ?? Self.areCorners(boxes)) ? nil : priors
        var candidates: [Candidate] = []
        for index in 0..<scores.rows {
            guard
                let best = activation == .softmax
                    ? softmaxBest(scores.row(index), classes) : scan.best(scores.row(index) + 1, count: classes)
            else { continue }
            candidates.append(Candidate(box: box(boxes.row(index), index, raw), score: best.score, classID: best.classID))
        }
        return candidates
    }

    private func find(_ outputs: [NamedTensor]) -> (scores: OutputRows, boxes: OutputRows)? {
        func named(_ name: String?) -> OutputRows? { outputs.first { $0.name == name }.flatMap { OutputRows($0.tensor) } }
        if let scores = named(scoresName ?? "scores"), let boxes = named(boxesName ?? "boxes"), boxes.columns == 4 {
            return (scores, boxes)
        }
        guard scoresName == nil, boxesName == nil, outputs.count == 2 else { return nil }
        let rows = outputs.compactMap { OutputRows($0.tensor) }
        // With four columns in both, neither names nor shapes tell them apart.
        guard rows.count == 2, let boxes = rows.firstIndex(where: { $0.columns == 4 }), rows[1 - boxes].columns != 4 else { return nil }
        return (rows[1 - boxes], rows[boxes])
    }

    private func softmaxBest(_ row: UnsafePointer<Float>, _ classes: Int) -> (classID: Int, score: Float)? {
        guard let best = ScoreScan.largest(row + 1, count: classes, stride: 1), best.value.isFinite else { return nil }
        var sum: Float = 0
        for i in 0...classes { sum += exp(row[i] - best.value) }
        let score = 1 / sum
        return score >= settings.threshold ? (best.index, score) : nil
    }

    /// Decoded boxes have their right and bottom edges at or past the left and top ones, every one of them; among
    /// thousands of raw offsets many are the other way round.
    private static func areCorners(_ boxes: OutputRows) -> Bool {
        (0..<boxes.rows).allSatisfy { index in
            let row = boxes.row(index)
            return !(row[2] < row[0]) && !(row[3] < row[1])
        }
    }

    private func box(_ row: UnsafePointer<Float>, _ index: Int, _ priors: PriorBoxes?) -> Corners {
        let (width, height) = (Float(settings.modelWidth), Float(settings.modelHeight))
        guard let priors else { return Corners(left: row[0] * width, top: row[1] * height, right: row[2] * width, bottom: row[3] * height) }
        return priors.decode(row, index)
    }
}
