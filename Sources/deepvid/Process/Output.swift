import FileNames
import Glibc

/// Prints text for people or other programs that is not records. A closed pipe is a quiet end, as everywhere.
func printToStandardOutput(_ text: String) -> ExitStatus {
    switch writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: STDOUT_FILENO) {
    case nil, EPIPE: return .done
    case let code?:
        Console.shared.error("cannot write to standard output: \(String(cString: strerror(code)))")
        return .failed
    }
}

/// Writes all of `bytes`, also where the reader's end does not block; returns the error number if that fails.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 {
            written += count
        } else if errno == EAGAIN {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&ready, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return nil
}

/// Writes files in one go: what stands under the name is the old file or the whole new one.
enum WholeFile {
    /// - Throws: `CLIError` with status 1; nothing stays then.
    static func write(_ bytes: [UInt8], to path: String) throws(CLIError) {
        // Not a file of its own: a pipe or a device is written to as it is.
        var status = stat()
        let isSpecial = stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let partial = isSpecial ? path : "\(path).\(getpid()).part"
        func fail(_ code: Int32) -> CLIError {
            if !isSpecial { unlink(partial.fileName) }
            return .failed("\(path): cannot be written: \(String(cString: strerror(code)))")
        }
        let descriptor = open(partial.fileName, O_WRONLY | O_CREAT | (isSpecial ? 0 : O_EXCL) | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .failed("\(path): cannot be written: \(String(cString: strerror(errno)))") }
        let failure = writeAll(bytes, to: descriptor)
        let closing = close(descriptor) == 0 ? nil : errno
        if let code = failure ?? closing { throw fail(code) }
        if !isSpecial, rename(partial.fileName, path.fileName) != 0 { throw fail(errno) }
    }
}

/// A folder that pictures are written into. Made if it is not there; what is in it stays, unless a name is used again.
struct OutputFolder {
    let path: String

    /// - Parameter flag: whose argument it is.
    /// - Throws: `CLIError` with status 2 when nothing could be written there.
    init(_ path: String, flag: String) throws(CLIError) {
        guard !path.isEmpty else { throw .unusable("\(flag) needs the name of a folder") }
        self.path = path
        func refuse(_ code: Int32) -> CLIError {
            .unusable("\(path): cannot be written into: \(String(cString: strerror(code))); name another folder for \(flag)")
        }
        if mkdir(path.fileName, 0o777) != 0, errno != EEXIST { throw refuse(errno) }
        var status = stat()
        guard stat(path.fileName, &status) == 0 else { throw refuse(errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .unusable("\(path): is not a folder; \(flag) needs one") }
        // Tried rather than asked: for root, access(2) says yes where nothing can be made.
        let probe = self.path(of: ".deepvid-\(getpid())")
        let descriptor = open(probe.fileName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refuse(errno) }
        close(descriptor)
        unlink(probe.fileName)
    }

    func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// Writes a file, in place of any of that name.
    /// - Throws: `CLIError` with status 1; half a file does not stay.
    func write(_ bytes: [UInt8], as name: String) throws(CLIError) { try WholeFile.write(bytes, to: path(of: name)) }
}
