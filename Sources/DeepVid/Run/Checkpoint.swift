import Models
import Video

/// Everything that the rest of an input's run depends on, between two frames: from here another process goes on with the
/// same results.
///
/// A run that makes checkpoints does so by going on from its own: input and analyzers are made anew, so that what is not in
/// here is lost to it as well, and results do not depend on whether it was interrupted.
package struct Checkpoint: Codable, Sendable {
    /// Where the input is read on.
    var point: ResumePoint
    /// Of the first frame from there.
    var fingerprint: UInt64
    /// Of each worker, or of the one analyzer.
    var analyzers: [AnalyzerState]
    var stages: OutputStages.State
    var tally: Tally
    /// Nil where all is decoded.
    var decoding: ActiveDecoding.State?

    /// Frames before it.
    package var frames: Int { tally.frames }
}

/// When to make checkpoints, and what to do with them.
package struct Checkpointing<Failure: Error> {
    /// Least number of frames from one to the next. Each costs reopening the input, and a frame without reuse.
    let interval: Int
    /// That the run goes on with.
    let model: Model
    /// Must make sure that the results before it are safe first.
    let keep: (Checkpoint) throws(Failure) -> Void

    package init(interval: Int, model: Model, keep: @escaping (Checkpoint) throws(Failure) -> Void) {
        (self.interval, self.model, self.keep) = (interval, model, keep)
    }
}

extension Frame {
    /// A hash of the picture, the same in every process: tells whether a frame was decoded to the same picture as before.
    ///
    /// - Complexity: constant; takes in 128 × 128 samples.
    func fingerprint() throws(DeepVidError) -> UInt64 {
        let side = 128
        var pixels = [UInt8](repeating: 0, count: 3 * side * side)
        var failure: VideoError?
        pixels.withUnsafeMutableBufferPointer { pixels in
            do throws(VideoError) { try PixelSampler(width: side, height: side).sample(self, into: pixels) } catch { failure = error }
        }
        if let failure { throw DeepVidError(failure) }
        // FNV-1a.
        return pixels.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
