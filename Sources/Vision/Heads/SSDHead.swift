import Glibc

extension HeadKind {
    /// Scores [1, N, 1+C] with background first, boxes [1, N, 4].
    public static let ssd = HeadKind(
        "ssd", "SSD, UltraFace: scores [1, N, C] with background first, boxes [1, N, 4]", defaults: (0.5, 0.45),
        keys: [.decoded, .activation, .priors, .variances, .strides, .outputs, .keypoints],
        input: InputCard(mean: [127, 127, 127], std: [128, 128, 128], resize: .stretch),
        template: { ($0.labels, $0.decoded) = (.names(["face"]), true) },
        known: [
            KnownModel(
                "UltraFace (RGB, (x − 127)/128, stretched)", labels: .names(["face"]),
                adjust: { card, _ in
                    (card.score, card.nmsIoU) = (0.7, 0.3)
                    // Some exports decode, some do not, with the same names and shapes: the head finds out.
                    (card.strides, card.priors) = ([8, 16, 32, 64], [[10, 16, 24], [32, 48], [64, 96], [128, 192, 256]])
                    card.variances = [0.1, 0.2]
                }
            ) { model in
                let priors = 3 * model.cells([8]) + 2 * model.cells([16]) + 2 * model.cells([32]) + 3 * model.cells([64])
                return model.inputName == "input" && model.channels == 3 && model.outputs.count == 2
                    && model.output("scores")?.hasShape(1, priors, 2) == true && model.output("boxes")?.hasShape(1, priors, 4) == true
            },
            KnownModel(
                "RetinaFace (BGR minus mean, letterbox_topleft)",
                InputCard(color: .bgr, mean: [104, 117, 123], resize: .letterboxTopLeft, pad: 0), labels: .names(["face"]),
                adjust: { card, model in
                    (card.score, card.nmsIoU, card.keypoints) = (0.5, 0.4, FacePoints.five)
                    (card.strides, card.priors) = ([8, 16, 32], [[16, 32], [64, 128], [256, 512]])
                    (card.variances, card.decoded) = ([0.1, 0.2], false)
                    card.outputs = [:]
                    for (role, columns) in [("scores", 2), ("boxes", 4), ("points", 10)] {
                        card.outputs?[role] = model.outputs.first { $0.dims.last == columns }?.name
                    }
                }
            ) { model in
                model.channels == 3 && model.outputs.count == 3
                    && [2, 4, 10].allSatisfy { columns in
                        model.outputs.contains { $0.hasShape(1, 2 * model.cells([8, 16, 32]), columns) }
                    }
            },
        ],
        resembles: { $0.count == 2 },
        makeHead: { card, settings throws(VisionError) in
            var priors: PriorBoxes?
            if card.decoded == false || (card.decoded == nil && card.priors != nil) {
                guard let sides = card.priors, let strides = card.strides, sides.count == strides.count else {
                    throw VisionError(.invalidCard, "raw SSD boxes need 'strides' and 'priors', as many of one as of the other")
                }
                // UltraFace's are no larger than the input; RetinaFace's, which has points, may be.
                priors = PriorBoxes(
                    sides: sides, grid: settings.grid(strides), settings, variances: card.variances ?? [0.1, 0.2],
                    isClipped: card.keypoints == nil)
            }
            return SSDHead(
                settings: settings, activation: card.activation ?? .none, priors: priors,
                decoded: card.decoded ?? (card.priors == nil ? true : nil), scoresName: card.outputs?["scores"],
                boxesName: card.outputs?["boxes"], pointsName: card.outputs?["points"] ?? "points", points: card.keypoints ?? [])
        })
}

/// SSD and UltraFace: scores [1, N, 1+C] with background first, and boxes [1, N, 4].
struct SSDHead: DetectionHead {
    let settings: HeadSettings
    let activation: Activation
    /// What raw boxes are offsets from; nil when boxes are corners in 0…1.
    let priors: PriorBoxes?
    /// With priors: whether boxes are corners nevertheless; nil finds out, as exports of one model differ in nothing else.
    let decoded: Bool?
    let scoresName, boxesName: String?
    let pointsName: String
    /// Names of the points [1, N, 2·points], of models that give some: offsets from the priors as boxes' centres are.
    let points: [String]

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard let (scores, boxes) = find(outputs), scores.rows == boxes.rows, scores.columns > 1,
            priors == nil || priors!.boxes.count == boxes.rows
        else {
            throw settings.unexpected(
                reads: "scores 1×N×(1 + classes) and boxes 1×N×4, N \(priors.map { "= \($0.boxes.count)" } ?? "any")", outputs)
        }
        let classes = scores.columns - 1
        try settings.check(classes: classes)
        let scan = ScoreScan(minimumScore, activation)
        let raw = (decoded ?? Self.areCorners(boxes)) ? nil : priors
        var candidates: [Candidate] = []
        for index in 0..<scores.rows {
            let row = scores.row(index)
            let found =
                activation == .softmax
                ? scan.softmaxBest(row, count: classes + 1, classes: 1..<(classes + 1)) : scan.best(row + 1, count: classes)
            guard let best = found else { continue }
            candidates.append(Candidate(box: box(boxes.row(index), index, raw), score: best.score, classID: best.classID, row: index))
        }
        return candidates
    }

    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape? {
        guard !points.isEmpty, let priors, let output = outputs.first(where: { $0.name == pointsName }),
            let rows = OutputRows(output.tensor), rows.columns == 2 * points.count, candidate.row < rows.rows
        else { return nil }
        let row = rows.row(candidate.row)
        return FacePoints.keypoints(points, placement) { priors.point(row + 2 * $0, candidate.row) }
    }

    private func find(_ outputs: [NamedTensor]) -> (scores: OutputRows, boxes: OutputRows)? {
        func named(_ name: String?) -> OutputRows? { outputs.first { $0.name == name }.flatMap { OutputRows($0.tensor) } }
        if let scores = named(scoresName ?? "scores"), let boxes = named(boxesName ?? "boxes"), boxes.columns == 4 {
            return (scores, boxes)
        }
        guard scoresName == nil, boxesName == nil, points.isEmpty, outputs.count == 2 else { return nil }
        let rows = outputs.compactMap { OutputRows($0.tensor) }
        // With four columns in both, neither names nor shapes tell them apart.
        guard rows.count == 2, let boxes = rows.firstIndex(where: { $0.columns == 4 }), rows[1 - boxes].columns != 4 else { return nil }
        return (rows[1 - boxes], rows[boxes])
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

/// The square boxes that an SSD's raw predictions are offsets from: for each cell of each stride, one of each side.
struct PriorBoxes: Sendable {
    /// Centre and sides, model pixels.
    let boxes: [SIMD4<Float>]
    let centerVariance, sizeVariance: Float

    /// - Parameter isClipped: whether a side is no longer than the input's.
    init(sides: [[Double]], grid: GridLevels, _ settings: HeadSettings, variances: [Double], isClipped: Bool) {
        let (modelWidth, modelHeight) = (Float(settings.modelWidth), Float(settings.modelHeight))
        boxes = zip(grid.levels, sides).flatMap { level, sides in
            (0..<level.count).flatMap { cell in
                let cell = level.cell(cell)
                // Cells divide the input evenly, also where the stride does not divide it.
                let x = (cell.column + 0.5) / Float(level.columns) * modelWidth
                let y = (cell.row + 0.5) / Float(level.rows) * modelHeight
                return sides.map { side in
                    let side = Float(side)
                    return isClipped ? SIMD4(x, y, min(side, modelWidth), min(side, modelHeight)) : SIMD4(x, y, side, side)
                }
            }
        }
        (centerVariance, sizeVariance) = (Float(variances[0]), Float(variances[1]))
    }

    /// A point, whose offset is from the prior's centre.
    func point(_ offsets: UnsafePointer<Float>, _ index: Int) -> (x: Float, y: Float) {
        let prior = boxes[index]
        return (prior.x + offsets[0] * centerVariance * prior.z, prior.y + offsets[1] * centerVariance * prior.w)
    }

    func decode(_ offsets: UnsafePointer<Float>, _ index: Int) -> Corners {
        let prior = boxes[index]
        return Corners(
            centerX: prior.x + offsets[0] * centerVariance * prior.z, y: prior.y + offsets[1] * centerVariance * prior.w,
            width: prior.z * exp(offsets[2] * sizeVariance), height: prior.w * exp(offsets[3] * sizeVariance))
    }
}
