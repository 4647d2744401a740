/// YOLOv8 and v11: one [1, 4+C, N] of centres, sizes (model pixels) and class scores, a channel at a time.
struct ChannelMajorHead: DetectionHead {
    let settings: DetectionSettings
    let scan: ScoreScan

    func candidates(_ outputs: [NamedTensor]) throws(VisionError) -> [Candidate] {
        guard outputs.count >= 1, let all = OutputRows(outputs[0].tensor), all.rows > 4, all.columns > 0 else {
            throw .unexpected(.yolov8, reads: "one output 1×(4 + classes)×N", outputs)
        }
        try settings.check(classes: all.rows - 4)
        var best = [Int: (classID: Int, score: Float)]()
        for classID in 0..<(all.rows - 4) { merge(classID, all.row(4 + classID), all.columns, into: &best) }
        let candidates = best.keys.sorted().map { index in
            let (x, y, w, h) = (all.row(0)[index], all.row(1)[index], all.row(2)[index], all.row(3)[index])
            let found = best[index]!
            return Candidate(
                box: Corners(centerX: x, y: y, width: w, height: h), score: scan.activated(found.score), classID: found.classID)
        }
        return candidates
    }

    /// Keeps for each location the best class so far, with its score as the model gives it.
    private func merge(_ classID: Int, _ scores: UnsafePointer<Float>, _ count: Int, into best: inout [Int: (classID: Int, score: Float)]) {
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
