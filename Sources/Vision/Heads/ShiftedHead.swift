import Glibc

/// A detector whose classes need different scores to be as often right: each class's scores are shifted, so that one least score serves all.
///
/// A shift is added to the log-odds of a score, which keeps the order of a class's objects.
struct ShiftedHead: Head {
    let head: any Head
    /// By class number; classes without one keep their scores.
    let shifts: [Int: Float]

    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult {
        let result = try head.decode(outputs, placement: placement, minimumScore: unshifted(minimumScore))
        guard case .detections(let all) = result else { return result }
        let reported = all.compactMap { detection -> Detection? in
            let score = shifted(detection.score, detection.classID)
            guard score >= minimumScore else { return nil }
            return Detection(
                classID: detection.classID, label: detection.label, score: score, box: detection.box, shape: detection.shape)
        }
        return .detections(reported.sorted { $0.score > $1.score })
    }

    func decisionRegions(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> DecisionRegions {
        let regions = try head.decisionRegions(outputs, minimumScore: unshifted(minimumScore))
        guard case .candidates(let all) = regions else { return regions }
        return .candidates(
            all.compactMap { candidate in
                var own = candidate
                own.score = shifted(candidate.score, candidate.classID)
                return own.score >= minimumScore ? own : nil
            })
    }

    func uncertainty(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> Double? {
        try head.uncertainty(outputs, minimumScore: minimumScore)
    }

    func channelWeights(_ channels: Int) -> [Float]? { head.channelWeights(channels) }

    private func shifted(_ score: Float, _ classID: Int) -> Float {
        guard let shift = shifts[classID] else { return score }
        return sigmoid(log(score / (1 - score)) + shift)
    }

    /// The least score that a shift may raise to `score`.
    private func unshifted(_ score: Float) -> Float {
        min(score, sigmoid(log(score / (1 - score)) - max(0, shifts.values.max() ?? 0)))
    }
}

extension ShiftedHead {
    /// - Parameter shifts: by the names of classes.
    /// - Throws: code `invalidCard` for a name that is not among the labels.
    init(_ head: any Head, _ shifts: [String: Double], labels: Labels) throws(VisionError) {
        var numbered: [Int: Float] = [:]
        for (name, shift) in shifts {
            guard let number = labels.names.firstIndex(of: name) else {
                throw VisionError(
                    .invalidCard, "'score_shifts' names the class '\(name)', which is not among the labels: correct or remove it")
            }
            numbered[number] = Float(shift)
        }
        self.init(head: head, shifts: numbered)
    }
}
