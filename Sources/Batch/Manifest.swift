import FileNames
import FoundationEssentials
import Glibc
import Models
import Results
import Synchronization

/// The book of a batch: what became of each clip, as JSON Lines that are only ever added to.
///
/// Every shard has a file of its own; reading means reading all of them. A line is added by one `write`, so what a kill
/// tears is at most the last line, which readers skip.
public final class Manifest: Sendable {
    private let descriptor: Int32
    private let path: String
    private let lock = Mutex(())

    /// Opens or makes the shard's manifest in `folder`, and holds it until the process ends.
    ///
    /// - Throws: `DeepVidError` when that cannot be, or when another process holds it.
    public init(folder: String, shard: Shard?) throws(DeepVidError) {
        path = "\(folder)/\(Self.name(shard))"
        descriptor = open(path.fileName, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw DeepVidError(.unreadable, "\(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            throw DeepVidError(
                .locked,
                isHeld
                    ? "\(folder): another deepvid is at work on this \(shard == nil ? "batch" : "shard"); wait for it, or use another folder"
                    : "\(path): cannot be locked: \(String(cString: strerror(errno)))")
        }
        let length = lseek(descriptor, 0, SEEK_END)
        // A torn last line is ended, so that it does not spoil the next one.
        var last: UInt8 = 0
        if length > 0, pread(descriptor, &last, 1, length - 1) == 1, last != UInt8(ascii: "\n") { _ = Glibc.write(descriptor, "\n", 1) }
    }

    deinit { close(descriptor) }

    /// Adds a line, and waits until the disk has it.
    func append(_ record: ClipRecord) throws(OutputError) {
        try lock.withLock { (_) throws(OutputError) in
            let length = lseek(descriptor, 0, SEEK_END)
            do throws(OutputError) { try RecordWriter(descriptor: descriptor).write(record) } catch {
                // Of a full disk: half a line would spoil the next one.
                ftruncate(descriptor, length)
                throw error
            }
            guard fsync(descriptor) == 0 else { throw OutputError(errno: errno) }
        }
    }

    static func name(_ shard: Shard?) -> String { shard.map { "manifest-\($0.index)-of-\($0.count).jsonl" } ?? "manifest.jsonl" }

    static func isName(_ name: String) -> Bool { name.wholeMatch(of: /manifest(-[0-9]+-of-[0-9]+)?\.jsonl/) != nil }

    /// The manifests in `folder` that hold something.
    public static func files(in folder: String) -> [String] {
        (namesInFolder(folder) ?? []).filter { name in
            var status = stat()
            return isName(name) && stat("\(folder)/\(name)".fileName, &status) == 0 && status.st_size > 0
        }
    }

    /// Frames between checkpoints when these clips, or any, were done or begun last; nil where the manifests do not say it.
    ///
    /// - Parameter clips: empty for all.
    public static func checkpointInterval(of clips: [BatchClip], in folder: String) -> Int? {
        let latest = latest(in: folder)
        let records = clips.isEmpty ? Array(latest.values) : clips.compactMap { latest[Array($0.output.utf8)] }
        return records.filter { $0.checkpointInterval != nil }.max { $0.unixS < $1.unixS }?.checkpointInterval
    }

    /// The latest record of each output, by the bytes of its name, over all shards. Lines that cannot be read are left out.
    public static func latest(in folder: String) -> [[UInt8]: ClipRecord] {
        var latest: [[UInt8]: ClipRecord] = [:]
        for name in files(in: folder) {
            for line in (readFile("\(folder)/\(name)") ?? []).split(separator: UInt8(ascii: "\n")) {
                guard let record = try? JSONDecoder().decode(ClipRecord.self, from: Data(line)) else { continue }
                let output = Array(record.output.utf8)
                if let known = latest[output], known.unixS > record.unixS { continue }
                latest[output] = record
            }
        }
        return latest
    }
}
