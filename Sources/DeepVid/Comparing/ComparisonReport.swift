import Results

/// Outcome of a comparison, with the frames that agree least.
public struct ComparisonReport {
    public var record: ComparisonRecord
    /// Boxes with at least this score need a partner on the other side.
    package let score: Float
    /// Those of `record.worst`.
    package let frames: [WorstFrames.Kept]
}
