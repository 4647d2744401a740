import Foundation
import Testing

/// `--maps`, and what `inspect` says of models that cannot be run.
@Suite struct MapTests {
    /// Relu of a picture of 8×8: the greatest of red, green and blue is the class.
    private static let colors =
        "CAgSAXQ6SwoMCgF4EgF5IgRSZWx1EgFnWhsKAXgSFgoUCAESEAoCCAEKAggDCgIICAoCCAhiGwoBeRIWChQIARIQCgIIAQoCCAMKAggICgIICEIECgAQDQ=="
    /// Relu, an operator that there is not, and one of onnxruntime's.
    private static let unknown =
        "CAgSAXQ6fQoMCgF4EgFhIgRSZWx1Cg0KAWESAWIiBUJvZ3VzCiEKAWISAXkiCkZ1c2VkVGhpbmc6DWNvbS5taWNyb3NvZnQSAWdaGwoBeBIWChQIARIQCgIIAQoCCAMK"
        + "AggICgIICGIbCgF5EhYKFAgBEhAKAggBCgIIAwoCCAgKAggIQgQKABANQhEKDWNvbS5taWNyb3NvZnQQAQ=="

    private func place(_ model: String, card: String? = nil) throws -> Workspace {
        let place = try Workspace()
        try Data(base64Encoded: model)!.write(to: place.folder.appending(path: "m.onnx"))
        if let card { try place.write(card, to: "m.json") }
        return place
    }

    private static let card = #"""
        {"head": "semantic", "labels": ["red", "green", "blue"],
         "input": {"color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}}
        """#

    @Test func aMapIsInTheRecordAndInAPicture() throws {
        let place = try place(Self.colors, card: Self.card)
        let outcome = try expectSuccess("deepvid infer street.mp4 --model m.onnx --max-frames 2 --maps maps -q", in: place)
        let frames = try Records(outcome).frames
        #expect(frames.count == 2)
        for frame in frames {
            let segments = try #require(frame.segments)
            #expect(abs(segments.reduce(0) { $0 + $1.share } - 1) < 0.001)
            #expect(Set(segments.map(\.label)).isSubset(of: ["red", "green", "blue"]))
        }
        let size = try #require(try pngSize(place.folder.appending(path: "maps/frame-000001.png")))
        #expect((size.width, size.height) == (8, 8))
    }

    @Test func onlyTheClassesAskedForAreReported() throws {
        let place = try place(Self.colors, card: Self.card)
        let outcome = try expectSuccess("deepvid infer street.mp4 --model m.onnx --max-frames 1 --classes blue -q", in: place)
        #expect(try Records(outcome).frames[at: 0].segments?.allSatisfy { $0.label == "blue" } == true)
        try expectRefusal("deepvid infer street.mp4 --model m.onnx --classes bleu", "no class 'bleu'", "'blue'", in: place)
    }

    @Test func modelsWithoutMapsHaveNone() throws {
        try expectRefusal("deepvid infer street.mp4 --maps out", "--maps", "yolox")
    }

    @Test func depthsAreNumbersAndAPicture() throws {
        let card = #"{"head": "depth", "input": {"color": "gray", "mean": 0, "std": 255, "resize": "stretch"}}"#
        let place = try place(Self.colors, card: card)
        // Three channels are no depth.
        try expectRefusal("deepvid infer street.mp4 --model m.onnx --max-frames 1", "head 'depth' reads", in: place)
    }

    @Test func everythingThatIsMissingIsListed() throws {
        let place = try place(Self.unknown), text = try shell("deepvid inspect m.onnx", in: place)
        #expect(text.status == 2)
        for words in [
            "x  float  1×3×8×8", "Relu 1", "Bogus 1 (ai.onnx, opset 13)", "FusedThing 1 (com.microsoft, opset 1)", "cannot be run",
        ] {
            #expect(text.output.contains(words), "\(text.output)")
        }
        let json = try shell("deepvid inspect m.onnx --json", in: place)
        #expect(json.status == 2)
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let missing = try #require(object["unsupported"] as? [[String: Any]])
        #expect(missing.compactMap { $0["kind"] as? String } == ["Bogus", "FusedThing"])
        #expect((object["operators"] as? [Any])?.count == 3)
        #expect((object["problem"] as? String)?.isEmpty == false)
    }

    @Test func aModelOfAnotherKindIsNoVideo() throws {
        let place = try Workspace()
        try place.write("anything", to: "m.engine")
        try expectRefusal("deepvid inspect m.engine", "TensorRT", ".onnx", in: place)
    }
}
