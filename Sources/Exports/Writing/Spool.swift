import Glibc
import Models
import Results

/// Text that can stand in its file only after what is not known yet: kept on disk, and not in memory.
///
/// The file has no name, and goes with its last reference, whatever happens to the process.
final class Spool {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private(set) var isEmpty = true

    /// - Throws: `DeepVidError` when the folder for temporary files (`TMPDIR`, else `/tmp`) takes none.
    init() throws {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array("\(folder)/deepvid-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw DeepVidError(.cannotWrite, "\(folder): no temporary file can be made: \(String(cString: strerror(errno))); set TMPDIR")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(name)
    }

    deinit { close(descriptor) }

    func write(_ text: String) throws {
        isEmpty = false
        buffer += Array(text.utf8)
        if buffer.count >= 1 << 16 { try flush() }
    }

    private func flush() throws {
        do throws(OutputError) { try writeAll(buffer, to: descriptor) } catch {
            throw DeepVidError(
                .cannotWrite, "a temporary file cannot be written: \(error.message); set TMPDIR to a larger folder", cause: error)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes everything into `file`.
    func copy(to file: ExportFile) throws {
        try flush()
        var piece = [UInt8](repeating: 0, count: 1 << 16), offset: off_t = 0
        while true {
            let count = pread(descriptor, &piece, piece.count, offset)
            guard count >= 0 else {
                throw DeepVidError(.cannotWrite, "a temporary file cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return }
            try file.write(Array(piece[..<count]))
            offset += off_t(count)
        }
    }
}
