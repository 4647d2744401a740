import DeepVid
import Foundation
import Models
import Results
import TestSupport
import Testing

@testable import Reports

@Suite struct HTMLReportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func report(_ names: String..., clips: [String] = []) throws(DeepVidError) -> HTMLReport {
        try HTMLReport(results: names.map { folder.path($0) }, clips: clips, control: RunControl())
    }

    private func street(_ source: String) -> [String] {
        [beginLine(source)] + (0..<5).map { frameLine($0, at: Double($0) / 15, [Seen(box: [100, 100, 90, 60])]) } + [
            endLine(source, frames: 5)
        ]
    }

    @Test func oneBadFileKeepsNoOtherOff() throws {
        _ = try write(street("a.mp4"), "a.jsonl", in: folder)
        _ = try write(["rubbish"], "bad.jsonl", in: folder)
        _ = try write(street("b.mp4"), "b.jsonl", in: folder)
        let outcome = try report("a.jsonl", "bad.jsonl", "b.jsonl", "missing.jsonl")
        #expect(outcome.sections == 2)
        #expect(outcome.errors.count == 2)
        #expect(outcome.errors.first?.contains("bad.jsonl: line 1") == true)
        #expect(outcome.errors.last?.contains("missing.jsonl") == true)
        #expect(outcome.page.contains("not read: "))
        #expect(outcome.page.contains("2 inputs"))
    }

    @Test func onlyBadFilesAreAnError() throws {
        _ = try write(["rubbish"], "bad.jsonl", in: folder)
        let error = #expect(throws: DeepVidError.self) { try report("bad.jsonl", "missing.jsonl") }
        #expect(error?.message.contains("bad.jsonl") == true)
        #expect(error?.message.contains("missing.jsonl") == true)
    }

    @Test func filesThatEndTooEarlyAreOnThePage() throws {
        _ = try write(street("a.mp4").dropLast() + [#"{"type":"fra"#], "cut.jsonl", in: folder)
        let outcome = try report("cut.jsonl")
        #expect(outcome.errors.isEmpty)
        #expect(outcome.warnings.count == 1)
        #expect(outcome.page.contains("damaged records") || outcome.page.contains("no end"))
    }

    @Test func imagesComeFromTheNamedClip() throws {
        _ = try write(street("gone.mp4"), "a.jsonl", in: folder)
        let without = try report("a.jsonl")
        #expect(without.images == 0)
        #expect(without.page.contains("gone.mp4 is not here. Name the clip with --clip."))
        let with = try report("a.jsonl", clips: [Files.clip("street.mp4")])
        #expect(with.images == 1)
        #expect(with.page.contains("src=\"data:image/jpeg;base64,"))
        let other = try report("a.jsonl", clips: [Files.clip("moving.mp4")])
        #expect(other.images == 0)
        #expect(other.warnings.first?.contains("no pictures of gone.mp4") == true)
    }

    @Test func clipsBesideTheResultsAreFound() throws {
        try FileManager.default.copyItem(
            at: Files.fixtures.appendingPathComponent("clips/street.mp4"), to: folder.url.appending(path: "street.mp4"))
        #expect(ClipFiles.find("elsewhere/street.mp4", results: folder.path("a.jsonl")) == folder.path("street.mp4"))
        #expect(ClipFiles.find("rtsp://camera/street.mp4x", results: folder.path("a.jsonl")) == nil)
        #expect(ClipFiles.find("/dev/null", results: folder.path("a.jsonl")) == nil)
    }

    @Test func foldersStandForTheirResults() throws {
        try FileManager.default.createDirectory(at: folder.url.appending(path: "sub"), withIntermediateDirectories: true)
        for name in ["b.jsonl", "a.jsonl.zst", "sub/c.jsonl", "manifest.jsonl", "manifest-2-of-3.jsonl", "notes.txt", "d.jsonl.part"] {
            try Data("x".utf8).write(to: folder.url.appending(path: name))
        }
        let names = try ResultFiles([folder.path, "-"]).files.map { $0.replacing(folder.path + "/", with: "") }
        #expect(names == ["a.jsonl.zst", "b.jsonl", "sub/c.jsonl", "-"])
        let manifest = #expect(throws: DeepVidError.self) { try ResultFiles([folder.path("manifest.jsonl")]) }
        #expect(manifest?.message.contains("name the folder") == true)
        try FileManager.default.createDirectory(at: folder.url.appending(path: "empty"), withIntermediateDirectories: true)
        let none = #expect(throws: DeepVidError.self) { try ResultFiles([folder.path("empty")]) }
        #expect(none?.message.contains("no results") == true)
    }

    /// What --segment divided is one camera, and its objects are counted once.
    @Test func segmentsAreOneInput() throws {
        let options = ",\"track_buffer_s\":1"
        func segment(_ frames: ClosedRange<Int>) -> [String] {
            [beginLine("rtsp://gate", options: options)] + frames.map { frameLine($0, at: Double($0), [Seen(track: 1)]) }
        }
        _ = try write(segment(0...4), "night-1.jsonl", in: folder)
        _ = try write(segment(5...9) + [endLine("rtsp://gate", frames: 10)], "night-2.jsonl", in: folder)
        let report = try HTMLReport(
            results: [folder.path("night-1.jsonl"), folder.path("night-2.jsonl")], clips: [], control: RunControl())
        #expect(report.sections == 1)
        #expect(report.frames == 10)
        #expect(report.seen == [[SeenClass(label: "car", frames: 10, most: 1, tracks: 1)]])
        #expect(report.warnings.isEmpty)
        #expect(!report.page.contains("have no end"))
    }

    @Test func theOverviewListsEveryInput() throws {
        _ = try write(street("a.mp4") + street("b <2>.mp4"), "two.jsonl", in: folder)
        let page = try report("two.jsonl").page
        #expect(page.contains("<a href=\"#input-1\">a.mp4</a>"))
        #expect(page.contains("<a href=\"#input-2\">b &lt;2&gt;.mp4</a>"))
        #expect(page.contains("all complete"))
        #expect(page.contains("from 1 results file."))
    }
}
