import Glibc

extension HeadKind {
    /// For each stride scores [1, N, C] and box distributions [1, N, 4·(reg_max+1)]; or one tensor with both side by side.
    public static let nanodet = distribution(
        "nanodet", "NanoDet, NanoDet-Plus: scores and box distributions for three strides", score: 0.3, strides: [8, 16, 32],
        inputName: "input.1", "NanoDet (BGR, ImageNet mean and std, centred letterbox)",
        InputCard(
            color: .bgr, mean: InputCard.imageNetMean.reversed(), std: InputCard.imageNetStd.reversed(), resize: .letterbox, pad: 0),
        resembles: { $0.count > 2 && $0.count != 8 })

    /// The same outputs as `nanodet`, with four strides.
    public static let picodet = distribution(
        "picodet", "PicoDet: scores and box distributions for four strides", score: 0.4, strides: [8, 16, 32, 64],
        inputName: "image", "PicoDet (RGB, ImageNet mean and std, stretched)",
        InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .stretch), resembles: { $0.count == 8 })

    /// The published models have a pair of outputs for each stride, scores (of 80 classes) and 4 × 8 bins.
    private static func distribution(
        _ name: String, _ summary: String, score: Double, strides: [Int], inputName: String, _ model: String, _ input: InputCard,
        resembles: @escaping @Sendable ([TensorSignature]) -> Bool
    ) -> HeadKind {
        HeadKind(
            name, summary, defaults: (score, 0.6), keys: [.strides, .regMax, .activation, .cellOffset], input: input,
            template: { ($0.labels, $0.strides, $0.regMax, $0.cellOffset) = (.coco80, strides, 7, 0.5) },
            known: [
                KnownModel(
                    model, adjust: { card, model in card.labels = classes(model, strides, inputName) == 80 ? .coco80 : nil }
                ) { classes($0, strides, inputName) != nil }
            ],
            resembles: resembles,
            makeHead: { card, settings throws(VisionError) in
                DistributionHead(
                    settings: settings, activation: try card.elementwiseActivation(), grid: settings.grid(card.strides ?? strides),
                    bins: (card.regMax ?? 7) + 1, cellOffset: Float(card.cellOffset ?? 0.5))
            })
    }
}

/// The number of classes of a model with this input and such pairs of outputs; nil for any other.
private func classes(_ model: ModelSignature, _ strides: [Int], _ inputName: String) -> Int? {
    guard model.inputName == inputName, model.channels == 3, model.outputs.count == 2 * strides.count else { return nil }
    let counts = strides.map { stride -> Int? in
        let columns = model.outputs.filter { $0.hasShape(1, model.cells([stride]), nil) }.compactMap { $0.dims[2] }
        guard columns.count == 2, let bins = columns.lastIndex(of: 32) else { return nil }
        return columns[1 - bins]
    }
    return counts.allSatisfy { $0 != nil && $0 == counts[0] } ? counts[0] : nil
}

/// NanoDet and PicoDet (generalized focal loss): class scores, and for each side of the box a distribution of its
/// distance over 0…reg_max strides, whose mean it is.
struct DistributionHead: DetectionHead {
    let settings: HeadSettings
    let activation: Activation
    let grid: GridLevels
    /// Bins per side: reg_max + 1.
    let bins: Int
    /// Where in its cell a location is: 0.5 in the middle.
    let cellOffset: Float

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        let scan = ScoreScan(minimumScore, activation)
        var candidates: [Candidate] = []
        for level in grid.levels {
            guard let (scores, sides) = find(level, in: outputs) else {
                throw settings.unexpected(
                    reads: "scores 1×N×classes and distributions 1×N×\(4 * bins), N = \(grid.description)", outputs)
            }
            try settings.check(classes: scores.columns)
            let stride = Float(level.stride)
            for index in 0..<level.count {
                guard let best = scan.best(scores.row(index), count: scores.columns) else { continue }
                let cell = level.cell(index), (x, y) = ((cell.column + cellOffset) * stride, (cell.row + cellOffset) * stride)
                let distances = (0..<4).map { mean(sides.row(index) + $0 * bins) * stride }
                let box = Corners(left: x - distances[0], top: y - distances[1], right: x + distances[2], bottom: y + distances[3])
                candidates.append(Candidate(box: box, score: best.score, classID: best.classID))
            }
        }
        return candidates
    }

    /// A level's own pair of outputs; or its rows of outputs that hold all levels, as a pair or side by side in one.
    private func find(_ level: GridLevels.Level, in outputs: [NamedTensor]) -> (scores: OutputRows, sides: OutputRows)? {
        let rows = outputs.compactMap { OutputRows($0.tensor) }
        let own = rows.filter { $0.rows == level.count }
        if let pair = pair(own) { return pair }
        let cells = level.start..<level.start + level.count
        let whole = rows.filter { $0.rows == grid.count }
        if let pair = pair(whole) { return (pair.scores.rows(cells), pair.sides.rows(cells)) }
        if whole.count == 1, whole[0].columns > 4 * bins {
            let all = whole[0].rows(cells)
            let classes = all.columns - 4 * bins
            return (all.columns(0..<classes), all.columns(classes..<all.columns))
        }
        return nil
    }

    /// Scores come first when there are as many classes as bins.
    private func pair(_ rows: [OutputRows]) -> (scores: OutputRows, sides: OutputRows)? {
        guard rows.count == 2, let sides = rows.lastIndex(where: { $0.columns == 4 * bins }), rows[1 - sides].columns > 0 else {
            return nil
        }
        return (rows[1 - sides], rows[sides])
    }

    /// The mean of the softmax of `bins` values, in strides.
    private func mean(_ values: UnsafePointer<Float>) -> Float {
        var largest = values[0]
        for i in 1..<bins { largest = max(largest, values[i]) }
        var (sum, moment): (Float, Float) = (0, 0)
        for i in 0..<bins {
            let weight = exp(values[i] - largest)
            sum += weight
            moment += weight * Float(i)
        }
        return moment / sum
    }
}
