import Video

/// How a browser gets to show a clip.
package struct Playback: Sendable, Equatable {
    package let path: String
    /// Why browsers cannot play it; nil if they can.
    package let problem: String?
    /// Whether its video has to be put into another container first.
    package let isRepacked: Bool

    /// What the common browsers play in these files; HEVC is left to few of them.
    private static let codecs: Set = ["h264", "vp8", "vp9", "av1"]
    private static let types = ["mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/mp4", "webm": "video/webm"]

    /// - Parameter codec: FFmpeg's name of it; nil if it is not known.
    init(path: String, codec: String?) {
        self.path = path
        problem = codec.flatMap { Self.codecs.contains($0) ? nil : "its video is \($0), which browsers do not play" }
        isRepacked = problem == nil && Self.types[Self.suffix(path)] == nil
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
        guard events.indices.contains(number) else { return nil }
        let event = events[number]
        return try? inputs[event.input].crop(of: event.place, clip: clip(of: event.input))
    }

    /// Seconds that are shown before an event, and after it; of a long one, its beginning.
    private static let (before, after, longest) = (2.0, 5.0, 60.0)

    /// Puts the moment of an event into a container that browsers play, without encoding anything.
    ///
    /// - Parameter name: of the file, without an ending.
    /// - Returns: the file, and its type; nil where there is no such clip.
    /// - Throws: when the clip cannot be read, or is another one, and when the file cannot be written.
    package func cutMoment(ofEvent number: Int, to name: String) throws(VideoError) -> (path: String, type: String)? {
        guard events.indices.contains(number), let playback = try checkedPlayback(ofInput: events[number].input) else { return nil }
        let object = object(events[number]), first = max(0, object.first - Self.before)
        let last = min(object.last, object.first + Self.longest) + Self.after
        let cutter = try ClipCutter(playback.path, stream: inputs[events[number].input].options?.stream)
        guard let clip = try cutter.cut(first...max(first, last), to: name) else { return nil }
        return (clip.path, clip.path.hasSuffix(".mp4") ? "video/mp4" : "video/x-matroska")
    }
}
