import Clocks
import FileNames
import Foundation
import Models
import TestSupport
import Testing

@testable import Results

@Suite struct ResultsReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The numbers of the inputs that the frames of files are of, in order.
    private func inputs(_ files: [[String]]) throws -> [Int] {
        var reader = ResultsReader(), numbers: [Int] = []
        for (index, lines) in files.enumerated() {
            try reader.read(try write(lines, "\(index).jsonl", in: folder)) { input, record in
                if case .frame = record { numbers.append(input.number) }
            }
        }
        return numbers
    }

    @Test func inputsAreToldApart() throws {
        #expect(try inputs([[beginLine("a"), frameLine(0), endLine("a", frames: 1), beginLine("b"), frameLine(0)]]) == [0, 1])
        let tagged = [0, 1, 2].map { frameLine($0, more: ",\"source\":\"\($0 == 1 ? "b" : "a")\"") }
        #expect(try inputs([[beginLine("a"), beginLine("b")] + tagged]) == [0, 1, 0])
        // Two runs in one file, as a camera's after a restart; and records without a begin.
        #expect(try inputs([[beginLine("a"), frameLine(0), beginLine("a"), frameLine(0)]]) == [0, 1])
        #expect(try inputs([[frameLine(0)], [frameLine(0)], tagged]) == [0, 1, 2, 3, 2])
    }

    @Test func segmentsOfARunAreOneInput() throws {
        #expect(
            try inputs([[beginLine("a"), frameLine(0), frameLine(9)], [beginLine("a"), frameLine(10)], [beginLine("a"), frameLine(20)]])
                == [0, 0, 0, 0])
        // Another run begins at its beginning, has other options, or comes after an end.
        #expect(try inputs([[beginLine("a"), frameLine(9)], [beginLine("a"), frameLine(0)]]) == [0, 1])
        #expect(try inputs([[beginLine("a"), frameLine(9)], [beginLine("a", options: ",\"fps\":5"), frameLine(10)]]) == [0, 1])
        #expect(try inputs([[beginLine("a"), frameLine(9), endLine("a", frames: 1)], [beginLine("a"), frameLine(10)]]) == [0, 1])
    }

    @Test func filesWithoutRecordsAreRefused() throws {
        var reader = ResultsReader()
        let empty = try write([], in: folder)
        let error = #expect(throws: DeepVidError.self) { try reader.read(empty) { _, _ in } }
        #expect(error?.code == .noRecords)
        let missing = #expect(throws: DeepVidError.self) { try reader.read(folder.path("none")) { _, _ in } }
        #expect(missing?.code == .unreadable)
    }

    /// Names are bytes, links may lead in circles, and what is not complete is named.
    @Test func foldersAreSearched() throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder.path("sub"), withIntermediateDirectories: true)
        for name in ["a.jsonl", "sub/b.jsonl.zst", "sub/c.jsonl.part", "manifest.jsonl", "a.jsonl.checkpoint"] {
            try Data("x".utf8).write(to: folder.url.appending(path: name))
        }
        try files.createSymbolicLink(atPath: folder.path("sub/again"), withDestinationPath: folder.path)
        let odd = open(folder.path("caf\u{EFE9}.jsonl").fileName, O_CREAT | O_WRONLY, 0o600)
        #expect(odd >= 0)
        close(odd)
        let found = try ResultFiles([folder.path])
        #expect(found.files.count == 3)
        #expect(found.incomplete == [folder.path("sub/c.jsonl.part")])
        #expect(found.warning?.contains("not complete") == true)
        let error = #expect(throws: DeepVidError.self) {
            try files.removeItem(atPath: folder.path("sub/b.jsonl.zst"))
            _ = try ResultFiles([folder.path("sub")])
        }
        #expect(error?.message.contains("its 1 results are not complete") == true)
    }

    @Test func timesAreReadBack() {
        #expect(UTCTime.seconds(of: UTCTime.text(1_795_248_432.25)) == 1_795_248_432.25)
        #expect(UTCTime.seconds(of: "2026-11-21T09:15:00+01:00") == UTCTime.seconds(of: "2026-11-21T08:15:00Z"))
        for text in ["", "2026-11-21", "now", "2026-13-40T99:99:99Z"] { #expect(UTCTime.seconds(of: text) == nil, "\(text)") }
    }
}
