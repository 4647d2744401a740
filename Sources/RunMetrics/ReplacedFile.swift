import FileNames
import Glibc
import Results

/// A text file that is replaced as a whole, so that nobody reads half of one, for the textfile collector of Prometheus' node exporter.
struct ReplacedFile {
    /// Seconds between two writes: as often as Prometheus usually asks, or oftener.
    static let interval = 10.0
    /// Everybody may read it, whatever the umask: the exporter is another user, and no secret is in it.
    private static let mode: mode_t = 0o644

    let path: String
    /// Told why the file cannot be written, once, and when it can again. It is no reason to end anything.
    let onTrouble: @Sendable (String) -> Void
    private var hasFailed = false

    init(path: String, onTrouble: @escaping @Sendable (String) -> Void) { (self.path, self.onTrouble) = (path, onTrouble) }

    /// Makes its folder as well, where it is not there.
    mutating func write(_ text: String) {
        do throws(OutputError) {
            try replace(Array(text.utf8))
            if hasFailed { onTrouble("\(path): is written again") }
            hasFailed = false
        } catch {
            if !hasFailed { onTrouble("\(path): cannot be written: \(error.message); it is tried again every \(Int(Self.interval)) s") }
            hasFailed = true
        }
    }

    private func replace(_ bytes: [UInt8]) throws(OutputError) {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
        guard folder.isEmpty || makeFolders(folder) else { throw OutputError(errno: errno) }
        let new = path + ".new"
        let descriptor = open(new.fileName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, Self.mode)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        defer { close(descriptor) }
        do throws(OutputError) {
            guard fchmod(descriptor, Self.mode) == 0 else { throw OutputError(errno: errno) }
            try writeAll(bytes, to: descriptor)
            guard rename(new.fileName, path.fileName) == 0 else { throw OutputError(errno: errno) }
        } catch {
            unlink(new.fileName)
            throw error
        }
    }
}
