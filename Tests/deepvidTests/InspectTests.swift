import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct InspectTests {
    @Test func video() throws {
        let text = try expectSuccess("deepvid inspect street.mp4")
        #expect(text.output.contains("h264"), "\(text.errors)")
        let json = try shell("deepvid inspect street.mp4 --json")
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["kind"] as? String == "video")
        #expect(object["codec"] as? String == "h264")
        #expect((object["width"] as? Int ?? 0) > 0)
        #expect((object["streams"] as? [Any])?.isEmpty == false)
    }

    @Test func model() throws {
        let text = try expectSuccess("deepvid inspect detector.onnx --layers")
        #expect(text.output.contains("Conv"), "\(text.errors)")
        #expect(text.lines.last?.contains("100.0 %") == true, "\(text.output)")
        try expectRefusal("deepvid inspect detector.onnx --time", "--layers")
        let json = try shell("deepvid inspect detector.onnx --json --layers --time")
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["kind"] as? String == "model")
        #expect((object["macs"] as? Int ?? 0) > 1_000_000)
        #expect((object["parameters"] as? Int ?? 0) > 1000)
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(layers.reduce(0) { $0 + ($1["macs"] as? Int ?? 0) } == object["macs"] as? Int)
        #expect(layers.allSatisfy { ($0["ms"] as? Double ?? -1) >= 0 })
    }

    /// Without decoding: pictures are counted by kind and by group, and drawn with what a run found.
    @Test func packets() throws {
        let text = try expectSuccess("deepvid inspect --packets moving.mp4")
        #expect(text.output.contains("groups"), "\(text.output)")
        let json = try expectSuccess("deepvid inspect --packets moving.mp4 --json")
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["kind"] as? String == "packets")
        let groups = try #require(object["groups"] as? [[String: Any]]), kinds = try #require(object["pictures"] as? [[String: Any]])
        #expect(groups.count == 4)
        #expect(groups.reduce(0) { $0 + ($1["pictures"] as? Int ?? 0) } == 75)
        #expect(kinds.reduce(0) { $0 + ($1["pictures"] as? Int ?? 0) } == 75)
        #expect(kinds.first { $0["kind"] as? String == "key" }?["pictures"] as? Int == 4)
    }

    @Test func packetsAreDrawn() throws {
        let drawn = try shell(
            """
            deepvid infer street.mp4 --model detector.onnx -q -o s.jsonl && \
            deepvid inspect --packets street.mp4 --results s.jsonl --plot p.svg >/dev/null && cat p.svg
            """)
        #expect(drawn.status == 0, "\(drawn.errors)")
        let document = XMLParser(data: Data(drawn.output.utf8))
        #expect(document.parse(), "\(document.parserError.map { "\($0)" } ?? "")")
        #expect(drawn.output.contains(">decoded</text>"))
    }

    @Test func packetsAreRefused() throws {
        try expectRefusal("deepvid inspect --packets detector.onnx", "--packets")
        try expectRefusal("deepvid inspect street.mp4 --plot p.svg", "--packets")
        try expectRefusal("deepvid inspect --packets street.mp4 --plot p.png", "p.png", ".svg")
        try expectRefusal("deepvid inspect --packets palette.gif", "gif")
        try expectRefusal("echo hello >notes.txt; deepvid inspect --packets notes.txt", "notes.txt")
    }

    /// A frame to read the points of zones from, and with the zones that there are.
    @Test func aGridToDrawZonesBy() throws {
        let place = try Workspace()
        let zones =
            #"{"unit": "fraction", "zones": [{"name": "yard", "points": [[0, 0.4], [1, 0.4], [1, 1]]}], "#
            + #""lines": [{"name": "kerb", "points": [[0, 0], [1, 1]]}], "masks": [{"name": "tree", "points": [[0, 0], [0.2, 0], [0, 0.2]]}]}"#
        try place.write(zones, to: "zones.json")
        try expectSuccess(
            "deepvid inspect street.mp4 --grid grid.png && deepvid inspect street.mp4 --start 1 --grid zones.png --zones zones.json",
            in: place)
        let pictures = ["grid.png", "zones.png"].map { place.folder.appending(path: $0) }
        for picture in pictures {
            let size = try #require(try pngSize(picture))
            #expect(size.width == 640)
            #expect(size.height == 384)
        }
        #expect(try Data(contentsOf: pictures[at: 0]) != Data(contentsOf: pictures[at: 1]))
        try expectRefusal("deepvid inspect street.mp4 --zones zones.json", "--grid", in: place)
        try expectRefusal("deepvid inspect street.mp4 --grid zones.json", "zones.json", in: place)
        try expectRefusal("deepvid inspect street.mp4 --grid grid.mp4", "end in .png", in: place)
        try expectRefusal("deepvid inspect detector.onnx --grid grid.png", "name a video", in: place)
    }

    @Test func neither() throws {
        try expectRefusal("deepvid inspect missing", "missing", "no such file")
        try expectRefusal("echo hello >notes.txt; deepvid inspect notes.txt", "notes.txt")
    }

    @Test func modelsListsHeadsAndPrintsCards() throws {
        let list = try expectSuccess("deepvid models")
        let heads = ["yolox", "yolov5", "yolov8", "nanodet", "picodet", "fastestdet", "ssd", "yunet", "classification", "embedding"]
        for head in heads {
            #expect(list.output.contains(head))
            // A card that deepvid prints is one that deepvid reads.
            let card = try shell("deepvid models --card \(head)")
            #expect(card.status == 0, "\(head)")
            #expect((try? JSONSerialization.jsonObject(with: Data(card.output.utf8))) != nil, "\(head)")
        }
        try expectRefusal("deepvid models --card yollox", "yollox", "yolox")
    }
}
