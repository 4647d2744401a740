import FileNames
import Glibc

/// Writes a file in one go: what stands under the name is the old file or the whole new one. A pipe or a device is written to as it is.
/// - Throws: `OutputError`; nothing stays of the new file then.
package func writeWhole(_ bytes: [UInt8], to path: String) throws(OutputError) {
    var status = stat()
    let isSpecial = stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    let partial = isSpecial ? path : "\(path).\(getpid()).part"
    let descriptor = open(partial.fileName, O_WRONLY | O_CREAT | (isSpecial ? 0 : O_EXCL) | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputError(errno: errno) }
    do throws(OutputError) {
        do throws(OutputError) { try writeAll(bytes, to: descriptor) } catch {
            Glibc.close(descriptor)
            throw error
        }
        guard Glibc.close(descriptor) == 0 else { throw OutputError(errno: errno) }
        if !isSpecial, rename(partial.fileName, path.fileName) != 0 { throw OutputError(errno: errno) }
    } catch {
        if !isSpecial { unlink(partial.fileName) }
        throw error
    }
}
