/// What `--decode active` came to.
public struct DecodeSummary: Sendable {
    /// Groups of pictures, those of them that were decoded in full, and of these the ones drawn at random.
    public var groups = 0
    public var decodedGroups = 0
    public var drawnGroups = 0
    /// Frames of the input, and those of them that were decoded.
    public var frames = 0
    public var decodedFrames = 0
    /// Why groups were decoded, and how many.
    public var reasons: [(reason: String, groups: Int)] = []
    /// Deviation from the quiet level from which groups are decoded; nil where everything is, for the target was not held.
    public var limit: Double?
    /// Nil where there was nothing to find.
    public var objects: Recall?
    public var events: Recall?

    /// Estimated by the groups that were drawn.
    public struct Recall: Sendable {
        /// Share that was found, 0…1, and its 95 % interval.
        public var estimate: Double
        public var interval: ClosedRange<Double>

        init?(_ estimate: RecallEstimate, typical: Double) {
            guard let recall = estimate.recall, let interval = estimate.interval(typical: typical) else { return nil }
            (self.estimate, self.interval) = (recall, interval)
        }
    }
}
