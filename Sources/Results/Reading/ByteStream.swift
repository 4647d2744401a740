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

/// Bytes that are there already; for tests.
public final class MemoryStream: ByteStream {
    private var rest: ArraySlice<UInt8>

    public init(_ bytes: [UInt8]) { rest = bytes[...] }

    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let piece = rest.prefix(buffer.count)
        buffer.copyBytes(from: piece)
        rest = rest.dropFirst(piece.count)
        return piece.count
    }
}
