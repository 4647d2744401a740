import CFFmpeg
import Glibc
import Synchronization

/// Keeps FFmpeg's last warning or error line of one input.
///
/// FFmpeg logs through one process-wide callback. Lines are told apart by the `opaque` field of the
/// format or codec context that logs, which holds the book's number. Protocols (HTTP, TCP) log from contexts of
/// their own, but on the thread that reads: such lines go to the book that this thread last opened.
/// Nothing is ever printed.
final class LogBook: Sendable {
    private let line = Mutex("")
    private let number: Int

    init() {
        _ = Self.installed
        number = Self.next.wrappingAdd(1, ordering: .relaxed).newValue
        let entry = WeakBook(self)
        Self.books.withLock { $0[number] = entry }
    }

    deinit {
        let number = number
        Self.books.withLock { _ = $0.removeValue(forKey: number) }
    }

    /// To be stored in `AVFormatContext.opaque` and `AVCodecContext.opaque`. A number, never dereferenced.
    var opaque: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: number) }

    /// Makes this book the one for lines without a context on the current thread.
    func claimThread() {
        let thread = Int(bitPattern: pthread_self())
        let number = number
        Self.threads.withLock { $0[thread] = number }
    }

    func releaseThread() {
        let thread = Int(bitPattern: pthread_self())
        Self.threads.withLock { _ = $0.removeValue(forKey: thread) }
    }

    /// The last line, without FFmpeg's trailing newline.
    var last: String { line.withLock { $0 } }

    func clear() { line.withLock { $0 = "" } }

    // MARK: - The process-wide part

    private struct WeakBook: Sendable {
        weak let book: LogBook?
        init(_ book: LogBook) { self.book = book }
    }

    private static let next = Atomic<Int>(0)
    private static let books = Mutex<[Int: WeakBook]>([:])
    private static let threads = Mutex<[Int: Int]>([:])

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
        LogBook.record(text, from: context)
    }

    private static func record(_ text: String, from context: UnsafeMutableRawPointer?) {
        // Lines come in pieces now and then; a bare newline or full stop says nothing.
        guard text.contains(where: \.isLetter), let end = text.lastIndex(where: { !$0.isWhitespace }) else { return }
        guard let number = owner(of: context),
            let book = books.withLock({ $0[number]?.book })
        else { return }
        book.line.withLock { $0 = String(text[...end].map { $0.isNewline ? " " : $0 }) }
    }

    private static func owner(of context: UnsafeMutableRawPointer?) -> Int? {
        if let context {
            // Every logging context starts with a pointer to its class.
            let kind = context.load(as: UnsafePointer<AVClass>?.self)
            var opaque: UnsafeMutableRawPointer?
            if kind == avcodec_get_class() {
                opaque = context.assumingMemoryBound(to: AVCodecContext.self).pointee.opaque
            } else if kind == avformat_get_class() {
                opaque = context.assumingMemoryBound(to: AVFormatContext.self).pointee.opaque
            }
            if let opaque { return Int(bitPattern: opaque) }
        }
        let thread = Int(bitPattern: pthread_self())
        return threads.withLock { $0[thread] }
    }
}
