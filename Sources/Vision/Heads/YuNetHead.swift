import Glibc

extension HeadKind {
    /// cls, obj and bbox for each stride.
    public static let yunet = HeadKind(
        "yunet", "YuNet: class, objectness and box for each stride", defaults: (0.6, 0.3), keys: [.strides, .activation, .outputs],
        input: InputCard(color: .bgr, resize: .letterboxTopLeft, pad: 0),
        template: { ($0.labels, $0.strides) = (.names(["face"]), [8, 16, 32]) },
        known: [
            KnownModel("YuNet (BGR 0…255, letterbox_topleft)", labels: .names(["face"])) { model in
                model.inputName == "input" && model.channels == 3
                    && [8, 16, 32].allSatisfy { stride in
                        [("cls", 1), ("obj", 1), ("bbox", 4)].allSatisfy { role, columns in
                            model.output("\(role)_\(stride)")?.hasShape(1, model.cells([stride]), columns) == true
                        }
                    }
            }
        ],
        makeHead: { card, settings throws(VisionError) in
            YuNetHead(
                settings: settings, activation: try card.elementwiseActivation(), grid: settings.grid(card.strides ?? [8, 16, 32]),
                names: card.outputs ?? [:])
        })
}

/// YuNet: for each stride `cls_s` and `obj_s` [1, N, 1], `bbox_s` [1, N, 4], and perhaps `kps_s` [1, N, 10].
struct YuNetHead: DetectionHead {
    let settings: HeadSettings
    let activation: Activation
    let grid: GridLevels
    /// Role (`cls_8`, …) to output name, where they differ.
    let names: [String: String]

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        try settings.check(classes: 1)
        var candidates: [Candidate] = []
        for level in grid.levels {
            guard let classes = find("cls", 1, level, outputs), let objects = find("obj", 1, level, outputs),
                let boxes = find("bbox", 4, level, outputs)
            else {
                let n = "1×\(level.count)"
                throw settings.unexpected(
                    reads: "cls_\(level.stride) \(n)×1, obj_\(level.stride) \(n)×1 and bbox_\(level.stride) \(n)×4", outputs)
            }
            let stride = Float(level.stride)
            for index in 0..<level.count {
                let score = (probability(classes.row(index)[0]) * probability(objects.row(index)[0])).squareRoot()
                guard score >= minimumScore else { continue }
                let cell = level.cell(index), box = boxes.row(index)
                let corners = Corners(
                    centerX: (cell.column + box[0]) * stride, y: (cell.row + box[1]) * stride, width: exp(box[2]) * stride,
                    height: exp(box[3]) * stride)
                candidates.append(Candidate(box: corners, score: score, classID: 0, row: level.start + index))
            }
        }
        return candidates
    }

    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape? {
        guard let level = grid.levels.last(where: { $0.start <= candidate.row }),
            let points = find("kps", 2 * FacePoints.five.count, level, outputs)
        else { return nil }
        let cell = level.cell(candidate.row - level.start), row = points.row(candidate.row - level.start), stride = Float(level.stride)
        return FacePoints.keypoints(FacePoints.five, placement) {
            ((cell.column + row[2 * $0]) * stride, (cell.row + row[2 * $0 + 1]) * stride)
        }
    }

    private func find(_ role: String, _ columns: Int, _ level: GridLevels.Level, _ outputs: [NamedTensor]) -> OutputRows? {
        let name = names["\(role)_\(level.stride)"] ?? "\(role)_\(level.stride)"
        guard let output = outputs.first(where: { $0.name == name }), let rows = OutputRows(output.tensor) else { return nil }
        return rows.rows == level.count && rows.columns == columns ? rows : nil
    }

    /// Clamped as the published code does; undefined stays undefined.
    private func probability(_ value: Float) -> Float {
        let value = activation == .sigmoid ? sigmoid(value) : value
        return value.isNaN ? value : min(max(value, 0), 1)
    }
}
