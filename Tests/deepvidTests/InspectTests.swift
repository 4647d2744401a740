import Foundation
import Testing

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
        let json = try shell("deepvid inspect detector.onnx --json --layers")
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["kind"] as? String == "model")
        #expect((object["macs"] as? Int ?? 0) > 1_000_000)
        #expect((object["parameters"] as? Int ?? 0) > 1000)
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(layers.reduce(0) { $0 + ($1["macs"] as? Int ?? 0) } == object["macs"] as? Int)
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
        #expect(try Data(contentsOf: pictures[0]) != Data(contentsOf: pictures[1]))
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
