import Glibc

/// Where records go. One sink belongs to one thread, unless it says otherwise.
public protocol RecordSink: AnyObject {
    /// - Throws: `OutputError`; the records before are out.
    func write(_ record: some Record) throws(OutputError)
    /// Completes what time alone has made complete: for when no record comes. Costs next to nothing.
    func completeDue() throws(OutputError)
    /// Ends the output. Some file systems report a full disk only here.
    func close() throws(OutputError)
}

extension RecordSink {
    public func completeDue() {}
}

/// Writes records as JSON Lines to a file descriptor.
///
/// Every record is handed to the system at once, by one call: readers of a pipe never wait for a block to fill, a file can be
/// followed and holds whole lines, and what was produced before a crash is there. It costs a few microseconds a record.
/// SIGPIPE must be ignored by the process.
public final class RecordWriter: RecordSink {
    private let descriptor: Int32
    private let encoder = OrderedEncoder()
    private let compressor: Compressor?

    /// - Parameter descriptor: open for writing; stays open.
    public init(descriptor: Int32, isCompressed: Bool = false) {
        (self.descriptor, compressor) = (descriptor, isCompressed ? Compressor() : nil)
    }

    public func write<R: Record>(_ record: R) throws(OutputError) {
        encoder.encode(record, type: R.type)
        encoder.endLine()
        try writeAll(compressor?.add(encoder.text.bytes, .more) ?? encoder.text.bytes, to: descriptor)
    }

    /// Writes what the compressor still holds; what follows is a frame of its own.
    public func close() throws(OutputError) {
        if let compressor { try writeAll(compressor.add([], .end), to: descriptor) }
    }
}

/// Why output could not be written.
public struct OutputError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The reader went away (`| head`): not a failure, but the end of the work.
        case closed
        /// There is no room at present.
        case full
        /// Another process writes it.
        case locked
        /// No such folder, …
        case failed
    }

    public let code: Code
    public let message: String

    public init(code: Code, message: String) { (self.code, self.message) = (code, message) }

    public init(errno: Int32) {
        code =
            switch errno {
            case EPIPE: .closed
            case ENOSPC, EDQUOT: .full
            default: .failed
            }
        message = String(cString: strerror(errno))
    }

    public var description: String { message }
}

/// Writes all of `bytes`, also to a descriptor that does not block: then it waits until there is room.
/// - Throws: `OutputError`; some of the bytes may be out.
public func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(OutputError) {
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
        if count >= 0 {
            written += count
        } else if errno == EAGAIN {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&ready, 1, -1)
        } else if errno != EINTR {
            throw OutputError(errno: errno)
        }
    }
}
