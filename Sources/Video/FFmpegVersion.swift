import CFFmpeg

/// The version of the FFmpeg that runs, such as `5.1.8-0+deb12u1`: which frames a damaged file gives, and their pixels, can depend on it.
package var ffmpegVersion: String { String(cString: av_version_info()) }
