/// A head that finds boxes: candidates first, suppression and names after.
protocol DetectionHead: Head {
    var settings: HeadSettings { get }
    /// Boxes that score at least `minimumScore`, before suppression.
    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate]
    /// Leaves one candidate of those that are one object, by falling score.
    func suppressed(_ candidates: [Candidate], _ outputs: [NamedTensor]) -> [Candidate]
    /// What the outputs say of an object besides its box.
    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape?
}

extension DetectionHead {
    func suppressed(_ candidates: [Candidate], _ outputs: [NamedTensor]) -> [Candidate] { settings.suppression(candidates) }
    func shape(of candidate: Candidate, _ outputs: [NamedTensor], _ placement: Placement) -> ObjectShape? { nil }

    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult {
        let usable = try usableCandidates(outputs, minimumScore: minimumScore).map { candidate in
            var limited = candidate
            limited.box = candidate.box.limited(width: settings.modelWidth, height: settings.modelHeight)
            limited.score = min(candidate.score, 1)
            return limited
        }
        let detections = suppressed(usable, outputs).compactMap { candidate -> Detection? in
            guard let box = placement.sourceBox(candidate.box) else { return nil }
            let shape = shape(of: candidate, outputs, placement)
            // As Ultralytics has it, what has no pixel is no object.
            if case .mask(let mask)? = shape, mask.area == 0 { return nil }
            return Detection(
                classID: candidate.classID, label: settings.labels[candidate.classID], score: candidate.score, box: box, shape: shape)
        }
        return .detections(detections)
    }

    /// Those that can be objects: a box that is turned inside out is none, and takes no other's place.
    private func usableCandidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        try candidates(outputs, minimumScore: minimumScore).filter { $0.score.isFinite && !$0.box.hasNaN && $0.box.area > 0 }
    }

    func decisionRegions(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> DecisionRegions {
        .candidates(try candidates(outputs, minimumScore: minimumScore))
    }

    /// The mean entropy of "it is this, or it is not" over the objects, each counted once; 0 where there is none. With a
    /// minimum below the reported score, what is nearly an object counts as doubt.
    func uncertainty(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> Double? {
        let objects = suppressed(try usableCandidates(outputs, minimumScore: minimumScore), outputs)
        guard !objects.isEmpty else { return 0 }
        return objects.reduce(0.0) { $0 + Entropy.binary($1.score) } / Double(objects.count)
    }
}

/// What a card says to every head, and the size of the model's input in pixels.
struct HeadSettings: Sendable {
    let kind: HeadKind
    let labels: Labels
    let suppression: Suppression
    /// As the card says; nil when the outputs decide.
    let classCount: Int?
    let modelWidth, modelHeight: Int

    /// As the card or the labels say; nil when the outputs decide.
    var knownClassCount: Int? { classCount ?? (labels.names.isEmpty ? nil : labels.names.count) }

    func grid(_ strides: [Int]) -> GridLevels { GridLevels(strides: strides, modelWidth: modelWidth, modelHeight: modelHeight) }

    /// The box whose center and size are given as shares of the input.
    func box(ofShares row: UnsafePointer<Float>) -> Corners {
        let (width, height) = (Float(modelWidth), Float(modelHeight))
        return Corners(centerX: row[0] * width, y: row[1] * height, width: row[2] * width, height: row[3] * height)
    }

    /// Throws unless the outputs' number of classes is what card and labels say.
    func check(classes: Int) throws(VisionError) {
        if let classCount, classCount != classes {
            throw VisionError(
                .unexpectedOutput, "the card says num_classes \(classCount), but the outputs have \(classes): correct or remove it",
                cause: OtherClassCount(classes: classes))
        }
        try labels.check(classes: classes)
    }

    /// For outputs that are not what the head reads.
    func unexpected(reads expected: String, _ outputs: [NamedTensor]) -> VisionError {
        let got = outputs.map { "\($0.name) \($0.tensor.shape) \($0.tensor.elementType)" }.joined(separator: ", ")
        return VisionError(
            .unexpectedOutput,
            "head '\(kind.rawValue)' reads \(expected), but the model gives \(got.isEmpty ? "nothing" : got): "
                + "choose the card's \"head\" (and its parameters) by the model's outputs")
    }
}

extension ModelCard {
    /// What is still to be applied to each score by itself.
    func elementwiseActivation(usually usual: Activation = .none) throws(VisionError) -> Activation {
        guard activation != .softmax else {
            throw VisionError(.invalidCard, "'activation': head '\(head.rawValue)' has no softmax: write \"none\" or \"sigmoid\"")
        }
        return activation ?? usual
    }
}
