import CFFmpeg

/// What went wrong with a video input, with everything needed to mend it.
///
/// FFmpeg's numbers never decide anything outside this module: branch on ``code``.
public struct VideoError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. A struct, so that adding one later breaks no `switch`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        private init(_ description: String) { self.description = description }

        /// The options contradict each other or are out of range.
        public static let invalidOptions = Code("invalid options")
        /// No such file, host or stream.
        public static let notFound = Code("not found")
        /// The input exists and cannot be opened or read (permissions, a directory, a network failure).
        public static let unreadable = Code("unreadable")
        /// The input is readable and is not a video that this build understands.
        public static let notVideo = Code("not a video")
        /// The input has streams, but none with pictures.
        public static let noVideoStream = Code("no video stream")
        /// The input names other files or hosts, or needs a protocol that is not allowed here.
        public static let refused = Code("refused")
        /// A codec or pixel format without a decoder or converter in this FFmpeg.
        public static let unsupported = Code("unsupported")
        /// The input ended before its own header says that it does.
        public static let truncated = Code("truncated")
        /// Too many packets in a row could not be decoded.
        public static let damaged = Code("damaged")
        /// The stream became one of another codec, or the source shows another stream in its place.
        public static let changed = Code("changed")
        /// No data within the time-out.
        public static let timedOut = Code("timed out")
        /// The output cannot be made, or the disk is full.
        public static let unwritable = Code("unwritable")
        /// The camera or server refuses the user or the password.
        public static let unauthorized = Code("unauthorized")
        /// ``VideoReader/canceller`` was called.
        public static let cancelled = Code("cancelled")
        /// Memory ran out or FFmpeg broke its own contract.
        public static let internalFailure = Code("internal failure")
    }

    public let code: Code
    /// What failed and how to mend it, in a sentence.
    public let message: String
    /// The input as given, with any password replaced by `***`. Empty when no input is concerned.
    public let url: String
    /// FFmpeg's error number, where FFmpeg reported one.
    public let ffmpegCode: Int32?
    /// FFmpeg's text for ``ffmpegCode``; empty without one.
    public var ffmpegText: String { ffmpegCode.map(describe(ffmpegError:)) ?? "" }
    /// The last line at warning level or above that FFmpeg logged for this input; empty when it logged none.
    public let lastLog: String

    public init(_ code: Code, _ message: String, url: String = "", ffmpegCode: Int32? = nil, lastLog: String = "") {
        (self.code, self.message, self.url, self.ffmpegCode, self.lastLog) = (code, message, url, ffmpegCode, lastLog)
    }

    /// One line: input, message, then FFmpeg's own words in brackets.
    public var description: String {
        var line = url.isEmpty ? message : "\(url): \(message)"
        let details = [ffmpegText, lastLog].filter { !$0.isEmpty }
        if !details.isEmpty { line += " [FFmpeg: \(details.joined(separator: "; "))]" }
        return line
    }
}

/// FFmpeg's text for one of its error numbers.
func describe(ffmpegError code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
        av_strerror(code, text.baseAddress!, text.count)
        return String(cString: text.baseAddress!)
    }
}
