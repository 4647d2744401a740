import CZstd
import FileNames
import Glibc

/// Bytes, piece by piece, from a file or from something that unpacks one.
public protocol ByteStream: AnyObject {
    /// - Returns: how many bytes were put into `buffer`; 0 at the end only.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(RecordError) -> Int
}

/// A file, or standard input.
public final class FileStream: ByteStream {
    private let descriptor: Int32
    private let ownsDescriptor: Bool

    /// - Parameter path: `-` is standard input.
    public init(path: String) throws(RecordError) {
        ownsDescriptor = path != "-"
        guard ownsDescriptor else {
            descriptor = STDIN_FILENO
            return
        }
        descriptor = open(path.fileName, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RecordError(.unreadable, errno == ENOENT ? "no such file; check the path" : String(cString: strerror(errno)))
        }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw RecordError(.unreadable, "is a directory; name a file of records in it")
        }
    }

    deinit { if ownsDescriptor { close(descriptor) } }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RecordError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw RecordError(.unreadable, String(cString: strerror(errno))) }
        }
    }
}

/// Unpacks zstd. Frames may follow one another, as `batch --compress` writes them; one that is cut off ends the bytes.
final class ZstdStream: ByteStream {
    private let packed: any ByteStream
    private let context = ZSTD_createDCtx()
    private var buffer: [UInt8]
    private var at = 0
    private var isAtEnd = false

    /// - Parameter pending: bytes of `packed` that were read already.
    init(pending: [UInt8], _ packed: any ByteStream) {
        precondition(context != nil, "out of memory")
        (buffer, self.packed) = (pending, packed)
    }

    func read(into space: UnsafeMutableRawBufferPointer) throws(RecordError) -> Int {
        while true {
            var output = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
            let rest = buffer.withUnsafeBytes { bytes in
                var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: at)
                defer { at = input.pos }
                return ZSTD_decompressStream(context, &output, &input)
            }
            guard ZSTD_isError(rest) == 0 else {
                throw RecordError(
                    .unreadable, "cannot be unpacked (zstd: \(String(cString: ZSTD_getErrorName(rest)))); is the copy complete?")
            }
            if output.pos > 0 || isAtEnd { return output.pos }
            if at == buffer.count { try fill() }
        }
    }

    private func fill() throws(RecordError) {
        var fresh = [UInt8](repeating: 0, count: ZSTD_DStreamInSize())
        let result = fresh.withUnsafeMutableBytes { bytes in Result { () throws(RecordError) in try packed.read(into: bytes) } }
        let count = try result.get()
        fresh.removeLast(fresh.count - count)
        (buffer, at, isAtEnd) = (fresh, 0, count == 0)
    }

    deinit { ZSTD_freeDCtx(context) }
}
