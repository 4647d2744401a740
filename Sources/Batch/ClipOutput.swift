import FileNames
import Glibc
import Results

/// A clip's records on their way to their file: written beside it under another name, which they lose when complete.
final class ClipOutput: RecordSink {
    private let path: String
    private let descriptor: Int32
    private let writer: RecordWriter

    /// Where the records go until they are complete.
    static func partPath(_ path: String) -> String { path + ".part" }

    /// - Parameter length: how much of an earlier run's records to keep; 0 for none.
    /// - Throws: `OutputError` when the file cannot be written, or is being written by another process.
    init(path: String, isCompressed: Bool, keeping length: Int) throws(OutputError) {
        self.path = path
        descriptor = open(Self.partPath(path).fileName, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        writer = RecordWriter(descriptor: descriptor, isCompressed: isCompressed)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw OutputError(code: .failed, message: "another deepvid is writing it") }
        guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) == off_t(length) else {
            throw OutputError(errno: errno)
        }
    }

    func write(_ record: some Record) throws(OutputError) { try writer.write(record) }

    /// Returns when the disk has all records: the length of the file, at which it can be cut and written on.
    func synchronize() throws(OutputError) -> Int {
        try writer.close()
        guard fsync(descriptor) == 0 else { throw OutputError(errno: errno) }
        return Int(lseek(descriptor, 0, SEEK_CUR))
    }

    /// Gives the complete file its name.
    func finish() throws(OutputError) {
        _ = try synchronize()
        guard rename(Self.partPath(path).fileName, path.fileName) == 0 else { throw OutputError(errno: errno) }
        // The new name must outlive a power cut, too, before the manifest says that the clip is done.
        let folder = open(path.folder.fileName, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            Glibc.close(folder)
        }
    }

    func close() throws(OutputError) {}

    deinit { Glibc.close(descriptor) }
}

extension String {
    /// What is before the last slash.
    var folder: String { utf8.lastIndex(of: UInt8(ascii: "/")).map { $0 == startIndex ? "/" : String(self[..<$0]) } ?? "." }
}
