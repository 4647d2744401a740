import CFFmpeg
import Glibc

/// Cameras of this machine, through FFmpeg's libavdevice.
///
/// It is loaded when the first camera is opened, if it is there: it draws in libraries for screens and sound, which servers
/// without cameras have no use for.
enum DeviceInput {
    /// - Throws: ``VideoError/Code/unsupported`` where FFmpeg has no V4L2.
    static func demuxer(url: String) throws(VideoError) -> UnsafePointer<AVInputFormat> {
        _ = registered
        guard let found = av_find_input_format("video4linux2") else {
            throw VideoError(
                .unsupported, "this FFmpeg cannot read cameras; install \(library) (Debian: libavdevice\(LIBAVFORMAT_VERSION_MAJOR))",
                url: url)
        }
        return found
    }

    /// The libraries of one FFmpeg share their number.
    private static let library = "libavdevice.so.\(LIBAVFORMAT_VERSION_MAJOR)"

    private static let registered: Bool = {
        guard let handle = dlopen(library, RTLD_NOW), let symbol = dlsym(handle, "avdevice_register_all") else { return false }
        unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)()
        return true
    }()
}
