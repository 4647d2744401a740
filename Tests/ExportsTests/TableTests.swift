import DeepVid
import Models
import TestSupport
import Testing

@testable import Exports

/// `--to csv`.
@Suite struct TableTests {
    @Test func everyBoxIsARow() throws {
        let exports = try Exports()
        let outcome = try exports.export(
            [
                "a.jsonl": [
                    beginLine("yard, \\\"left\\\".mp4"),
                    frameLine(0, at: 0, [Seen(score: 0.56789, box: [1.006, 2, 3.5, 4], track: 7, more: ",\"zones\":[\"door\",\"yard\"]")]),
                    frameLine(1, at: 1 / 30, []),
                    frameLine(
                        2, [Seen(), Seen(label: "person", classID: 0, track: 3, more: ",\"static\":true")],
                        more: ",\"time\":\"2026-11-21T08:15:00.250Z\""),
                    endLine("yard, \\\"left\\\".mp4", frames: 3),
                ]
            ], to: .csv, as: "a.csv")
        #expect(
            try exports.text("a.csv") == """
                source,frame,pts_s,time,time_local,label,class_id,score,x,y,width,height,track_id,zones,static
                "yard, ""left"".mp4",0,0,,,car,2,0.5679,1.01,2,3.5,4,7,door;yard,
                "yard, ""left"".mp4",2,,2026-11-21T08:15:00.250Z,2026-11-21 09:15:00,car,2,0.5,10,20,30,40,,,
                "yard, ""left"".mp4",2,,2026-11-21T08:15:00.250Z,2026-11-21 09:15:00,person,0,0.5,10,20,30,40,3,,true

                """)
        #expect(outcome.inputs == 1)
        #expect(outcome.frames == 3)
        #expect(outcome.items == 3)
        #expect(outcome.warnings.isEmpty)
    }

    @Test func classifiersHaveNoBoxes() throws {
        let exports = try Exports()
        let line =
            #"{"type":"frame","frame":4,"pts_s":2,"classes":[{"label":"red","class_id":0,"score":0.75},{"label":"blue","class_id":2,"score":0.25}],"timing_ms":{"decode":0,"infer":2,"total":2}}"#
        _ = try exports.export(["a.jsonl": [beginLine(head: "classification"), line]], to: .csv, as: "a.csv", score: 0.5)
        #expect(try exports.text("a.csv").split(separator: "\n").dropFirst() == ["street.mp4,4,2,,,red,0,0.75,,,,,,,"])
    }

    private let map =
        #"{"type":"frame","frame":4,"pts_s":2,"segments":[{"label":"road","class_id":0,"share":0.75},{"label":"sky","class_id":10,"share":0.25}],"timing_ms":{"decode":0,"infer":2,"total":2}}"#

    @Test func mapsHaveSharesOfTheFrame() throws {
        let exports = try Exports()
        let outcome = try exports.export(
            ["a.jsonl": [beginLine(head: "semantic"), map]], to: .csv, as: "a.csv", classes: ["Sky"], score: 0.5)
        #expect(
            try exports.text("a.csv") == "source,frame,pts_s,time,time_local,label,class_id,share\nstreet.mp4,4,2,,,sky,10,0.25\n")
        #expect(outcome.items == 1)
    }

    @Test func mapsAndBoxesAreNoTable() throws {
        let exports = try Exports()
        let error = #expect(throws: DeepVidError.self) {
            try exports.export(
                ["a.jsonl": [beginLine(head: "semantic"), map], "b.jsonl": [beginLine("b.mp4"), frameLine(0, [Seen()])]], to: .csv,
                as: "a.csv")
        }
        #expect(error?.message.contains("tables of their own") == true)
        for format in [ExportFormat.coco, .yolo] {
            let error = #expect(throws: DeepVidError.self) {
                try exports.export(["a.jsonl": [beginLine(head: "semantic"), map]], to: format, as: "out")
            }
            #expect(error?.message.contains("are maps (segments), which have no boxes: export them to csv") == true)
        }
    }

    /// Also where no format would have them.
    @Test(arguments: [ExportFormat.csv, .coco, .mot]) func embeddingsAreLeftOutWithAWord(format: ExportFormat) throws {
        let then = #","then":[{"model":"reid.onnx","sha256":"","head":"embedding","card":"","crop_margin":0.1}]"#
        let exports = try Exports()
        let outcome = try exports.export(["a.jsonl": [beginLine(options: then), frameLine(0, [Seen()])]], to: format, as: "out")
        #expect(
            outcome.warnings == [
                "the embeddings of --then reid.onnx are left out: no format has a place for them; read objects[].embedding from the records"
            ])
    }

    @Test func eventsAreStays() throws {
        func event(_ kind: String, _ id: Int, score: Double, more: String = "") -> String {
            "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":\(id),\"label\":\"car\",\"class_id\":2,\"frame\":9,\"start_s\":0.5,\"score\":\(score),"
                + "\"box\":[1,2,3,4],\"best_frame\":3,\"best_s\":0.75,\"entered_zones\":[\"door\"]\(more)}"
        }
        let exports = try Exports()
        let outcome = try exports.export(
            [
                "a.jsonl": [
                    beginLine(options: tracked + ",\"records\":\"events\""), event("start", 1, score: 0.5), event("start", 2, score: 0.25),
                    event("update", 2, score: 0.75),
                    event(
                        "end", 1, score: 0.5,
                        more: #","start_time":"2026-11-21T08:15:00.500Z","end_s":2,"end_time":"2026-11-21T08:15:02.000Z""#),
                ]
            ], to: .csv, as: "a.csv")
        #expect(
            try exports.text("a.csv").split(separator: "\n").dropFirst() == [
                "street.mp4,1,car,2,0.5,2026-11-21T08:15:00.500Z,2026-11-21 09:15:01,2,2026-11-21T08:15:02.000Z,2026-11-21 09:15:02,0.5,3,0.75,1,2,3,4,door",
                "street.mp4,2,car,2,0.5,,,,,,0.75,3,0.75,1,2,3,4,door",
            ])
        #expect(outcome.items == 2)
        let error = #expect(throws: DeepVidError.self) {
            try exports.export(["a.jsonl": [beginLine(), event("start", 1, score: 1)]], to: .coco, as: "a.json")
        }
        #expect(error?.code == .cannotExport)
        #expect(error?.message.contains("--events") == true)
        let mixed = #expect(throws: DeepVidError.self) {
            try exports.export(["a.jsonl": [event("start", 1, score: 1), frameLine(0)]], to: .csv, as: "b.csv")
        }
        #expect(mixed?.message.contains("tables of their own") == true)
    }

    private static func then(_ models: String...) -> String {
        let list = models.map { #"{"model":"\#($0)","sha256":"","head":"classification","card":"","crop_margin":0.1}"# }
        return #","then":[\#(list.joined(separator: ","))]"#
    }

    @Test func secondModelsHaveColumns() throws {
        let one = Seen(more: #","classes":[{"label":"red","class_id":0,"score":0.75},{"label":"blue","class_id":2,"score":0.25}]"#)
        let exports = try Exports()
        let outcome = try exports.export(
            [
                "a.jsonl": [beginLine(options: Self.then("colours.onnx")), frameLine(0, [one, Seen()])],
                "b.jsonl": [beginLine("other.mp4", options: Self.then("makes.onnx")), frameLine(0, [Seen()])],
            ], to: .csv, as: "a.csv")
        let lines = try exports.text("a.csv").split(separator: "\n")
        #expect(lines[0].hasSuffix(",static,colours_label,colours_score"))
        #expect(lines[1].hasSuffix(",red,0.75"))
        #expect(lines[2].hasSuffix(",,"))
        #expect(Set(lines.map { $0.count { $0 == "," } }) == [16])
        #expect(outcome.warnings.count == 1)
        #expect(outcome.warnings[0].hasPrefix("answers of models of other.mp4 have no column"))
    }

    @Test func eachOfSeveralSecondModelsHasItsOwn() throws {
        let red = #"{"model":"a.onnx","label":"red","class_id":0,"score":0.75}"#,
            van = #"{"model":"b.onnx","label":"van","class_id":1,"score":1}"#
        let seen = Seen(more: #","classes":[\#(red),\#(van)]"#)
        let exports = try Exports()
        _ = try exports.export(
            ["a.jsonl": [beginLine(options: Self.then("a.onnx", "b.onnx")), frameLine(0, [seen])]], to: .csv, as: "a.csv")
        let lines = try exports.text("a.csv").split(separator: "\n")
        #expect(lines[0].hasSuffix(",a_label,a_score,b_label,b_score"))
        #expect(lines[1].hasSuffix(",red,0.75,van,1"))
    }

    @Test func whatEachOfSeveralModelsSaysIsARow() throws {
        let models =
            #","models":{"boxes":{"objects":[\#(Seen(track: 1).json)]},"scene":{"classes":[{"label":"street","class_id":4,"score":0.9}]}}"#
        let exports = try Exports()
        let outcome = try exports.export(
            ["a.jsonl": [beginLine(), frameLine(0, [Seen(track: 1)], more: models)]], to: .csv, as: "a.csv")
        #expect(
            try exports.text("a.csv").split(separator: "\n").dropFirst() == [
                "street.mp4,0,,,,car,2,0.5,10,20,30,40,1,,,boxes", "street.mp4,0,,,,street,4,0.9,,,,,,,,scene",
            ])
        #expect(outcome.items == 2)
    }

    @Test func formatsWithoutRoomForModelsSaySo() throws {
        let exports = try Exports()
        let outcome = try exports.export(
            [
                "a.jsonl": [beginLine(options: Self.then("colours.onnx")), frameLine(0, [Seen()])],
                "b.jsonl": [beginLine("b.mp4", options: Self.then("colours.onnx")), frameLine(0, [Seen()])],
            ], to: .coco, as: "a.json")
        #expect(outcome.warnings == ["what --then colours.onnx says is left out: --to csv has columns for it"])
    }

    @Test func aTableWithoutRowsHasItsColumns() throws {
        let exports = try Exports()
        let outcome = try exports.export(["a.jsonl": [beginLine(), endLine(frames: 0)]], to: .csv, as: "a.csv")
        #expect(try exports.text("a.csv").hasPrefix("source,frame,"))
        #expect(outcome.warnings == ["the records have no frames: there was nothing to export"])
    }

    @Test func classesAndScoresChoose() throws {
        let exports = try Exports()
        let lines = [beginLine(), frameLine(0, [Seen(score: 0.3), Seen(score: 0.6), Seen(label: "person", classID: 0, score: 0.9)])]
        let outcome = try exports.export(["a.jsonl": lines], to: .csv, as: "a.csv", classes: ["car", "Persn"], score: 0.5)
        #expect(outcome.items == 1)
        #expect(outcome.warnings == ["nothing is of class Persn (did you mean 'person'?); there are car, person"])
    }
}
