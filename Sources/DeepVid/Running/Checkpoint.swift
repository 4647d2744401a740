import Results
import Video

/// Everything that the rest of an input's run depends on, between two frames: from here another process goes on with the
/// same records.
///
/// A run that makes checkpoints does so by going on from its own: input and analyzer are made anew, so that what is not in
/// here is lost to it as well, and records do not depend on whether it was interrupted.
struct Checkpoint: Codable, Sendable {
    /// Where the input is read on.
    var point: ResumePoint
    /// Of the first frame from there.
    var fingerprint: UInt64
    var analyzer: AnalyzerState
    var recording: Recording.State
    var tally: Tally

    /// Frame records before it.
    var frames: Int { tally.frames }
}

/// When to make checkpoints, and what to do with them.
struct Checkpointing {
    /// Least number of frame records from one to the next. Each costs reopening the input, and a frame without reuse.
    let interval: Int
    /// Must make sure that the records before it are safe first.
    let keep: (Checkpoint) throws(OutputError) -> Void
}
