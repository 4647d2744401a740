/// What every detection head needs besides its own layout.
struct DetectionSettings: Sendable {
    let labels: Labels
    /// Lowest score reported, 0…1.
    let threshold: Float
    let suppression: Suppression
    /// As the card says; nil when the outputs decide.
    let classCount: Int?
    let modelWidth, modelHeight: Int

    /// Throws unless the outputs' number of classes is what card and labels say.
    func check(classes: Int) throws(VisionError) {
        if let classCount, classCount != classes {
            throw VisionError(
                .unexpectedOutput, "the card says num_classes \(classCount), but the outputs have \(classes): correct or remove it")
        }
        try labels.check(classes: classes)
    }

    /// Suppresses, maps back to the source and names what is left.
    func finish(_ candidates: [Candidate], _ placement: Placement) -> HeadResult {
        let usable = candidates.compactMap { candidate -> Candidate? in
            guard candidate.score.isFinite, !candidate.box.hasNaN else { return nil }
            var limited = candidate
            limited.box = candidate.box.limited(width: modelWidth, height: modelHeight)
            limited.score = min(candidate.score, 1)
            return limited
        }
        let detections = suppression(usable).compactMap { candidate -> Detection? in
            guard let box = placement.sourceBox(candidate.box) else { return nil }
            return Detection(classID: candidate.classID, label: labels[candidate.classID], score: candidate.score, box: box)
        }
        return .detections(detections)
    }
}
