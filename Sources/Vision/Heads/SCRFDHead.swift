extension HeadKind {
    /// For each stride scores [A·N, 1], distances [A·N, 4] and points [A·N, 10].
    public static let scrfd = HeadKind(
        "scrfd", "SCRFD: for each stride scores [A·N, 1], boxes [A·N, 4] and perhaps points [A·N, 10]", defaults: (0.5, 0.4),
        keys: [.strides, .keypoints],
        input: InputCard(mean: [127.5, 127.5, 127.5], std: [128, 128, 128], resize: .letterboxTopLeft, pad: 0),
        template: { ($0.labels, $0.strides) = (.names(["face"]), [8, 16, 32]) },
        known: [
            KnownModel("SCRFD (RGB, (x − 127.5)/128, letterbox_topleft)", labels: .names(["face"])) { model in
                model.channels == 3
                    && [6, 9].contains(model.outputs.count)
                    && [8, 16, 32].allSatisfy { stride in
                        let rows = model.outputs.compactMap { output in
                            output.hasShape(1, 2 * model.cells([stride]), nil)
                                ? output.dims[2]
                                : output.dims.count == 2 && output.dims[0] == 2 * model.cells([stride]) ? output.dims[1] : nil
                        }
                        return rows.sorted() == (model.outputs.count == 6 ? [1, 4] : [1, 4, 10])
                    }
            }
        ],
        makeHead: { card, settings in
            SCRFDHead(settings: settings, grid: settings.grid(card.strides ?? [8, 16, 32]), points: card.keypoints ?? FacePoints.five)
        })
}

/// SCRFD: at each cell of each stride two anchors (or one), with a probability, the distances of the sides from the cell's corner, and
/// the points' offsets from it, in strides.
struct SCRFDHead: DetectionHead {
    let settings: HeadSettings
    let grid: GridLevels
    /// Names of the points, where the model gives some.
    let points: [String]

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        try settings.check(classes: 1)
        var candidates: [Candidate] = []
        for (number, level) in grid.levels.enumerated() {
            guard let scores = find(1, level, outputs), let sides = find(4, level, outputs), scores.rows == sides.rows else {
                throw settings.unexpected(
                    reads: "scores, boxes and points of A·N rows of 1, 4 and \(2 * points.count), N = \(grid.description)", outputs)
            }
            let stride = Float(level.stride), anchors = scores.rows / level.count
            for index in 0..<scores.rows where scores.row(index)[0] >= minimumScore {
                let cell = level.cell(index / anchors), (x, y) = (cell.column * stride, cell.row * stride), side = sides.row(index)
                candidates.append(
                    Candidate(
                        box: Corners(
                            left: x - side[0] * stride, top: y - side[1] * stride, right: x + side[2] * stride, bottom: y + side[3] * stride
                        ),
                        score: scores.row(index)[0], classID: 0, row: index * grid.levels.count + number))
            }
        }
        return candidates
    }

    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape? {
        let (index, number) = candidate.row.quotientAndRemainder(dividingBy: grid.levels.count), level = grid.levels[number]
        guard let rows = find(2 * points.count, level, outputs), index < rows.rows else { return nil }
        let stride = Float(level.stride), cell = level.cell(index / (rows.rows / level.count)), row = rows.row(index)
        return FacePoints.keypoints(points, placement) {
            ((cell.column + row[2 * $0]) * stride, (cell.row + row[2 * $0 + 1]) * stride)
        }
    }

    /// The output of this level with this many columns: one row for each anchor of each cell.
    private func find(_ columns: Int, _ level: GridLevels.Level, _ outputs: [NamedTensor]) -> OutputRows? {
        outputs.lazy.compactMap { OutputRows($0.tensor) }.first { rows in
            rows.columns == columns && (1...2).contains { rows.rows == $0 * level.count }
        }
    }
}
