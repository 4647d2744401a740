/// A head that finds boxes: candidates first, suppression and names after.
protocol DetectionHead: Head {
    var settings: DetectionSettings { get }
    /// Boxes that pass the threshold, before suppression.
    func candidates(_ outputs: [NamedTensor]) throws(VisionError) -> [Candidate]
}

extension DetectionHead {
    func decode(_ outputs: [NamedTensor], placement: Placement) throws(VisionError) -> HeadResult {
        settings.finish(try candidates(outputs), placement)
    }

    /// Candidates are looked at down to a thirtieth of certainty: below, no plausible change makes a box.
    func watch(_ outputs: [NamedTensor]) throws(VisionError) -> Watch { .candidates(try candidates(outputs)) }

    /// The mean entropy of "it is this, or it is not" over the objects that pass the threshold, each counted once. Nothing in sight is
    /// nothing in doubt: 0. With a threshold below the reported one, what is nearly an object counts as doubt.
    func uncertainty(_ outputs: [NamedTensor]) throws(VisionError) -> Double? {
        let objects = settings.suppression(try candidates(outputs).filter { $0.score.isFinite && !$0.box.hasNaN })
        guard !objects.isEmpty else { return 0 }
        return objects.reduce(0.0) { $0 + Entropy.binary($1.score) } / Double(objects.count)
    }
}
