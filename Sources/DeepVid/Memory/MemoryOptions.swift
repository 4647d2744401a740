import FoundationEssentials
import Hashing
import Models
import SemanticMemory

/// Leaving a classifier early by what is remembered of its classes.
public struct MemoryOptions: Sendable {
    /// The memory file.
    public var file: String
    /// Of the file's bytes as they are now, in hexadecimal; nil where it cannot be read. A run may replace the file at its end.
    public let sha256: String?
    /// Where what was learnt is written at the end; nil forgets it.
    public var saveTo: String?
    /// Share of exits that are to have the whole network's answer; nil is what the memory was built for.
    public var targetAgreement: Double?
    /// How exits are decided.
    public var rule = Recognizer.Rule.odds()

    public init(file: String) {
        self.file = file
        sha256 = (try? Data(contentsOf: URL(fileURLWithPath: file))).map { bytes in bytes.withUnsafeBytes { SHA256.hex(of: $0) } }
    }
}

/// Memories on disk.
public enum MemoryStore {
    /// - Throws: `DeepVidError` for whatever is not a whole memory.
    public static func read(_ path: String) throws(DeepVidError) -> ClassMemory {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw DeepVidError(
                .notFound, "\(path): the memory cannot be read; check the path, or make one with 'deepvid memory build'")
        }
        do throws(MemoryError) { return try MemoryFile.read(data, name: path) } catch { throw DeepVidError(error) }
    }

    /// Writes beside and renames: a file of that name is whole at any time.
    public static func write(_ memory: ClassMemory, to path: String) throws(DeepVidError) {
        do {
            try MemoryFile.bytes(of: memory).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DeepVidError(.unwritable, "\(path): the memory cannot be written; check the folder and its mode")
        }
    }
}
