import CFFmpeg
import Glibc
import Synchronization

/// Keeps FFmpeg's last warning or error line of one input, without the input's secrets.
///
/// FFmpeg logs through one process-wide callback. Lines are told apart by the `opaque` field of the
/// format or codec context that logs, which holds the log's number. Protocols (HTTP, TCP) log from contexts of
/// their own, but on the thread that reads: such lines go to the log that this thread last claimed.
/// Nothing is ever printed.
final class FFmpegLog: Sendable {
    private let line = Mutex("")
    private let missing = Atomic<Int>(0)
    private let redaction: Redaction
    private let number: Int

    init(_ redaction: Redaction) {
        self.redaction = redaction
        _ = Self.installed
        number = Self.next.wrappingAdd(1, ordering: .relaxed).newValue
        let entry = Weak(log: self)
        Self.logs.withLock { $0[number] = entry }
    }

    deinit { Self.logs.withLock { [number] in $0[number] = nil } }

    /// To be stored in `AVFormatContext.opaque` and `AVCodecContext.opaque`. A number, never dereferenced.
    var opaque: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: number) }

    /// Makes this log the one for lines without a context on the current thread.
    func claimThread() { Self.threads.withLock { $0[Self.thread] = number } }

    func releaseThread() { Self.threads.withLock { $0[Self.thread] = nil } }

    /// The last line, without FFmpeg's trailing newline.
    var last: String { redaction.apply(to: line.withLock { $0 }) }

    /// Pictures that the decoder needed and did not have. It makes something up for them, and says so nowhere but here.
    var missingReferences: Int { missing.load(ordering: .relaxed) }

    func clear() { line.withLock { $0 = "" } }

    // MARK: - The process-wide part

    private struct Weak: Sendable { weak let log: FFmpegLog? }

    private static let next = Atomic<Int>(0)
    private static let logs = Mutex<[Int: Weak]>([:])
    private static let threads = Mutex<[Int: Int]>([:])
    private static var thread: Int { Int(bitPattern: pthread_self()) }

    private static let installed: Void = av_log_set_callback { context, level, format, arguments in
        // The callback, not av_log_set_level, has to filter: FFmpeg hands every line to a custom one.
        guard (level & 0xff) <= AV_LOG_WARNING, let format else { return }
        // A va_list imports as optional on x86-64 and not on arm64; this accepts both.
        let list: CVaListPointer? = arguments
        guard let list else { return }
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            vsnprintf(buffer.baseAddress!, buffer.count, format, list)
            return String(cString: buffer.baseAddress!)
        }
        FFmpegLog.record(text, from: context)
    }

    private static func record(_ text: String, from context: UnsafeMutableRawPointer?) {
        // Lines come in pieces now and then; a bare newline or full stop says nothing.
        guard text.contains(where: \.isLetter), let end = text.lastIndex(where: { !$0.isWhitespace }) else { return }
        let own = context.flatMap(number(of:))
        guard let number = own ?? threads.withLock({ $0[thread] }), let log = logs.withLock({ $0[number]?.log })
        else { return }
        // RTSP names its connection with a setting of FFmpeg's own behind the address.
        let line = String(text[...end].map { $0.isNewline ? " " : $0 }).replacing(/\?timeout=-?[0-9]+/, with: "")
        // HEVC and H.264. The decoders that FFmpeg makes for itself, to know the streams, have no number.
        let signs = ["Could not find ref with POC", "Missing reference picture", "reference picture missing"]
        if own != nil, signs.contains(where: line.hasPrefix) { log.missing.add(1, ordering: .relaxed) }
        log.line.withLock { $0 = line }
    }

    /// What ``opaque`` of the context holds; `nil` for none, and for contexts of another kind.
    private static func number(of context: UnsafeMutableRawPointer) -> Int? {
        // Every logging context starts with a pointer to its class.
        let kind = context.load(as: UnsafePointer<AVClass>?.self)
        var opaque: UnsafeMutableRawPointer?
        if kind == avcodec_get_class() {
            opaque = context.assumingMemoryBound(to: AVCodecContext.self).pointee.opaque
        } else if kind == avformat_get_class() {
            opaque = context.assumingMemoryBound(to: AVFormatContext.self).pointee.opaque
        }
        return opaque.map { Int(bitPattern: $0) }
    }
}
