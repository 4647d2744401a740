import Video

/// How far an input is.
public struct Progress: Sendable {
    /// Frame records so far.
    public let frames: Int
    /// 0…1; nil when the length is not known (cameras, pipes).
    public let fraction: Double?

    /// Of inputs without an end.
    init(frames: Int) { (self.frames, fraction) = (frames, nil) }

    init(frames: Int, at frame: Frame, of info: StreamInfo, _ options: VideoOptions) {
        self.frames = frames
        var shares: [Double] = []
        if let limit = options.maxFrames { shares.append(Double(frames) / Double(limit)) }
        let rest = info.duration.map { $0 - options.start }
        if let length = [options.duration, rest].compactMap(\.self).min(), length > 0, let now = frame.ptsSeconds {
            shares.append((now - (info.startSeconds ?? 0) - options.start) / length)
        }
        fraction = shares.max().map { min(max($0, 0), 1) }
    }
}
