import Foundation
import Models
import TestSupport
import Testing
import Vision

/// Where a model's card and labels come from.
@Suite struct WrittenCardTests {
    @Test func theCardBesideTheModelIsRead() throws {
        let model = try ModelFolder(card: card(#", "labels": ["a", "b", "c"]"#))
        let loaded = try model.load()
        #expect(loaded.cardOrigin == model.folder.path("m.json"))
        #expect(loaded.labels.names == ["a", "b", "c"])
        #expect(loaded.name == "m.onnx")
        #expect(loaded.summary.contains("input 4x4 rgb, head classification"))
    }

    @Test func aGivenCardComesBeforeTheOneBeside() throws {
        let model = try ModelFolder(card: card(#", "labels": ["a", "b", "c"]"#))
        try model.write(card(#", "labels": ["x", "y", "z"]"#), "other.json")
        #expect(try model.load { $0.card = model.folder.path("other.json") }.labels.names == ["x", "y", "z"])
    }

    @Test func aHeadByNameNeedsNoCard() throws {
        let loaded = try ModelFolder().load { $0.head = "classification" }
        #expect(loaded.cardOrigin == "--head classification")
        #expect(loaded.labels.names.isEmpty, "labels belong to one model")
    }

    @Test func knownModelsNeedNoCard() throws {
        let loaded = try ModelFolder(classifier(input: [1, 3, 32, 32], inputs: ["x"], output: "logits", classes: 10), card: nil)
            .load { $0.head = "classification" }
        #expect(loaded.labels.names.isEmpty)
        let error = #expect(throws: DeepVidError.self) { try ModelFolder().load() }
        #expect(error?.code == .unusableModel)
        #expect(error?.message.contains("none of the models that deepvid knows") == true)
        #expect(error?.message.contains("m.json") == true)
    }

    @Test func labelFilesAreBesideTheCard() throws {
        let model = try ModelFolder(card: card(#", "labels": "names.txt""#))
        try model.write("one\ntwo\r\nthree\n\n", "names.txt")
        #expect(try model.load().labels.names == ["one", "two", "three"])
        try model.write("uno\ndos\ntres", "other.txt")
        #expect(try model.load { $0.labels = model.folder.path("other.txt") }.labels.names == ["uno", "dos", "tres"])
    }

    @Test func labelsMustBeAsManyAsTheClasses() throws {
        let error = #expect(throws: DeepVidError.self) { try ModelFolder(card: card(#", "labels": ["a", "b"]"#)).load() }
        #expect(error?.code == .unusableModel)
        #expect(error?.message.contains("m.onnx: the model has 3 classes, but 2 labels are given") == true)
    }

    @Test func whatCannotBeReadIsNamed() throws {
        let model = try ModelFolder(card: card())
        let missing = #expect(throws: DeepVidError.self) { try model.load { $0.card = model.folder.path("no.json") } }
        #expect(missing?.message.contains("no.json") == true)
        let labels = #expect(throws: DeepVidError.self) { try model.load { $0.labels = model.folder.path("no.txt") } }
        #expect(labels?.message.contains("no.txt") == true)
        try model.write("\n\n", "empty.txt")
        let empty = #expect(throws: DeepVidError.self) { try model.load { $0.labels = model.folder.path("empty.txt") } }
        #expect(empty?.message.contains("has no labels") == true)
    }

    @Test func twoWaysToSayTheHeadAreRefused() throws {
        let error = #expect(throws: DeepVidError.self) { try ModelFolder().load { ($0.head, $0.card) = ("yolox", "c.json") } }
        #expect(error?.code == .invalidOptions)
        #expect(error?.message.contains("give one of them") == true)
        let unknown = #expect(throws: DeepVidError.self) { try ModelFolder().load { $0.head = "yolo" } }
        #expect(unknown?.code == .invalidOptions)
        #expect(unknown?.message.contains("yolox, yolov5") == true)
    }

    @Test func theCauseIsKept() throws {
        let error = #expect(throws: DeepVidError.self) { try ModelFolder(card: "{").load() }
        #expect((error?.cause as? VisionError)?.code == .invalidCard)
    }
}
