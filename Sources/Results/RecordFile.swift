import FileNames
import Glibc

/// Takes records that nobody wants to keep.
public final class RecordDiscard: RecordSink {
    public init() {}
    public func write(_ record: some Record) {}
    public func close() {}
}

/// A file of records that can be added to, and compressed.
public final class RecordFile: RecordSink {
    public enum Opening: Sendable {
        /// What is in the file goes.
        case replace
        /// It stays. A last line that a killed run did not finish is cut off.
        case append
    }

    private let descriptor: Int32
    private let writer: RecordWriter
    private let isCompressed: Bool

    /// - Throws: `OutputError` when the file cannot be opened, is written by another process, or is compressed and not empty, and to be added to: what a killed
    ///   run left of a compressed block cannot be told from damage.
    public init(path: String, _ opening: Opening, isCompressed: Bool = false) throws(OutputError) {
        descriptor = open(path.fileName, O_RDWR | O_CREAT | O_CLOEXEC | (opening == .append ? O_APPEND : 0), 0o666)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        writer = RecordWriter(descriptor: descriptor, isCompressed: isCompressed)
        self.isCompressed = isCompressed
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        // Many may write to a pipe or a device.
        if isRegular { try FileLock.take(descriptor) }
        guard opening == .append else {
            // Not before it is known that nobody else writes it.
            if isRegular, ftruncate(descriptor, 0) != 0 { throw OutputError(errno: errno) }
            return
        }
        let length = lseek(descriptor, 0, SEEK_END)
        if isCompressed, length > 0 {
            throw OutputError(code: .failed, message: "it is there already, and compressed files are not added to; name another file")
        }
        if length > 0, ftruncate(descriptor, Self.completeLines(descriptor, length)) != 0 { throw OutputError(errno: errno) }
    }

    deinit { Glibc.close(descriptor) }

    /// What was written of a record that does not fit on the disk is taken back: the file ends with a complete line.
    public func write(_ record: some Record) throws(OutputError) {
        do throws(OutputError) { try writer.write(record) } catch {
            let length = lseek(descriptor, 0, SEEK_END)
            if !isCompressed, length > 0 { ftruncate(descriptor, Self.completeLines(descriptor, length)) }
            throw error
        }
    }

    /// Gives a file that a killed run left under its temporary name the name that it would have got; one without a complete line goes.
    /// Does nothing where a file of that name is there.
    /// - Throws: `OutputError` with code `locked` while a run has it open.
    static func completeLeftover(_ part: String, _ path: String) throws(OutputError) {
        let descriptor = open(part.fileName, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        try FileLock.take(descriptor)
        guard access(path.fileName, F_OK) != 0 else { return }
        let length = completeLines(descriptor, lseek(descriptor, 0, SEEK_END))
        guard length > 0 else {
            unlink(part.fileName)
            return
        }
        if ftruncate(descriptor, length) == 0 { rename(part.fileName, path.fileName) }
    }

    /// - Throws: `OutputError` with code `locked` while a run has the file open.
    static func checkIsFree(_ path: String) throws(OutputError) {
        let descriptor = open(path.fileName, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        try FileLock.take(descriptor)
    }

    public func close() throws(OutputError) {
        try writer.close()
        // Some file systems report a full disk only here.
        let copy = dup(descriptor)
        if copy >= 0, Glibc.close(copy) != 0 { throw OutputError(errno: errno) }
    }

    /// The length of a file up to the end of its last complete line.
    private static func completeLines(_ descriptor: Int32, _ length: off_t) -> off_t {
        var buffer = [UInt8](repeating: 0, count: 1 << 16), end = length
        while end > 0 {
            let start = max(0, end - off_t(buffer.count))
            let count = pread(descriptor, &buffer, Int(end - start), start)
            guard count == Int(end - start) else { return length }
            if let newline = buffer[..<count].lastIndex(of: UInt8(ascii: "\n")) { return start + off_t(newline) + 1 }
            end = start
        }
        return 0
    }
}
