import Glibc
import Results

/// A folder that pictures are written into. Made if it is not there; what is in it stays, unless a name is used again.
struct OutputFolder {
    let path: String

    /// - Parameter flag: whose argument it is.
    /// - Throws: `Complaint` with status 2 when nothing could be written there.
    init(_ path: String, flag: String) throws(Complaint) {
        guard !path.isEmpty else { throw .unusable("\(flag) needs the name of a folder") }
        self.path = path
        func refuse(_ code: Int32) -> Complaint {
            .unusable("\(path): cannot be written into: \(String(cString: strerror(code))); name another folder for \(flag)")
        }
        if mkdir(path, 0o777) != 0, errno != EEXIST { throw refuse(errno) }
        var status = stat()
        guard stat(path, &status) == 0 else { throw refuse(errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .unusable("\(path): is not a folder; \(flag) needs one") }
        // Tried rather than asked: for root, access(2) says yes where nothing can be made.
        let probe = self.path(of: ".deepvid-\(getpid())")
        let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refuse(errno) }
        close(descriptor)
        unlink(probe)
    }

    func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// Writes a file, in place of any of that name.
    /// - Throws: `Complaint` with status 1; half a file does not stay.
    func write(_ bytes: [UInt8], as name: String) throws(Complaint) {
        let path = path(of: name)
        var isOpen = false
        do throws(OutputError) {
            let file = try RecordWriter(path: path)
            isOpen = true
            try file.write(bytes)
            try file.close()
        } catch {
            if isOpen { unlink(path) }
            throw .failed("\(path): cannot be written: \(error.message)")
        }
    }
}
