import Glibc
import Results

/// Writes files in one go: what stands under the name is the old file or the whole new one.
enum WholeFile {
    /// - Throws: `Complaint` with status 1; nothing stays then.
    static func write(_ bytes: [UInt8], to path: String) throws(Complaint) {
        func complaint(_ error: OutputError) -> Complaint { .failed("\(path): cannot be written: \(error.message)") }
        // Not a file of its own: a pipe or a device is written to as it is.
        var status = stat()
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let partial = isSpecial ? path : "\(path).\(getpid()).part"
        let descriptor = open(partial, O_WRONLY | O_CREAT | (isSpecial ? 0 : O_EXCL) | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw complaint(OutputError(errno: errno)) }
        do throws(OutputError) {
            do throws(OutputError) { try writeAll(bytes, to: descriptor) } catch {
                close(descriptor)
                throw error
            }
            guard close(descriptor) == 0 else { throw OutputError(errno: errno) }
            guard isSpecial || rename(partial, path) == 0 else { throw OutputError(errno: errno) }
        } catch {
            if !isSpecial { unlink(partial) }
            throw complaint(error)
        }
    }
}
