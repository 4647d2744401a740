import Clocks
import DeepVid
import Models
import Results

/// Turns files of records into what other tools read, record by record.
public struct ExportRun {
    public struct Options: Sendable {
        public var format: ExportFormat
        public var place: ExportPlace
        /// Labels that are exported; nil for all.
        public var classes: [String]?
        /// Least score.
        public var score: Double?
        /// The clock of local times, in formats that have them.
        public var timeZone = Zone.local

        public init(_ format: ExportFormat, _ place: ExportPlace) { (self.format, self.place) = (format, place) }
    }

    /// What was written.
    public struct Outcome: Sendable, Equatable {
        public var inputs = 0
        public var frames = 0
        /// Boxes, classes, or stays of objects.
        public var items = 0
        /// Of boxes, those of objects that are not followed, where the format has room for followed ones only.
        public var leftOut = 0
        public var files = 0
        public var warnings: [String] = []
        /// Files that were not read to their end.
        public var problems: [String] = []
    }

    private let options: Options
    private let control: RunControl

    public init(_ options: Options, control: RunControl) { (self.options, self.control) = (options, control) }

    /// - Parameters:
    ///   - results: files; `-` is standard input.
    ///   - onFile: called before each of them, with its index.
    /// - Returns: nil if it was stopped; then nothing was written.
    /// - Throws: `DeepVidError` when the records cannot be exported so, or none can be read; `OutputError` when nothing can be written. No
    ///   file of half an export stays.
    public func run(_ results: [String], onFile: (Int) -> Void = { _ in }) throws -> Outcome? {
        let writer = try makeWriter()
        do {
            var pass = ExportPass(options, writer), reader = ResultsReader()
            guard try reader.read(all: results, control: control, onFile: onFile, { try pass.add($1, of: $0) }) else {
                writer.discard()
                return nil
            }
            pass.outcome.files = try writer.finish()
            pass.complete(reader)
            return pass.outcome
        } catch {
            writer.discard()
            throw error
        }
    }

    private func makeWriter() throws -> any ExportWriter {
        switch (options.format, options.place) {
        case (.csv, _): CSVTable(try file(), options.timeZone)
        case (.coco, _): try COCODataset(try file())
        case (.labelstudio, _): try LabelStudioTasks(try file())
        case (.mot, _): try FilePerInput(options.place, suffix: ".txt") { MOTSequence($1) }
        case (.cvat, _): try FilePerInput(options.place, suffix: ".xml") { try CVATAnnotations($1, input: $0) }
        case (.yolo, .folder(let path)): try YOLODataset(folder: path)
        case (.yolo, _): throw DeepVidError(.cannotExport, "YOLO's labels are a folder of files; name one")
        }
    }

    private func file() throws -> ExportFile {
        switch options.place {
        case .standardOutput: try ExportFile(nil)
        case .file(let path): try ExportFile(path)
        case .folder(let path): throw DeepVidError(.cannotExport, "\(path): \(options.format.rawValue) is one file; name a file")
        }
    }
}
