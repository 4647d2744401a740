import Tensors

extension HeadKind {
    /// Boxes, labels and scores of what was found, one output each.
    public static let boxes = HeadKind(
        "boxes", "torchvision's detectors; RT-DETR, D-FINE with post-processing: boxes [N, 4], labels [N], scores [N]", defaults: (0.5, 1),
        keys: [.outputs], input: InputCard(std: [255, 255, 255], resize: .stretch),
        template: { $0.labels = .carried(.coco91) },
        known: [
            KnownModel(
                "RT-DETR or D-FINE with post-processing (RGB/255, stretched)",
                adjust: { card, model in card.labels = model.hints.vectorLengths.contains(80) ? .coco80 : nil }
            ) { model in
                model.channels == 3 && model.hints.sideInputs.contains("orig_target_sizes") && model.outputs.count == 3
                    && ["labels", "boxes", "scores"].allSatisfy { model.output($0) != nil }
            },
            KnownModel(
                "torchvision detector (RGB/255, stretched)",
                adjust: { card, model in
                    // Class scores are given for each anchor of a place, of which torchvision has up to 9.
                    let isCOCO = (1...9).contains { model.hints.vectorLengths.contains(91 * $0) }
                    card.labels = isCOCO ? .carried(.coco91) : nil
                }
            ) { model in
                // Boxes come first, of labels and scores either; only the labels are whole numbers.
                let outputs = model.outputs
                return model.channels == 3 && model.hints.sideInputs.isEmpty && outputs.count == 3 && outputs.count(where: \.isWhole) == 1
                    && !outputs[0].isWhole && outputs.allSatisfy(\.dependsOnData) && model.hints.scaling?.pictureRange == 1
            },
        ],
        resembles: { outputs in outputs.count == 3 && outputs.count(where: \.isWhole) == 1 },
        makeHead: { card, settings in ListedHead(settings: settings, names: card.outputs ?? [:]) })
}

/// What was found, in three outputs: boxes [N, 4] by their edges in model pixels, labels [N] and scores [N]; or the same with a batch of 1.
struct ListedHead: DetectionHead {
    let settings: HeadSettings
    /// Role (`boxes`, `labels`, `scores`) to output name, where they differ.
    let names: [String: String]

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard let (boxes, labels, scores) = find(outputs) else {
            throw settings.unexpected(reads: "boxes N×4, labels N and scores N", outputs)
        }
        let classes = settings.knownClassCount ?? 65536
        var candidates: [Candidate] = []
        for index in 0..<boxes.rows {
            guard scores[index] >= minimumScore, let classID = labels(index), (0..<65536).contains(classID) else { continue }
            guard classID < classes else {
                throw VisionError(
                    .invalidLabels, "the model gives class \(classID), but there are \(classes) labels: list one for each class")
            }
            let row = boxes.row(index)
            let box = Corners(left: row[0], top: row[1], right: row[2], bottom: row[3])
            candidates.append(Candidate(box: box, score: scores[index], classID: classID))
        }
        return candidates
    }

    /// By name where an output has it, else the first that fits.
    private func find(
        _ outputs: [NamedTensor]
    ) -> (boxes: OutputRows, labels: (Int) -> Int?, scores: UnsafePointer<Float>)? {
        func named(_ role: String) -> Tensor? { outputs.first { $0.name == names[role] ?? role }?.tensor }
        func isFlat(_ tensor: Tensor, _ count: Int) -> Bool {
            tensor.shape.elementCount == count && tensor.shape.dims.dropLast().allSatisfy { $0 == 1 }
        }
        let tensors = outputs.map(\.tensor)
        guard let boxes = (named("boxes") ?? tensors.first { OutputRows($0)?.columns == 4 }).flatMap({ OutputRows($0) }),
            boxes.columns == 4,
            let labels = named("labels") ?? tensors.first(where: { $0.elementType != .float32 && isFlat($0, boxes.rows) }),
            let scores = named("scores") ?? tensors.first(where: { $0.elementType == .float32 && isFlat($0, boxes.rows) }),
            isFlat(labels, boxes.rows), isFlat(scores, boxes.rows), let values = scores.floats
        else { return nil }
        guard labels.elementType == .float32 else { return (boxes, { labels.integer(at: $0) }, values) }
        let all = labels.pointer(of: Float.self)
        return (boxes, { Int(exactly: all[$0]) }, values)
    }
}
