import CacheNet
import Glibc
import Hashing
import Hummingbird

/// A file of a bundle as it was when the edge started: replacing it on disk does not change what is sent.
public final class ServedFile: Sendable {
    public let file: BundleFile
    private let descriptor: Int32

    /// Opens the file and checks that it is the one that the manifest names. O(bytes), about 200 MB/s.
    public init(_ file: BundleFile, in folder: String) throws(EdgeServerError) {
        let path = "\(folder)/\(file.name)"
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.file = file
        guard descriptor >= 0 else {
            throw EdgeServerError(
                "\(path): \(String(cString: strerror(errno))); copy the whole bundle, and check the file's owner and mode")
        }
        var (sum, at) = (SHA256(), 0)
        while at <= file.size, let buffer = read(at, 1 << 18), buffer.readableBytes > 0 {
            buffer.withUnsafeReadableBytes { sum.update($0) }
            at += buffer.readableBytes
        }
        guard at == file.size, sum.hex == file.sha256 else {
            throw EdgeServerError("\(path) is not the file that bundle.json names: another size or SHA-256; copy the bundle anew")
        }
    }

    deinit { close(descriptor) }

    var tag: String { "\"\(file.sha256)\"" }

    /// At most `count` bytes from `offset`; none at the end; nil if it cannot be read.
    func read(_ offset: Int, _ count: Int) -> ByteBuffer? {
        var buffer = ByteBuffer()
        let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            while true {
                let got = pread(descriptor, target.baseAddress, count, off_t(offset))
                if got >= 0 || errno != EINTR { return max(got, 0) }
            }
        }
        return got > 0 || offset >= file.size ? buffer : nil
    }
}
