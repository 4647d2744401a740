import FileNames
import Glibc
import Models
import Results

/// Text on its way to a file, which has its name when it is complete, or to standard output.
final class ExportFile {
    private let path: String?
    private let part: String?
    private var descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Parameter path: nil is standard output.
    /// - Throws: `DeepVidError` when it cannot be made.
    init(_ path: String?) throws {
        self.path = path
        guard let path else {
            (part, descriptor) = (nil, STDOUT_FILENO)
            return
        }
        var status = stat()
        // A pipe or a device is written to as it is.
        let isSpecial = stat(path.fileName, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        part = isSpecial ? nil : "\(path).\(getpid()).part"
        descriptor = open((part ?? path).fileName, O_WRONLY | O_CREAT | (isSpecial ? 0 : O_EXCL) | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { discard() }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= 1 << 16 { try flush() }
    }

    private func flush() throws {
        do throws(OutputError) { try writeAll(buffer, to: descriptor) } catch {
            // A reader that went away wants no more.
            if path == nil { throw error }
            throw DeepVidError(.cannotWrite, "\(path ?? ""): cannot be written: \(error.message)", cause: error)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Gives the complete file its name.
    func finish() throws {
        try flush()
        guard let path else { return }
        let open = descriptor
        descriptor = -1
        guard close(open) == 0, part == nil || rename(part!.fileName, path.fileName) == 0 else {
            let error = Self.failure(path)
            if let part { unlink(part.fileName) }
            throw error
        }
    }

    /// Removes what is not complete.
    func discard() {
        guard path != nil, descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        if let part { unlink(part.fileName) }
    }

    private static func failure(_ path: String) -> DeepVidError {
        DeepVidError(.cannotWrite, "\(path): cannot be written: \(String(cString: strerror(errno)))")
    }
}
