import DeepVid
import Foundation
import Models
import TestSupport
import Testing

@testable import Exports

/// What holds for every format.
@Suite struct ExportRunTests {
    @Test func namesAreUniqueAndPlain() {
        var names = InputNames()
        #expect(names.name(for: "clips/street.mp4") == "street")
        #expect(names.name(for: "other/Street.mkv") == "Street-2")
        #expect(names.name(for: "rtsp://u:***@gate.local:554/1?x=y") == "gate.local-554-1-x-y")
        #expect(names.name(for: "out/a.mp4.jsonl.zst") == "a")
        #expect(names.name(for: "café 2.mp4") == "café-2")
        #expect(names.name(for: "../..") == "input")
        #expect(names.name(for: "caf\u{EFE9}.mp4") == "caf")
        #expect(names.name(for: ".hidden") == "hidden")
    }

    @Test func aCutOffFileGivesWhatItHas() throws {
        let exports = try Exports()
        let whole = [beginLine(), frameLine(0, [Seen()]), frameLine(1, [Seen()])].joined(separator: "\n")
        try Data(whole.utf8.dropLast(20)).write(to: exports.folder.url.appending(path: "a.jsonl"))
        let options = ExportRun.Options(.csv, .file(exports.folder.path("a.csv")))
        let outcome = try #require(try ExportRun(options, control: RunControl()).run([exports.folder.path("a.jsonl")]))
        #expect(outcome.items == 1)
        #expect(outcome.warnings.first?.contains("not complete") == true)
        #expect(outcome.problems.isEmpty)
    }

    @Test func aBadFileDoesNotKeepTheOthers() throws {
        let exports = try Exports()
        let outcome = try exports.export(
            ["a.jsonl": ["hello"], "b.jsonl": [beginLine(), frameLine(0, [Seen()]), "bad", frameLine(1, [Seen()])]], to: .csv, as: "a.csv")
        #expect(outcome.items == 1)
        #expect(outcome.problems.count == 2)
        #expect(outcome.problems.first?.contains("a.jsonl: line 1") == true)
        #expect(outcome.problems.last?.contains("b.jsonl: line 3") == true)
        let error = #expect(throws: DeepVidError.self) { try exports.export(["a.jsonl": ["hello"]], to: .csv, as: "b.csv") }
        #expect(error?.code == .notRecords)
        #expect(!FileManager.default.fileExists(atPath: exports.folder.path("b.csv")))
    }

    @Test func stoppingLeavesNothing() throws {
        let exports = try Exports()
        let control = RunControl()
        control.stop()
        let path = try write([beginLine(), frameLine(0, [Seen()])], in: exports.folder)
        for format in ExportFormat.allCases {
            let place = try #require(ExportPlace(exports.folder.path("out"), format))
            #expect(try ExportRun(.init(format, place), control: control).run([path]) == nil)
        }
        #expect(try exports.files().isEmpty)
    }

    @Test func foldersThatHoldSomethingAreRefused() throws {
        let exports = try Exports()
        try FileManager.default.createDirectory(atPath: exports.folder.path("set"), withIntermediateDirectories: true)
        let lines = ["a.jsonl": [beginLine(), frameLine(0, [Seen()])]]
        _ = try exports.export(lines, to: .yolo, as: "set/")
        let error = #expect(throws: DeepVidError.self) { try exports.export(lines, to: .yolo, as: "set") }
        #expect(error?.code == .unwritable)
        #expect(try exports.files().count == 5)
    }

    @Test func placesFollowTheNameOfTheOutput() {
        #expect(ExportPlace("-", .csv) == .standardOutput)
        #expect(ExportPlace("-", .yolo) == nil)
        #expect(ExportPlace("a.txt", .mot) == .file("a.txt"))
        #expect(ExportPlace("a", .mot) == .folder("a"))
        #expect(ExportPlace("a.txt", .yolo) == .folder("a.txt"))
        #expect(ExportPlace("a", .csv) == .file("a"))
    }

    @Test func numbersThatCannotBeAreNoTrap() throws {
        let exports = try Exports()
        let odd = [
            beginLine(options: tracked), frameLine(9_223_372_036_854_775_807, [Seen(track: 9_223_372_036_854_775_807)]),
            frameLine(-5, [Seen(box: [1, 2], track: -1), Seen(classID: -3, box: [-1e300, 0, 1, 1], track: 2)]),
            frameLine(0, [Seen(track: 1, more: #","corners":[[1]],"angle":null,"mask":{"size":[0,0],"counts":"zz"}"#)]),
        ]
        for (number, format) in ExportFormat.allCases.enumerated() {
            let outcome = try exports.export(["a.jsonl": odd], to: format, as: "out\(number)\(format == .yolo ? "" : format.suffix)")
            #expect(outcome.frames == 3, "\(format)")
        }
    }
}
