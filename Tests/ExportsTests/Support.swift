import Clocks
import DeepVid
import Foundation
import Models
import TestSupport

@testable import Exports

/// Results in a folder of their own, and what is made of them.
final class Exports {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes `files`, by name, and exports them in the order of their names.
    func export(
        _ files: [String: [String]], to format: ExportFormat, as output: String, classes: [String]? = nil, score: Double? = nil
    ) throws -> ExportRun.Outcome {
        let paths = try files.sorted { $0.key < $1.key }.map { try write($0.value, $0.key, in: folder) }
        var options = ExportRun.Options(format, ExportPlace(folder.path(output), format)!)
        (options.classes, options.score, options.timeZone) = (classes, score, Zone(offset: 3600))
        return try ExportRun(options, control: RunControl()).run(paths)!
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: folder.path(name), encoding: .utf8) }

    /// Everything that an export has made, relative to the folder.
    func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".jsonl") }.sorted()
    }
}

/// A run with `--track`.
let tracked = ",\"track_buffer_s\":1"
