import Foundation
import Inference
import Models
import TestSupport
import Testing
import Vision

/// Several models that are loaded together: their names, classes and variants.
struct ModelSetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A classifier of classes with these names.
    private func model(_ name: String, _ labels: [String], mean: Int = 0) throws -> ModelOptions {
        try classifier(classes: labels.count).write(to: URL(fileURLWithPath: folder.path("\(name).onnx")))
        let names = labels.map { "\"\($0)\"" }.joined(separator: ", ")
        try """
        {"head": "classification", "labels": [\(names)],
         "input": {"color": "rgb", "mean": \(mean), "std": 255, "resize": "stretch"}}
        """.write(toFile: folder.path("\(name).json"), atomically: true, encoding: .utf8)
        var options = ModelOptions()
        options.model = folder.path("\(name).onnx")
        return options
    }

    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch let error as DeepVidError { return error.message } catch { return "\(error)" }
        return ""
    }

    @Test func namesAreThoseOfTheFiles() throws {
        let a = try model("a", ["x", "y"]), b = try model("b", ["x", "y", "z"], mean: 1)
        let set = try ModelSet([ModelChoice(a), ModelChoice(b)])
        #expect(set.members.map(\.name) == ["a", "b"])
        #expect(set.networks == [[0], [1]], "they normalise their pictures in different ways")
        #expect(set.pictures.ofNetworks == [[0], [0]], "but the pictures are the same")
        let twice = message { _ = try ModelSet([ModelChoice(a), ModelChoice(a)]) }
        #expect(twice.contains("both would answer as 'a'") && twice.contains("--model NAME="))
        var named = a
        named.name = "other"
        let renamed = try ModelSet([ModelChoice(a), ModelChoice(named)])
        #expect(renamed.members.map(\.name) == ["a", "other"])
        #expect(renamed.networks == [[0, 1]], "one model twice is one network")
        #expect(renamed.members[1].shared == 1)
    }

    @Test func aClassHasToBeKnownToOneOfThem() throws {
        func set(_ classes: [String]) throws -> ModelSet {
            try ModelSet(
                [model("a", ["cat", "dog"]), model("b", ["sun", "rain"])].map { own in
                    var own = own
                    own.classes = classes
                    return ModelChoice(own)
                })
        }
        #expect(try set(["cat", "rain"]).members.count == 2)
        #expect(message { _ = try set(["cat", "rian"]) }.contains("'rian'; did you mean 'rain'?"))
    }

    @Test func variantsSayTheSameThings() throws {
        func set(_ variants: [(labels: [String], accuracy: Double, classes: [String]?)]) throws -> ModelSet {
            let all = try variants.enumerated().map { index, variant in
                ModelChoice.Variant(
                    name: "v\(index)", try model("v\(index)", variant.labels), accuracy: variant.accuracy, classes: variant.classes)
            }
            return try ModelSet([ModelChoice(name: "pets", file: "pets.toml", all)])
        }
        let set0 = try set([(["cat", "dog"], 0.5, nil), (["cat", "dog"], 0.8, nil), (["dog"], 0.9, ["dog"])])
        #expect(set0.hasVariants)
        #expect(set0.members[0].model.name == "v1.onnx", "the most accurate one that knows all classes")
        // A specialised variant's classes get the numbers that they have in the others.
        let answer = set0.members[0].variants[2].renumbered(.classes([.init(classID: 0, label: "dog", score: 1)]))
        guard case .classes(let classes) = answer else { return #expect(Bool(false)) }
        #expect(classes.map(\.classID) == [1])
        #expect(message { _ = try set([(["cat", "dog"], 0.5, nil), (["cat", "cow"], 0.4, nil)]) }.contains("has a class 'cow'"))
        #expect(message { _ = try set([(["cat", "dog"], 0.5, nil), (["cat"], 0.4, nil)]) }.contains("lacks class 'dog'"))
        #expect(message { _ = try set([(["cat", "dog"], 0.5, nil), (["cat"], 0.4, ["cow"])]) }.contains("for class 'cow'"))
    }
}
