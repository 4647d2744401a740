extension HeadKind {
    /// Regressors [1, 896, 16] and classificators [1, 896, 1].
    public static let blazeface = HeadKind(
        "blazeface", "BlazeFace: boxes with points [1, 896, 16], logits [1, 896, 1]", defaults: (0.5, 0.3),
        input: InputCard(mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5], resize: .letterbox, pad: 0),
        template: { $0.labels = .names(["face"]) },
        known: [
            KnownModel("BlazeFace, short range (RGB, x/127.5 − 1, centred letterbox)", labels: .names(["face"])) { model in
                (model.channels, model.width, model.height) == (3, 128, 128) && model.outputs.count == 2
                    && model.outputs.contains { $0.hasShape(1, 896, 16) } && model.outputs.contains { $0.hasShape(1, 896, 1) }
            }
        ],
        makeHead: { _, settings in BlazeFaceHead(settings: settings) })
}

/// MediaPipe's BlazeFace: two anchors for each cell of stride 8 and six of stride 16. A row is centre, width and height, and six points, all
/// in model pixels; centre and points from the middle of the cell.
struct BlazeFaceHead: DetectionHead {
    let settings: HeadSettings

    private static let anchors = [2, 6]

    private var grid: GridLevels { settings.grid([8, 16]) }
    private var count: Int { zip(grid.levels, Self.anchors).reduce(0) { $0 + $1.0.count * $1.1 } }

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        let columns = 4 + 2 * FacePoints.six.count
        guard let scores = rows(1, outputs), let boxes = rows(columns, outputs) else {
            throw settings.unexpected(reads: "1×\(count)×\(columns) and 1×\(count)×1", outputs)
        }
        try settings.check(classes: 1)
        let scan = ScoreScan(minimumScore, .sigmoid)
        return (0..<scores.rows).compactMap { index in
            guard scores.row(index)[0] >= scan.rawThreshold else { return nil }
            let row = boxes.row(index), center = center(of: index)
            return Candidate(
                box: Corners(centerX: center.x + row[0], y: center.y + row[1], width: row[2], height: row[3]),
                score: scan.activated(scores.row(index)[0]), classID: 0, row: index)
        }
    }

    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape? {
        guard let boxes = rows(4 + 2 * FacePoints.six.count, outputs) else { return nil }
        let row = boxes.row(candidate.row), center = center(of: candidate.row)
        return FacePoints.keypoints(FacePoints.six, placement) { (center.x + row[4 + 2 * $0], center.y + row[5 + 2 * $0]) }
    }

    private func rows(_ columns: Int, _ outputs: [NamedTensor]) -> OutputRows? {
        outputs.lazy.compactMap { OutputRows($0.tensor) }.first { $0.rows == count && $0.columns == columns }
    }

    private func center(of index: Int) -> (x: Float, y: Float) {
        var first = 0
        for (level, anchors) in zip(grid.levels, Self.anchors) {
            if index < first + level.count * anchors {
                let cell = level.cell((index - first) / anchors)
                return ((cell.column + 0.5) * Float(level.stride), (cell.row + 0.5) * Float(level.stride))
            }
            first += level.count * anchors
        }
        return (0, 0)
    }
}
