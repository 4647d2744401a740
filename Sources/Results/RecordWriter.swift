import Glibc

/// Writes records as JSON Lines to a file descriptor.
///
/// A pipe, socket or terminal gets every record at once. A regular file gets them in blocks, but never half a
/// line and never more than a second late, so a file being written can be followed, and what was produced before
/// a crash is there.
///
/// Not thread-safe: one writer belongs to one thread. SIGPIPE must be ignored by the process.
public final class RecordWriter {
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private let flushesEachRecord: Bool
    private var pending: [UInt8] = []
    private var text = JSONText()
    private var lastFlush = ContinuousClock.now

    private static let blockSize = 1 << 16

    /// - Parameter descriptor: open for writing; closed on `close()` only if this writer opened it.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
        ownsDescriptor = false
        flushesEachRecord = !Self.isRegularFile(descriptor)
    }

    /// Creates or truncates the file at `path`.
    /// - Throws: `OutputError` when it cannot be opened.
    public init(path: String) throws(OutputError) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        ownsDescriptor = true
        flushesEachRecord = !Self.isRegularFile(descriptor)
    }

    /// - Throws: `OutputError`; records written before are out or were reported as failed before.
    public func write(_ record: some Record) throws(OutputError) {
        text.removeAll()
        record.write(to: &text)
        pending.append(contentsOf: text.bytes)
        pending.append(UInt8(ascii: "\n"))
        if flushesEachRecord || pending.count >= Self.blockSize || lastFlush.duration(to: .now) > .seconds(1) {
            try flush()
        }
    }

    /// Hands everything over to the system.
    public func flush() throws(OutputError) {
        var failure: OutputError?
        pending.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if errno != EINTR {
                    failure = OutputError(errno: errno)
                    return
                }
            }
        }
        // After a failure the rest is kept from being written twice or half: the stream is at an end.
        pending.removeAll(keepingCapacity: true)
        lastFlush = .now
        if let failure { throw failure }
    }

    /// Flushes, and closes what this writer opened. Some file systems report a full disk only here.
    public func close() throws(OutputError) {
        try flush()
        if ownsDescriptor, Glibc.close(descriptor) != 0 { throw OutputError(errno: errno) }
    }

    private static func isRegularFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && (status.st_mode & S_IFMT) == S_IFREG
    }
}

/// Why records could not be written.
public struct OutputError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The reader went away (`| head`): not a failure, but the end of the work.
        case closed
        /// Disk full, no such folder, …
        case failed
    }

    public let code: Code
    public let message: String

    init(errno: Int32) {
        code = errno == EPIPE ? .closed : .failed
        message = String(cString: strerror(errno))
    }

    public var description: String { message }
}
