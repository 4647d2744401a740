/// How many frames of each second of an input were looked at, and for what that is too few.
package enum RecordedRate {
    /// Frames a second below which boxes of a vehicle that passes do not overlap from one frame to the next, so that it is followed as two.
    package static let least = 5.0
    private static let fast: Set = ["car", "truck", "bus", "motorbike", "motorcycle", "bicycle", "train", "van", "vehicle"]

    /// Whether objects of this class move fast.
    package static func isFast(_ label: String) -> Bool { fast.contains(label.lowercased()) }

    /// - Parameter cameras: whose fast objects were looked at too seldom, and how often a second.
    /// - Returns: what to say of them; nil without any.
    package static func warning(_ cameras: [(name: String, rate: Double)]) -> String? {
        guard let slowest = cameras.map(\.rate).min() else { return nil }
        let rate = slowest > 0 ? "with \(numberText(slowest, decimals: 1)) frames a second" : "with key frames only"
        return "\(Set(cameras.map(\.name)).sorted().joined(separator: ", ")): \(rate), vehicles that pass are lost and found again, "
            + "and may be counted twice: run infer with --fps 5 or more"
    }
}

extension BeginRecord {
    /// Frames that were looked at in a second of the video; 0 of key frames only, nil where it is not known.
    package var framesPerSecond: Double? {
        if options.keyFrames == true { return 0 }
        guard let rate = video?.fps, rate.isFinite, rate > 0 else { return options.fps }
        return min(rate / Double(max(1, options.every ?? 1)), options.fps ?? .infinity)
    }
}
