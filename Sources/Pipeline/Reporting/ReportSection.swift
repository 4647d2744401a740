import Results

/// What a report says of one input, gathered record by record. Bounded in size, however long the input.
struct ReportSection {
    /// The results file.
    let file: String
    let begin: BeginRecord?
    private(set) var end: EndRecord?
    private(set) var comparison: ComparisonRecord?
    private(set) var bins = TimeBins(limit: 400)
    private(set) var seen = SeenObjects()
    private(set) var appearances = Appearances()
    /// The first breaks of a live input, closed where they were.
    private(set) var gaps: [GapRecord] = []
    private(set) var gapCount = 0
    private(set) var frames = 0
    /// Why the records end before the run's end; nil if they do not.
    var breakOff: String?
    /// Pictures, by the frame that they show.
    var pictures: [Int: [UInt8]] = [:]
    /// Why there are no pictures.
    var pictureProblem: String?

    init(file: String, begin: BeginRecord?) { (self.file, self.begin) = (file, begin) }

    var source: String { begin?.source ?? comparison?.source ?? file }
    var model: BeginRecord.Model? { begin?.model ?? comparison?.model }
    var video: BeginRecord.Video? { begin?.video ?? comparison?.video }
    var options: BeginRecord.Options? { begin?.options ?? comparison?.options }
    var isTracked: Bool { !seen.tracks.isEmpty }

    mutating func add(_ record: FrameRecord) {
        let time = self.time(of: record)
        frames += 1
        let counts = seen.add(record, at: time)
        bins.add(record, at: time, counts: counts)
        appearances.add(record, at: time)
    }

    mutating func add(_ record: EndRecord) { end = record }
    mutating func add(_ record: ComparisonRecord) { comparison = record }

    mutating func add(_ gap: GapRecord) {
        if gap.state == .open {
            gapCount += 1
            if gaps.count < 50 { gaps.append(gap) }
        } else if gapCount == gaps.count, !gaps.isEmpty {
            // It says more than the record that began the gap, but not when it began.
            (gaps[gaps.count - 1].durationS, gaps[gaps.count - 1].attempts) = (gap.durationS, gap.attempts)
        }
    }

    /// Seconds in the clip; of clips without times, as the frame rate has it.
    private func time(of record: FrameRecord) -> Double {
        if let pts = record.ptsS, abs(pts) < 1e9 { return pts }
        let fps = begin?.video?.fps ?? 25
        return Double(record.frame) / (fps.isFinite && fps > 0.001 ? fps : 25)
    }

    // MARK: - Figures

    /// From the first to the last frame, in seconds.
    var span: (first: Double, last: Double)? {
        guard let first = bins.bins.map(\.first).min(), let last = bins.bins.map(\.last).max() else { return nil }
        return (first, last)
    }

    /// Seconds of video that the records speak of, the last frame's own time included.
    var videoSeconds: Double? {
        guard let span, frames > 0 else { return nil }
        return (span.last - span.first) * (frames > 1 ? Double(frames) / Double(frames - 1) : 1)
    }

    var reused: Double? {
        if let reuse = end?.cache?.reused { return reuse }
        let counted = bins.bins.reduce(0) { $0 + $1.reusing }
        return counted > 0 ? bins.bins.reduce(0) { $0 + $1.reused } / Double(counted) : comparison?.reused
    }

    var agreement: Double? { end?.cache?.agreement ?? comparison?.agreement }

    var milliseconds: Double? {
        if let time = end?.timingMs?.total { return time }
        return frames > 0 ? bins.bins.reduce(0) { $0 + $1.total } / Double(frames) : comparison?.cachedMs?.mean
    }

    /// How many times faster than the video plays.
    var speed: Double? {
        guard let end, end.wallS > 0, let videoSeconds, videoSeconds > 0 else { return nil }
        return videoSeconds / end.wallS
    }
}
