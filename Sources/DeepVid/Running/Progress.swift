import Video

/// How far an input is.
public struct Progress: Sendable {
    /// Frame records so far.
    public let frames: Int
    /// 0…1; nil when the length is not known (cameras, pipes).
    public let fraction: Double?

    /// Seconds of video so far, from `VideoOptions.start`; nil without time stamps.
    public let videoSeconds: Double?
    /// Mean share of the multiply-accumulates that were not computed; nil with `--cache off`.
    public let reused: Double?

    /// Of inputs without an end.
    init(frames: Int) { (self.frames, fraction, videoSeconds, reused) = (frames, nil, nil, nil) }

    package init(frames: Int, reused: Double? = nil, at frame: FrameFacts, of info: StreamInfo, _ options: VideoOptions) {
        (self.frames, self.reused) = (frames, reused)
        videoSeconds = frame.ptsSeconds.map { $0 - (info.startSeconds ?? 0) - options.start }
        var shares: [Double] = []
        if let limit = options.maxFrames { shares.append(Double(frames) / Double(limit)) }
        let rest = info.duration.map { $0 - options.start }
        if let length = [options.duration, rest].compactMap(\.self).min(), length > 0, let videoSeconds {
            shares.append(videoSeconds / length)
        }
        fraction = shares.max().map { min(max($0, 0), 1) }
    }
}
