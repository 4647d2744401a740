import FileNames
import Glibc

/// Writes records as JSON Lines to a file descriptor.
///
/// Every record is handed to the system at once, by one call: readers of a pipe never wait for a block to fill, a file can be
/// followed and holds whole lines, and what was produced before a crash is there. It costs a few microseconds a record.
///
/// Not thread-safe: one writer belongs to one thread. SIGPIPE must be ignored by the process.
public final class RecordWriter: RecordSink {
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private var text = JSONText()

    /// - Parameter descriptor: open for writing; stays open.
    public init(descriptor: Int32) { (self.descriptor, ownsDescriptor) = (descriptor, false) }

    /// Creates or truncates the file at `path`.
    /// - Throws: `OutputError` when it cannot be opened.
    public init(path: String) throws(OutputError) {
        descriptor = open(path.fileName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        ownsDescriptor = true
    }

    public func write(_ record: some Record) throws(OutputError) {
        text.removeAll()
        record.write(to: &text)
        text.endLine()
        let failure = text.bytes.withUnsafeBytes(writeAll)
        if let failure { throw failure }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) -> OutputError? {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                return OutputError(errno: errno)
            }
        }
        return nil
    }

    /// Writes bytes that are records in another form, such as compressed.
    public func write(_ bytes: [UInt8]) throws(OutputError) {
        if let failure = bytes.withUnsafeBytes(writeAll) { throw failure }
    }

    /// Closes what this writer opened.
    public func close() throws(OutputError) {
        if ownsDescriptor, Glibc.close(descriptor) != 0 { throw OutputError(errno: errno) }
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

    public init(code: Code, message: String) { (self.code, self.message) = (code, message) }

    public init(errno: Int32) {
        code = errno == EPIPE ? .closed : .failed
        message = String(cString: strerror(errno))
    }

    public var description: String { message }
}
