import Glibc
import Hashing

/// A file that is still coming: `<name>.part`, held by one process and thread at a time.
final class PartFile {
    private let path: String
    private let descriptor: Int32
    private var sum = SHA256()
    /// Bytes that are there.
    private(set) var count = 0

    /// Opens what an earlier try left, or a new file.
    ///
    /// - Parameter size: of the whole file; more than that is none of it.
    init(path: String, size: Int) throws(EdgeError) {
        self.path = path
        descriptor = try Self.opened(path)
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_size > size { ftruncate(descriptor, 0) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let got = pread(descriptor, &buffer, buffer.count, off_t(count))
            if got < 0, errno == EINTR { continue }
            // What cannot be read is as good as not there.
            if got < 0 { (sum, count) = (SHA256(), 0) }
            if got <= 0 { return }
            buffer.withUnsafeBytes { sum.update(UnsafeRawBufferPointer(rebasing: $0.prefix(got))) }
            count += got
        }
    }

    func close() { Glibc.close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(count))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.fault(path) }
            sum.update(UnsafeRawBufferPointer(rebasing: rest.prefix(written)))
            count += written
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
        }
    }

    /// Begins anew.
    func clear() throws(EdgeError) {
        guard ftruncate(descriptor, 0) == 0 else { throw Self.fault(path) }
        (sum, count) = (SHA256(), 0)
    }

    func isWhole(_ sha256: String) -> Bool { sum.hex == sha256 }

    /// Takes the name of the file itself, in one step, once the bytes are on the disk.
    func become(_ final: String) throws(EdgeError) {
        guard fsync(descriptor) == 0, rename(path, final) == 0 else { throw Self.fault(final) }
        // So that the name survives a power cut too; where that cannot be had, the file is simply fetched again.
        let folder = open(final.lastIndex(of: "/").map { String(final[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            Glibc.close(folder)
        }
    }

    private static func opened(_ path: String) throws(EdgeError) -> Int32 {
        for _ in 0..<3 {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw fault(path) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                Glibc.close(descriptor)
                throw EdgeError(.busy, "\(path) is being fetched already", retryAfter: .seconds(1))
            }
            // Who had the lock may have finished in between: then this is the final file, which must not be written to.
            var (mine, named) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(path, &named) == 0, (mine.st_ino, mine.st_dev) == (named.st_ino, named.st_dev) {
                return descriptor
            }
            Glibc.close(descriptor)
        }
        throw EdgeError(.busy, "\(path) is being fetched already", retryAfter: .seconds(1))
    }

    private static func fault(_ path: String) -> EdgeError {
        EdgeError(
            .unreachable, "\(path) cannot be written: \(String(cString: strerror(errno))); check the folder's owner, mode and free space")
    }
}
