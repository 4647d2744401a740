import FileNames
import Glibc
import Hashing
import Results

/// One input of a batch, and where its records go.
public struct BatchClip: Sendable {
    /// As it is opened and as its records name it.
    public let path: String
    /// Relative to the batch's folder: the path without what leads out of a folder (`nvr/a.mp4` of `../nvr/a.mp4`). Depends on nothing but
    /// the path, so that it is the same in every shard and after a resume.
    public let output: String
    public let sizeBytes: Int
    public let mtimeS: Double
    /// About how many frames the model will see, by the clip's header; 0 where nobody has looked.
    public internal(set) var expectedFrames = 0.0

    init(path: String, isCompressed: Bool) {
        self.path = path
        var name = path[...]
        while name.hasPrefix("../") { name = name.dropFirst(3) }
        output = String(name.drop { $0 == "/" }) + (isCompressed ? ".jsonl.zst" : ".jsonl")
        var status = stat()
        if stat(path.fileName, &status) == 0 {
            sizeBytes = Int(status.st_size)
            mtimeS = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec / 1000) / 1e6
        } else {
            (sizeBytes, mtimeS) = (0, 0)
        }
    }

    /// Without `.`, `..` and doubled slashes, by the letters only. Relative stays relative.
    static func normalized(_ path: String) -> String {
        // By bytes: a mark at the beginning of a name makes one character of it and the slash before.
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        var parts: [String] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/")).map({ String($0)! }) where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
    }

    static func absolute(_ path: String) -> String {
        if path.utf8.first == UInt8(ascii: "/") { return path }
        let current = getcwd(nil, 0)
        defer { free(current) }
        return normalized((current.map { String(fileName: $0) } ?? "") + "/" + path)
    }

    /// What the file is known by. - Complexity: reads 2 MiB at most.
    func identity() -> ClipRecord.Input {
        var bytes = withUnsafeBytes(of: UInt64(sizeBytes).littleEndian) { Array($0) }
        var digest: String?
        var status = stat()
        let descriptor = open(path.fileName, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(descriptor) }
        // What comes through a pipe is another input every time.
        if descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            let part = 1 << 20
            // An array made with room for nothing writes to the one empty array that all threads share.
            for (offset, count) in [(0, min(part, sizeBytes)), (max(part, sizeBytes - part), min(part, max(0, sizeBytes - part)))]
            where count > 0 {
                bytes += [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                    filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
                }
            }
            digest = bytes.withUnsafeBytes { SHA256.hex(of: $0) }
        }
        return ClipRecord.Input(sizeBytes: sizeBytes, mtimeS: mtimeS, sha256: digest)
    }

    /// Whether `record` is of the same file. What has the same name, size and time is taken to be; else contents decide.
    func isSame(as record: ClipRecord.Input) -> Bool {
        guard let sha256 = record.sha256, record.sizeBytes == sizeBytes else { return false }
        return abs(record.mtimeS - mtimeS) < 1e-5 || identity().sha256 == sha256
    }
}
