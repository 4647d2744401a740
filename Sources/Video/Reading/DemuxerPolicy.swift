import CFFmpeg

/// Which of FFmpeg's demuxers an input may use.
///
/// Some "formats" are lists of other inputs: a file with `#EXTM3U` or `ffconcat version 1.0` in it, whatever its
/// name, makes FFmpeg open what the list names. An untrusted clip could so make the process read any file or reach
/// any host. They are therefore refused for local files and standard input, by three independent means:
/// the probed demuxer is checked before it runs; `AVFormatContext.io_open` refuses every second input; and no protocol is
/// allowed. Over the network, HLS and DASH are what cameras serve; they are allowed, and reach network protocols only.
enum DemuxerPolicy {
    /// Lists, scripts and drawings that embed other files; never allowed for the bytes of a file.
    private static let lists: Set<String> = [
        "hls", "dash", "concat", "concatf", "imf", "sdp", "rtsp", "rtp", "rtp_mpegts", "sap", "webm_dash_manifest",
        "avisynth", "vapoursynth", "vobsub", "lavfi", "ffmetadata", "image2", "svg_pipe",
    ]

    /// Lists that a network stream may be.
    private static let networkLists: Set<String> = ["hls", "dash", "rtsp", "rtp", "rtp_mpegts", "sdp", "sap"]

    /// The reason why the demuxer called `names` (FFmpeg's comma-separated aliases) may not read a file.
    static func refusal(ofFileFormat names: String) -> String? {
        guard names.split(separator: ",").contains(where: { lists.contains(String($0)) }) else { return nil }
        return "the file is a '\(names)' playlist, script or drawing, which names other inputs, and is not opened; "
            + "give the video itself"
    }

    /// Every demuxer's name that a network input may use, for FFmpeg's `format_whitelist`.
    static let networkFormats: String = {
        var names: [String] = []
        var state: UnsafeMutableRawPointer?
        while let demuxer = av_demuxer_iterate(&state) {
            for name in String(cString: demuxer.pointee.name).split(separator: ",").map(String.init)
            where !lists.contains(name) || networkLists.contains(name) {
                names.append(name)
            }
        }
        return names.joined(separator: ",")
    }()
}
