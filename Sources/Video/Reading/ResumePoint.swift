/// A key frame from which an input can be read on as if it had been read from its beginning.
///
/// Comes with a frame (``Frame/resumePoint``) and goes into ``VideoOptions/resume``. Only for regular files, and only
/// valid with the very same file and options.
public struct ResumePoint: Codable, Hashable, Sendable {
    /// The key frame's, in ticks of the stream's time base.
    let pts: Int64
    /// The key frame's ``Frame/index``.
    public let index: Int
    /// Whether the key frame itself is delivered.
    let isChosen: Bool
    /// Frames delivered before.
    let delivered: Int
    let damagedPackets: Int
    let selector: FrameSelector.State
}
