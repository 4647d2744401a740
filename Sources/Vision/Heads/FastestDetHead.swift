import Glibc

extension HeadKind {
    /// One [1, 5+C, H, W].
    public static let fastestdet = HeadKind(
        "fastestdet", "FastestDet: one output [1, 5+C, H, W]", defaults: (0.65, 0.45),
        input: InputCard(color: .bgr, std: [255, 255, 255], resize: .stretch),
        known: [
            KnownModel("FastestDet (BGR/255, stretched)", labels: .coco80) { model in
                model.inputName == "input.1" && model.channels == 3 && model.outputs.count == 1
                    && model.outputs[0].hasShape(1, 85, model.height / 16, model.width / 16)
            }
        ],
        makeHead: { _, settings in FastestDetHead(settings: settings) })
}

/// FastestDet: one [1, 5+C, H, W]: objectness, centre, size, class probabilities, on a single coarse grid.
///
/// As published: score = obj^0.6 · class^0.4; the centre is tanh of two channels away from its cell, in cells, and the
/// size the sigmoid of two channels, as a share of the input.
struct FastestDetHead: DetectionHead {
    let settings: HeadSettings

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        let dims = outputs.first?.tensor.shape.dims ?? []
        guard dims.count == 4, dims[0] == 1, dims[1] > 5, dims[2] > 0, dims[3] > 0, let base = outputs[0].tensor.floats else {
            throw settings.unexpected(reads: "one output 1×(5 + classes)×rows×columns", outputs)
        }
        let classes = dims[1] - 5
        try settings.check(classes: classes)
        let (rows, columns) = (dims[2], dims[3])
        let cells = rows * columns
        // No class probability is above 1, so objectness alone rules out most cells.
        let least = pow(minimumScore, 1 / 0.6) * 0.9999
        let (width, height) = (Float(settings.modelWidth), Float(settings.modelHeight))
        var candidates: [Candidate] = []
        for cell in 0..<cells where base[cell] >= least {
            guard let best = ScoreScan.largest(base + 5 * cells + cell, count: classes, stride: cells) else { continue }
            let score = pow(base[cell], 0.6) * pow(best.value, 0.4)
            guard score >= minimumScore else { continue }
            let (row, column) = cell.quotientAndRemainder(dividingBy: columns)
            let box = Corners(
                centerX: (tanh(base[cells + cell]) + Float(column)) / Float(columns) * width,
                y: (tanh(base[2 * cells + cell]) + Float(row)) / Float(rows) * height,
                width: sigmoid(base[3 * cells + cell]) * width, height: sigmoid(base[4 * cells + cell]) * height)
            candidates.append(Candidate(box: box, score: score, classID: best.index))
        }
        return candidates
    }

    /// Objectness decides whether there is a box, one class among many names it, and boxes may be off by a lot. The model has the classes'
    /// logits in a tensor of their own, for its softmax: a few of them matter, and with the power of 0.4.
    func channelWeights(_ channels: Int) -> [Float]? {
        let classes = settings.knownClassCount ?? channels - 5
        if channels == classes { return Array(repeating: 0.02 / Float(classes), count: classes) }
        guard channels == classes + 5 else { return nil }
        return [0.6, 0.0075, 0.0075, 0.0075, 0.0075] + Array(repeating: 0.3 / Float(classes), count: classes)
    }
}
