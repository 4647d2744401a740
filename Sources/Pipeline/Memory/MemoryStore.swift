import FoundationEssentials
import SemanticMemory

/// Memories on disk.
public enum MemoryStore {
    /// - Throws: `PipelineError` for whatever is not a whole memory.
    public static func read(_ path: String) throws(PipelineError) -> ClassMemory {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw PipelineError(
                code: "not_found", "\(path): the memory cannot be read; check the path, or make one with 'deepvid memory build'")
        }
        do throws(MemoryError) { return try MemoryFile.read(data, name: path) } catch { throw PipelineError(error) }
    }

    /// Writes beside and renames: a file of that name is whole at any time.
    public static func write(_ memory: ClassMemory, to path: String) throws(PipelineError) {
        do {
            try MemoryFile.bytes(of: memory).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw PipelineError(code: "unwritable", "\(path): the memory cannot be written; check the folder and its mode")
        }
    }
}
