import CFFmpeg
import Glibc

/// Which of FFmpeg's demuxers an input may use.
///
/// Some "formats" are lists of other inputs: a file with `#EXTM3U` or `ffconcat version 1.0` in it, whatever its
/// name, makes FFmpeg open what the list names. An untrusted clip could so make the process read any file or reach
/// any host. They are therefore refused for local files and standard input, by three independent means:
/// the probed demuxer is checked before it runs; `AVFormatContext.io_open` refuses every second input; and no protocol is
/// allowed. Over the network, HLS and DASH are what cameras serve; they are allowed, and reach network protocols only.
enum Demuxers {
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

    // MARK: - Cameras of this machine

    /// The demuxer for `/dev/video0` and its like, of FFmpeg's libavdevice.
    ///
    /// The library is loaded when the first camera is opened, if it is there: it draws in libraries for screens and sound, which servers
    /// without cameras have no use for.
    /// - Throws: ``VideoError/Code/unsupported`` where FFmpeg has no V4L2.
    static func camera(url: String) throws(VideoError) -> UnsafePointer<AVInputFormat> {
        _ = hasDevices
        guard let found = av_find_input_format("video4linux2") else {
            throw VideoError(
                .unsupported,
                "this FFmpeg cannot read cameras; install \(deviceLibrary) (Debian: libavdevice\(LIBAVFORMAT_VERSION_MAJOR))", url: url)
        }
        return found
    }

    /// The libraries of one FFmpeg share their number.
    private static let deviceLibrary = "libavdevice.so.\(LIBAVFORMAT_VERSION_MAJOR)"

    private static let hasDevices: Bool = {
        guard let handle = dlopen(deviceLibrary, RTLD_NOW), let symbol = dlsym(handle, "avdevice_register_all") else { return false }
        unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)()
        return true
    }()
}
