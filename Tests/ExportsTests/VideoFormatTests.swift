import DeepVid
import Foundation
import Models
import TestSupport
import Testing

@testable import Exports

/// `--to mot`, `--to cvat` and `--to labelstudio`, which have tracks.
@Suite struct VideoFormatTests {
    /// Two frames with an object, one without, and one with it again; another that is not followed.
    private static let lines = [
        beginLine(options: tracked), frameLine(0, at: 0, [Seen(box: [64, 38.4, 32, 19.2], track: 3), Seen(label: "person", classID: 0)]),
        frameLine(2, at: 0.5, [Seen(box: [65, 38.4, 32, 19.2], track: 3)]), frameLine(4, at: 1),
        frameLine(6, at: 1.5, [Seen(score: 0.75, box: [66, 38.4, 32, 19.2], track: 3)]), endLine(frames: 4),
    ]

    @Test func motCountsFromOne() throws {
        let exports = try Exports()
        let outcome = try exports.export(["a.jsonl": Self.lines], to: .mot, as: "a.txt")
        #expect(
            try exports.text("a.txt") == """
                1,3,65,39.4,32,19.2,0.5,-1,-1,-1
                3,3,66,39.4,32,19.2,0.5,-1,-1,-1
                7,3,67,39.4,32,19.2,0.75,-1,-1,-1

                """)
        #expect(outcome.items == 3)
        #expect(outcome.leftOut == 1)
    }

    @Test func withoutTracksIDsAreMinusOne() throws {
        let exports = try Exports()
        _ = try exports.export(["a.jsonl": [beginLine(), frameLine(9, [Seen()])]], to: .mot, as: "a.txt")
        #expect(try exports.text("a.txt") == "10,-1,11,21,30,40,0.5,-1,-1,-1\n")
    }

    @Test func severalInputsAreSeveralFiles() throws {
        let exports = try Exports()
        let two = ["a.jsonl": Self.lines, "b.jsonl": [beginLine("rtsp://u:***@gate.local/1"), frameLine(0, [Seen()])]]
        let outcome = try exports.export(two, to: .mot, as: "sequences")
        #expect(try exports.files() == ["sequences", "sequences/gate.local-1.txt", "sequences/street.txt"])
        #expect(outcome.files == 2)
        let error = #expect(throws: DeepVidError.self) { try exports.export(two, to: .mot, as: "one.txt") }
        #expect(error?.message.contains("name a folder") == true)
        #expect(throws: DeepVidError.self) { try exports.export(two, to: .cvat, as: "sequences") }
        // Nothing of the first input is left either, though it had come to its end.
        #expect(try exports.files().count == 3)
    }

    @Test func cvatHasATrackWithItsGaps() throws {
        let exports = try Exports()
        _ = try exports.export(["a.jsonl": Self.lines], to: .cvat, as: "a.xml")
        let text = try exports.text("a.xml")
        func box(_ frame: Int, _ x: Int, outside: Int, score: String = "0.5") -> String {
            """
                <box frame="\(frame)" keyframe="1" outside="\(outside)" occluded="0" xtl="\(x)" ytl="38.4" xbr="\(x + 32)" ybr="57.6" z_order="0">
                  <attribute name="score">\(score)</attribute>
                </box>

            """
        }
        #expect(
            text.hasSuffix(
                "  <track id=\"0\" label=\"car\" source=\"auto\">\n" + box(0, 64, outside: 0) + box(2, 65, outside: 0)
                    + box(4, 65, outside: 1) + box(6, 66, outside: 0, score: "0.75") + "  </track>\n</annotations>\n"))
        #expect(text.contains("<mode>interpolation</mode>"))
        #expect(text.contains("<size>7</size>"))
    }

    @Test func cvatWithoutTracksHasImages() throws {
        let exports = try Exports()
        let objects = [
            Seen(label: "a<b&\\\"c\\\"", box: [1, 2, 3, 4]), Seen(more: #","corners":[[0,10],[10,10],[10,30],[0,30]],"angle":1.5707963"#),
        ]
        _ = try exports.export(["a.jsonl": [beginLine(), frameLine(12, objects)]], to: .cvat, as: "a.xml")
        #expect(
            try exports.text("a.xml").contains(
                """
                  <image id="12" name="frame_000012" width="640" height="384">
                    <box label="a&lt;b&amp;&quot;c&quot;" source="auto" occluded="0" xtl="1" ytl="2" xbr="4" ybr="6" z_order="0">
                      <attribute name="score">0.5</attribute>
                    </box>
                    <box label="car" source="auto" occluded="0" xtl="0" ytl="10" xbr="10" ybr="30" rotation="90" z_order="0">
                      <attribute name="score">0.5</attribute>
                    </box>
                  </image>
                """))
    }

    @Test func labelStudioHasStretches() throws {
        let exports = try Exports()
        _ = try exports.export(["a.jsonl": Self.lines], to: .labelstudio, as: "a.json")
        let box = #""rotation":0,"x":10,"y":10,"width":5,"height":5"#
        #expect(
            try exports.text("a.json") == """
                [
                {"data":{"video":"/data/local-files/?d=street.mp4"},"predictions":[{"model_version":"m","score":0.75,"result":[{"id":"street-3","from_name":"box","to_name":"video","type":"videorectangle","score":0.75,"value":{"framesCount":7,"sequence":[{"frame":1,"enabled":true,\(box),"time":0},{"frame":3,"enabled":false,\(box.replacing("\"x\":10", with: "\"x\":10.1563")),"time":0.5},{"frame":7,"enabled":false,\(box.replacing("\"x\":10", with: "\"x\":10.3125")),"time":1.5}],"labels":["car"]}}]}]}
                ]

                """)
    }

    @Test func labelStudioWithoutTracksHasPictures() throws {
        let exports = try Exports()
        _ = try exports.export(
            ["a.jsonl": [beginLine(), frameLine(1, [Seen(box: [64, 38.4, 32, 19.2])]), frameLine(2)]], to: .labelstudio, as: "a.json")
        #expect(
            try exports.text("a.json") == """
                [
                {"data":{"image":"/data/local-files/?d=street/frame-000001.jpg"},"predictions":[{"model_version":"m","score":0.5,"result":[{"id":"street/frame-000001-1","from_name":"label","to_name":"image","type":"rectanglelabels","original_width":640,"original_height":384,"image_rotation":0,"score":0.5,"value":{"x":10,"y":10,"width":5,"height":5,"rotation":0,"rectanglelabels":["car"]}}]}]},
                {"data":{"image":"/data/local-files/?d=street/frame-000002.jpg"},"predictions":[{"model_version":"m","result":[]}]}
                ]

                """)
    }

    @Test func framesThatDoNotCountFromTheBeginningAreSaid() throws {
        let exports = try Exports()
        let outcome = try exports.export(
            ["a.jsonl": [beginLine(options: ",\"start_s\":60"), frameLine(0, [Seen()])]], to: .mot, as: "a.txt")
        #expect(outcome.warnings.count == 1)
        #expect(outcome.warnings.first?.contains("--start 60") == true)
    }
}
