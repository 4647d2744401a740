import Video

/// How a browser gets to show a clip.
package struct Playback: Sendable, Equatable {
    package let path: String
    /// Why browsers cannot play it; nil if they can.
    package let problem: String?

    /// What the common browsers play in these files; HEVC is left to few of them.
    private static let codecs: Set = ["h264", "vp8", "vp9", "av1"]
    private static let types = ["mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/mp4", "webm": "video/webm"]

    /// - Parameter codec: FFmpeg's name of it; nil if it is not known.
    init(path: String, codec: String?) {
        self.path = path
        if let codec, !Self.codecs.contains(codec) {
            problem = "its video is \(codec), which browsers do not play"
        } else if Self.types[Self.suffix(path)] == nil {
            problem = "browsers do not play .\(Self.suffix(path)) files"
        } else {
            problem = nil
        }
    }

    /// For the header `Content-Type`.
    package var contentType: String { Self.types[Self.suffix(path)] ?? "application/octet-stream" }

    private static func suffix(_ path: String) -> String { String(path.split(separator: ".").last ?? "").lowercased() }
}

extension ReportContent {
    /// Nil where the clip of an input is not there.
    /// What of an input may be given out: results name files, and only what is the video that they tell of is one of theirs.
    /// - Throws: `VideoError` when the file is no video, or another one.
    package func checkedPlayback(ofInput input: Int) throws(VideoError) -> Playback? {
        guard inputs.indices.contains(input), let playback = playback(of: input) else { return nil }
        _ = try inputs[input].open(playback.path)
        return playback
    }

    func playback(of input: Int) -> Playback? {
        clip(of: input).map { Playback(path: $0, codec: inputs[input].video?.codec) }
    }

    /// The JPEG file of an event; nil where there is none.
    package func picture(ofEvent number: Int) -> [UInt8]? {
        guard events.indices.contains(number), let clip = clip(of: events[number].input) else { return nil }
        return try? inputs[events[number].input].crop(of: events[number].place, clip: clip)
    }
}
