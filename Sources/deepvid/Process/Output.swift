import FileNames
import Glibc
import Results

/// Prints text for people or other programs that is not records. A closed pipe is a quiet end, as everywhere.
func printToStandardOutput(_ text: String) -> ExitStatus {
    do throws(OutputError) {
        try writeAll(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: STDOUT_FILENO)
        return .done
    } catch {
        if error.code == .closed { return .done }
        Console.error("cannot write to standard output: \(error.message)")
        return .failed
    }
}

/// Writes a file in one go: what stands under the name is the old file or the whole new one.
/// - Throws: `CLIError` with status 1; nothing stays then.
func writeWholeFile(_ bytes: [UInt8], to path: String) throws {
    do throws(OutputError) { try writeWhole(bytes, to: path) } catch {
        throw CLIError.failed("\(path): cannot be written: \(error.message)")
    }
}

/// A folder that pictures are written into. Made if it is not there, with those that it is in; what is in it stays, unless a name is used
/// again.
struct OutputFolder {
    let path: String

    /// - Parameter flag: whose argument it is.
    /// - Throws: `CLIError` with status 2 when nothing could be written there.
    init(_ path: String, flag: String) throws {
        guard !path.isEmpty else { throw CLIError.unusable("\(flag) needs the name of a folder") }
        self.path = path
        func refused() -> CLIError {
            let error = OutputError(errno: errno)
            return .cannotWrite("\(path): cannot be written into: \(error.message); name another folder for \(flag)", error)
        }
        try checkFolder(path, flag: flag)
        guard makeFolders(path) else { throw refused() }
        // Tried rather than asked: for root, access(2) says yes where nothing can be made.
        let probe = self.path(of: ".deepvid-\(getpid())")
        let descriptor = open(probe.fileName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refused() }
        close(descriptor)
        unlink(probe.fileName)
    }

    func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// Writes a picture, in place of any file of that name.
    /// - Throws: `CLIError` with status 1, also when it cannot be drawn; half a file does not stay.
    func write(as name: String, _ picture: () throws -> [UInt8]) throws {
        let bytes: [UInt8]
        do { bytes = try picture() } catch { throw CLIError.failed("\(error)") }
        try writeWholeFile(bytes, to: path(of: name))
    }
}
