import FileNames
import Glibc

/// Locks of flock(2), which go with the process that has them.
package enum FileLock {
    /// Takes an exclusive lock of what is open, until it is closed. Where the file system knows no locks, nobody has any.
    ///
    /// - Throws: `OutputError` with code `locked`, and who has it, if another has one.
    package static func take(_ descriptor: Int32) throws(OutputError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        let holder = holder(of: descriptor).map { " (pid \($0))" } ?? ""
        throw OutputError(code: .locked, message: "is written by another deepvid\(holder): end it, or give this one another output")
    }

    /// The process that has the lock of a file; nil where that cannot be told.
    package static func holder(of descriptor: Int32) -> Int? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, let bytes = readFile("/proc/locks") else { return nil }
        // gnu_dev_major and gnu_dev_minor, which are macros.
        let device = UInt64(status.st_dev)
        let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF), minor = (device & 0xFF) | (device >> 12 & ~0xFF & 0xFFFF_FFFF)
        // 1: FLOCK  ADVISORY  WRITE 123 08:01:4711 0 EOF
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", let process = Int(fields[4]), process > 0 else { continue }
            let file = fields[5].split(separator: ":")
            guard file.count == 3, UInt64(file[0], radix: 16) == major, UInt64(file[1], radix: 16) == minor, ino_t(file[2]) == status.st_ino
            else { continue }
            return process
        }
        return nil
    }
}

/// A folder that one process at a time has for itself. It goes with the last reference.
package final class HeldFolder {
    private let descriptor: Int32

    /// - Throws: `OutputError`, with code `locked` if another process has it.
    package init(_ path: String) throws(OutputError) {
        descriptor = open(path.fileName, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        try FileLock.take(descriptor)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
