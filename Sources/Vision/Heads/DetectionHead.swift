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
}
