import Tracking
import Video

/// Takes what a run gives, with the name of the run's input.
public typealias RunSink<Failure: Error> = (_ source: String, _ output: RunOutput) throws(Failure) -> Void

/// What a run gives, in this order: `begin`; frames, objects and outages; `end`.
public enum RunOutput: Sendable {
    /// Nil if the input could not be opened; its `end` then says why. The time is nil where it is not known.
    case begin(StreamInfo?, StartTime? = nil)
    case frame(FrameResult)
    /// An event of a followed object, and the frame of the object's best view. The frame is nil unless pictures are taken
    /// (`OutputOptions.snapshots`) of an input that cannot be read again, such as a camera. Events are given instead of frames with
    /// `OutputOptions.Lines.events`, and besides frames with `snapshots` or `tellsEvents`.
    case object(ObjectEvent, Frame? = nil)
    /// A live input broke off.
    case lost(Outage)
    /// Frames come again.
    case back(Outage, StreamInfo)
    case end(RunSummary)
}

/// How far an input is.
public struct RunProgress: Sendable {
    /// Frames so far.
    public let frames: Int
    /// 0…1; nil when the length is not known (cameras, pipes).
    public let fraction: Double?
    /// Seconds of video so far, from `VideoOptions.start`; nil without time stamps.
    public let videoSeconds: Double?
    /// Mean share of the multiply-accumulates that were not computed; nil without reuse.
    public let reused: Double?

    /// Of inputs without an end.
    init(frames: Int) { (self.frames, fraction, videoSeconds, reused) = (frames, nil, nil, nil) }

    package init(frames: Int, reused: Double? = nil, at frame: FrameInfo, of info: StreamInfo, _ options: VideoOptions) {
        (self.frames, self.reused) = (frames, reused)
        videoSeconds = frame.pts.map { $0 - (info.startSeconds ?? 0) - options.start }
        var shares: [Double] = []
        if let limit = options.maxFrames { shares.append(Double(frames) / Double(limit)) }
        let rest = info.duration.map { $0 - options.start }
        if let length = [options.duration, rest].compactMap(\.self).min(), length > 0, let videoSeconds {
            shares.append(videoSeconds / length)
        }
        fraction = shares.max().map { min(max($0, 0), 1) }
    }
}
