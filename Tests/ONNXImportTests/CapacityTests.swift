import Foundation
import ONNXProto
import Tensors
import TestSupport
import Testing

@testable import ONNXImport

/// Files that hold several capacities: a smaller one is a slice.
@Suite struct CapacityTests {
    /// Channels of the tensors between the layers.
    private struct Widths {
        var first = 8
        var second = 6
    }

    private static let small = Widths(first: 5, second: 3)

    /// A convolution, a depthwise one and a last one over all channels; half precision and a cast as exporters write it.
    private func network(_ widths: Widths, cutOf all: Widths = Widths(), ownVectors: Bool = true) -> TestModel {
        var model = TestModel(), dice = Dice(3)
        func weight(_ name: String, _ whole: [Int], _ dims: [Int]) {
            let values = (0..<whole.reduce(1, *)).map { _ in dice.float() }
            let cut = zip(Self.indices(whole), values).filter { index, _ in zip(index, dims).allSatisfy { $0 < $1 } }.map(\.1)
            model.weight(name, dims, .float, cut)
        }
        func vector(_ name: String, _ count: Int, of capacity: Int) {
            model.weight(name, [count], .float, (0..<count).map { Float($0 * (capacity + 1)) / 7 })
        }
        let isSmall = widths.first < all.first, own = isSmall && ownVectors ? 1 : 0
        model.input("x", [1, 3, 6, 6])
        weight("a", [all.first, 3, 3, 3], [widths.first, 3, 3, 3])
        weight("b", [all.first, 1, 3, 3], [widths.first, 1, 3, 3])
        weight("c", [all.second, all.first, 1, 1], [widths.second, widths.first, 1, 1])
        weight("d", [2, all.second], [2, widths.second])
        vector("a.bias", widths.first, of: own)
        vector("c.bias", widths.second, of: own)
        model.node("Conv", ["x", "a", "a.bias"], ["p"], ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])])
        model.node("Relu", ["p"], ["q"])
        model.node(
            "Conv", ["q", "b"], ["r"], ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1]), "group": .int(widths.first)])
        model.node("Cast", ["c"], ["c32"], ["to": 1])
        model.node("Conv", ["r", "c32", "c.bias"], ["s"], ["kernel_shape": .ints([1, 1])])
        model.node("GlobalAveragePool", ["s"], ["t"])
        model.node("Flatten", ["t"], ["u"])
        model.node("Gemm", ["u", "d"], ["y"], ["transB": 1])
        model.output("y")
        return model
    }

    private static func indices(_ dims: [Int]) -> [[Int]] {
        dims.reduce([[]]) { all, extent in all.flatMap { index in (0..<extent).map { index + [$0] } } }
    }

    private static let shapes = #""a": [5, 3, 3, 3], "b": [5, 1, 3, 3], "c": [3, 5, 1, 1], "d": [2, 3]"#
    private static let own = #""a.bias": "small/a.bias", "c.bias": "small/c.bias""#

    private static func said(
        version: String = "1", first: String = #"{"name": "full", "accuracy": 0.9}"#, shapes: String = shapes, own: String = own
    ) -> String {
        """
        {"version": \(version), "capacities": [\(first), {"name": "small", "accuracy": 0.8, "shapes": {\(shapes)}, "own": {\(own)}}]}
        """
    }

    private func nested(_ said: String = said()) -> TestModel {
        var model = network(Widths())
        for (name, count) in [("a.bias", Self.small.first), ("c.bias", Self.small.second)] {
            model.weight("small/\(name)", [count], .float, (0..<count).map { Float($0 * 2) / 7 })
        }
        var property = ONNX_StringStringEntryProto()
        (property.key, property.value) = (Capacities.property, said)
        model.proto.metadataProps = [property]
        return model
    }

    private func load(_ model: TestModel, _ capacity: String?) throws -> ONNXModel {
        try ONNXModel.load(bytes: model.proto.serializedData(partial: true) as Data, capacity: capacity)
    }

    private func run(_ model: ONNXModel) throws -> [Float] {
        let x = Tensor(Shape([1, 3, 6, 6]), (0..<108).map { Float($0 % 11) / 11 })
        return try Interpreter(graph: model.graph).run(["x": x])[0].floats
    }

    @Test func aSliceIsTheModelThatWasExportedAtThatSize() throws {
        let file = nested()
        #expect(try run(load(file, nil)) == run(load(network(Widths()), nil)))
        #expect(try run(load(file, "full")) == run(load(file, nil)))
        let alone = try run(load(network(Self.small), nil))
        #expect(try run(load(file, "small")) == alone)
        #expect(try run(load(file, nil)) != alone)
    }

    @Test func theFileSaysWhatItHolds() throws {
        let known = try #require(try load(nested(), nil).capacities())
        #expect(known.all.map(\.name) == ["full", "small"])
        #expect(known.all.map(\.accuracy) == [0.9, 0.8])
        #expect(try load(network(Widths()), nil).capacities() == nil)
        #expect(try Capacities.mayBe(in: nested().proto.serializedData(partial: true) as Data))
        #expect(try !Capacities.mayBe(in: network(Widths()).proto.serializedData(partial: true) as Data))
    }

    @Test(
        arguments: [
            ("", "no JSON object with a version"), ("[]", "no JSON object with a version"), ("{\"version\": 1}", "capacities is missing"),
            (said(version: "2"), "is of version 2"), (said(version: "\"1\""), "no JSON object with a version"),
            (#"{"version": 1, "capacities": []}"#, "has 0 capacities"),
            (said(first: #"{"name": "full"}"#), "capacities[0].accuracy is missing"),
            (said(first: #"{"name": "full", "accuracy": "high"}"#), "capacities[0].accuracy is of another kind"),
            (said(first: #"{"name": "full", "accuracy": 1.5}"#), "promises accuracy 1.5"),
            (said(first: #"{"name": "small", "accuracy": 0.9}"#), "two capacities 'small'"),
            (said(first: #"{"name": "a b", "accuracy": 0.9}"#), "a capacity 'a b'"),
            (said(first: #"{"name": "full", "accuracy": 0.9, "shapes": {"a": [1, 3, 3, 3]}}"#), "is not the whole graph"),
            (said(shapes: #""z": [1]"#), "slice of 'z', and the graph has no such weight"),
            (said(shapes: #""a": [5, 3, 3]"#), "takes [5, 3, 3] of 'a', which is [8, 3, 3, 3]"),
            (said(shapes: #""a": [9, 3, 3, 3]"#), "takes [9, 3, 3, 3] of 'a'"),
            (said(shapes: #""a": [0, 3, 3, 3]"#), "takes [0, 3, 3, 3] of 'a'"),
            (said(shapes: #""a": [-9223372036854775808, 3, 3, 3]"#), "of 'a'"),
            (said(shapes: #""a": [[[0, 5], [7, 9]], 3, 3, 3]"#), "takes [[[0, 5], [7, 9]], 3, 3, 3] of 'a', which is [8, 3, 3, 3]"),
            (said(shapes: #""a": [[[0, 3], [2, 5]], 3, 3, 3]"#), "takes [[[0, 3], [2, 5]], 3, 3, 3] of 'a'"),
            (said(shapes: #""a": [[[-1, 5]], 3, 3, 3]"#), "takes [[[-1, 5]], 3, 3, 3] of 'a'"),
            (said(shapes: #""a": [[[2, 2]], 3, 3, 3]"#), "of 'a'"), (said(shapes: #""a": [[[0, 5, 8]], 3, 3, 3]"#), "of 'a'"),
            (said(shapes: #""a": [[[0]], 3, 3, 3]"#), "of 'a'"), (said(shapes: #""a": [[], 3, 3, 3]"#), "of 'a'"),
            (said(shapes: #""a": [[0, 5], 3, 3, 3]"#), "capacities[1].shapes.a[0][0] is of another kind"),
            (said(shapes: #""a": ["5", 3, 3, 3]"#), "capacities[1].shapes.a[0] is of another kind"),
            (said(own: #""z": "small/a.bias""#), "own 'z', and the graph has no such weight"),
            (said(own: #""a.bias": "z""#), "lacks its own 'a.bias'"), (said(own: #""a.bias": "b""#), "own 'a.bias' that is larger"),
            (said(shapes: #""a.bias": [5]"#), "slice of 'a.bias' and has one of its own as well"),
        ])
    func damagedCapacitiesAreRefused(said: String, words: String) throws {
        let model = nested(said)
        // Nobody who asks for none is harmed.
        _ = try load(model, nil)
        let error = #expect(throws: ImportError.self) { _ = try load(model, "small") }
        #expect(error?.code == .invalidCapacities)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func aCapacityThatIsNotThereIsNamed() throws {
        let unknown = #expect(throws: ImportError.self) { _ = try load(nested(), "large") }
        #expect(unknown?.message.contains("no capacity 'large': it has full, small") == true)
        let plain = #expect(throws: ImportError.self) { _ = try load(network(Widths()), "small") }
        #expect(plain?.message.contains("one size only") == true)
    }

    /// A convolution behind a concatenation takes of its input channels the first ones of each tensor that is put there.
    @Test func rangesOfAnAxisAreThoseOfTensorsSideBySide() throws {
        func network(_ first: Int, _ second: Int) -> TestModel {
            var model = TestModel(), dice = Dice(5)
            func weight(_ name: String, _ whole: [Int], where isTaken: ([Int]) -> Bool, _ dims: [Int]) {
                let values = (0..<whole.reduce(1, *)).map { _ in dice.float() }
                model.weight(name, dims, .float, zip(Self.indices(whole), values).filter { index, _ in isTaken(index) }.map(\.1))
            }
            model.input("x", [1, 3, 6, 6])
            weight("a", [8, 3, 1, 1], where: { $0[0] < first }, [first, 3, 1, 1])
            weight("b", [6, 3, 1, 1], where: { $0[0] < second }, [second, 3, 1, 1])
            weight("c", [14, 1, 3, 3], where: { $0[0] < first || 8..<8 + second ~= $0[0] }, [first + second, 1, 3, 3])
            weight("d", [2, 14, 1, 1], where: { $0[1] < first || 8..<8 + second ~= $0[1] }, [2, first + second, 1, 1])
            model.node("Conv", ["x", "a"], ["p"], ["kernel_shape": .ints([1, 1])])
            model.node("Conv", ["x", "b"], ["q"], ["kernel_shape": .ints([1, 1])])
            model.node("Concat", ["p", "q"], ["r"], ["axis": .int(1)])
            model.node(
                "Conv", ["r", "c"], ["s"], ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1]), "group": .int(first + second)])
            model.node("Conv", ["s", "d"], ["y"], ["kernel_shape": .ints([1, 1])])
            model.output("y")
            return model
        }
        var file = network(8, 6), property = ONNX_StringStringEntryProto()
        let shapes = #""a": [5, 3, 1, 1], "b": [4, 3, 1, 1], "c": [[[0, 5], [8, 12]], 1, 3, 3], "d": [2, [[0, 5], [8, 12]], 1, 1]"#
        (property.key, property.value) = (Capacities.property, Self.said(shapes: shapes, own: ""))
        file.proto.metadataProps = [property]
        #expect(try run(load(file, "small")) == run(load(network(5, 4), nil)))
        #expect(try run(load(file, "full")) == run(load(network(8, 6), nil)))
    }

    @Test func groupsThatAreNoChannelsAreNotCut() throws {
        var model = nested(Self.said(shapes: #""b": [4, 1, 3, 3]"#, own: ""))
        model.proto.graph.node[2].attribute[2].i = 4
        let error = #expect(throws: ImportError.self) { _ = try load(model, "small") }
        #expect(error?.message.contains("4 groups that are no channels") == true)
    }

    @Test func valuesThatAreNotRawAreNotCut() throws {
        var model = nested()
        model.proto.graph.initializer[0] = TestModel.tensor("a", [8, 3, 3, 3], [Float](repeating: 1, count: 216))
        let error = #expect(throws: ImportError.self) { _ = try load(model, "small") }
        #expect(error?.message.contains("write them as raw data") == true)
    }
}
