import DeepVid
import Models
import Results

/// What a format makes of one input's frames.
protocol InputWriter: AnyObject {
    func add(_ frame: ExportedFrame) throws
    func finish() throws
    func discard()
}

/// A file for each input in a folder; or one file, for the only input.
final class FilePerInput: ExportWriter {
    private let place: ExportPlace
    private let suffix: String
    private let make: (ExportedInput, ExportFile) throws -> any InputWriter
    private let folder: ExportFolder?
    /// Those that have not ended: cameras of one file of records take turns.
    private var writers: [Int: any InputWriter] = [:]
    private var files = 0

    /// - Throws: `DeepVidError` when the folder cannot be made.
    init(_ place: ExportPlace, suffix: String, _ make: @escaping (ExportedInput, ExportFile) throws -> any InputWriter) throws {
        (self.place, self.suffix, self.make) = (place, suffix, make)
        folder = if case .folder(let path) = place { try ExportFolder(path) } else { nil }
    }

    func add(_ frame: ExportedFrame) throws {
        let number = frame.input.record.number
        if let writer = writers[number] { return try writer.add(frame) }
        let writer = try make(frame.input, try file(frame.input))
        writers[number] = writer
        files += 1
        try writer.add(frame)
    }

    /// Of thousands of clips, all files cannot be open at a time. A file outside of the folder gets its name when all went well.
    func end(_ input: ExportedInput) throws {
        if folder != nil { try writers.removeValue(forKey: input.record.number)?.finish() }
    }

    private func file(_ input: ExportedInput) throws -> ExportFile {
        if let folder { return try folder.file(input.name + suffix) }
        let path: String? = if case .file(let path) = place { path } else { nil }
        guard files == 0 else {
            throw DeepVidError(
                .cannotExport,
                "\(path ?? "standard output"): is for one input, and the records are of several: name a folder, which gets a file for each")
        }
        return try ExportFile(path)
    }

    func finish() throws -> Int {
        for (_, writer) in writers.sorted(by: { $0.key < $1.key }) { try writer.finish() }
        try folder?.finish()
        return files
    }

    func discard() {
        for writer in writers.values { writer.discard() }
        folder?.discard()
    }
}
