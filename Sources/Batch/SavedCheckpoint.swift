import DeepVid
import FileNames
import FoundationEssentials
import Glibc
import Models
import Results

/// A checkpoint as a file beside the clip's records: with what it belongs to, and how much of the records.
struct SavedCheckpoint: Codable {
    var deepvid = deepvidVersion
    var input: String
    var configuration: Configuration
    /// Length of the records that come before it, in bytes.
    var bytes: Int
    var checkpoint: Checkpoint

    static func path(_ output: String) -> String { output + ".checkpoint" }

    /// The checkpoint of `output`, if it is of the same input and configuration, and its records are there.
    static func read(_ output: String, input: String?, configuration: Configuration) -> SavedCheckpoint? {
        usable(output).flatMap { $0.input == input && $0.configuration == configuration ? $0 : nil }
    }

    /// Whether there is a checkpoint of `output` of the same input, and of another configuration: what was done until then would be lost.
    static func isOther(_ output: String, of clip: BatchClip, than configuration: Configuration) -> Bool {
        guard let saved = usable(output), saved.configuration != configuration else { return false }
        return saved.input == clip.identity().sha256
    }

    /// The checkpoint of `output`, if this version can go on from it, and its records are there.
    private static func usable(_ output: String) -> SavedCheckpoint? {
        guard let bytes = readFile(path(output)),
            let saved = try? JSONDecoder().decode(SavedCheckpoint.self, from: Data(bytes)), saved.deepvid == deepvidVersion
        else { return nil }
        var status = stat()
        guard stat(ClipOutput.partPath(output).fileName, &status) == 0, Int(status.st_size) >= saved.bytes else { return nil }
        return saved
    }

    /// Puts the checkpoint in the place of the last one, at once.
    func write(_ output: String) throws(OutputError) {
        guard let data = try? JSONEncoder().encode(self) else { return }
        let temporary = Self.path(output) + ".new"
        let descriptor = open(temporary.fileName, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError(errno: errno) }
        defer { close(descriptor) }
        try writeAll([UInt8](data), to: descriptor)
        guard fsync(descriptor) == 0, rename(temporary.fileName, Self.path(output).fileName) == 0 else { throw OutputError(errno: errno) }
    }

    static func remove(_ output: String) { unlink(path(output).fileName) }
}
