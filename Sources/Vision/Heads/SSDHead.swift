#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif

/// SSD and UltraFace: scores [1, N, 1+C] with background first, and boxes [1, N, 4].
struct SSDHead: Head {
    let settings: DetectionSettings
    let activation: Activation
    /// What boxes are offsets from; nil when they are corners in 0…1 already.
    let priors: PriorBoxes?
    let scoresName, boxesName: String?

    func decode(_ outputs: [NamedTensor], placement: Placement) throws(VisionError) -> HeadResult {
        guard let (scores, boxes) = find(outputs), scores.rows == boxes.rows, scores.columns > 1,
            priors == nil || priors!.boxes.count == boxes.rows
        else {
            throw .unexpected(.ssd, reads: "scores 1×N×(1 + classes) and boxes 1×N×4, N \(priors.map { "= \($0.boxes.count)" } ?? "any")", outputs)
        }
        let classes = scores.columns - 1
        try settings.check(classes: classes)
        let scan = ScoreScan(threshold: settings.threshold, activation: activation)
        var candidates: [Candidate] = []
        for index in 0..<scores.rows {
            guard let best = activation == .softmax ? softmaxBest(scores.row(index), classes) : scan.best(scores.row(index) + 1, count: classes)
            else { continue }
            candidates.append(Candidate(box: box(boxes.row(index), index), score: best.score, classID: best.classID))
        }
        return settings.finish(candidates, placement)
    }

    private func find(_ outputs: [NamedTensor]) -> (scores: OutputRows, boxes: OutputRows)? {
        func named(_ name: String?) -> OutputRows? { outputs.first { $0.name == name }.flatMap { OutputRows($0.tensor) } }
        if let scores = named(scoresName ?? "scores"), let boxes = named(boxesName ?? "boxes"), boxes.columns == 4 { return (scores, boxes) }
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

    private func box(_ row: UnsafePointer<Float>, _ index: Int) -> Corners {
        let (width, height) = (Float(settings.modelWidth), Float(settings.modelHeight))
        guard let priors else { return Corners(left: row[0] * width, top: row[1] * height, right: row[2] * width, bottom: row[3] * height) }
        return priors.decode(row, index)
    }
}
