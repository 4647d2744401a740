import Inference
import ONNXImport
import ONNXProto
import Tensors
import Testing

/// Wiring: order, cycles, names defined once and read only where defined.
struct GraphStructureTests {
    private func refused(_ build: (inout TestModel) -> Void) throws -> ImportError {
        var model = TestModel()
        model.input("x", [2])
        build(&model)
        return try #require(throws: ImportError.self) { try model.load() }
    }

    @Test func nodesAreSorted() throws {
        var model = TestModel()
        model.input("x", [2])
        model.node("Exp", ["b"], ["y"], name: "last")
        model.node("Neg", ["a"], ["b"], name: "middle")
        model.node("Relu", ["x"], ["a"], name: "first")
        model.output("y")
        #expect(try model.load().graph.nodes.map(\.name) == ["first", "middle", "last"])
        #expect(try model.run(Tensor([2], [Float(-1), 0]))[0].floats == [1, 1])
    }

    @Test func cyclesAreNamed() throws {
        let error = try refused { model in
            model.node("Add", ["x", "c"], ["a"], name: "adder")
            model.node("Neg", ["a"], ["b"], name: "negative")
            model.node("Exp", ["b"], ["c"], name: "power")
            model.node("Relu", ["c"], ["y"], name: "bystander")
            model.output("y")
        }
        #expect(error.code == .invalidGraph)
        for name in ["adder", "negative", "power"] { #expect(error.message.contains("'\(name)'")) }
        #expect(!error.message.contains("bystander"))
        let loop = try refused { model in
            model.node("Add", ["x", "y"], ["y"], name: "self")
            model.output("y")
        }
        #expect(loop.code == .invalidGraph)
        #expect(loop.message.contains("'self'"))
    }

    @Test func missingAndDoubleNames() throws {
        let missing = try refused { model in
            model.node("Add", ["x", "ghost"], ["y"], name: "adder")
            model.output("y")
        }
        #expect(missing.code == .invalidGraph)
        #expect(missing.node == "adder")
        #expect(missing.message.contains("'ghost'"))
        let twice = try refused { model in
            model.node("Relu", ["x"], ["y"])
            model.node("Exp", ["x"], ["y"])
            model.output("y")
        }
        #expect(twice.code == .invalidGraph)
        #expect(twice.message.contains("'y'"))
        let shadowing = try refused { model in
            model.node("Relu", ["x"], ["x"])
            model.output("x")
        }
        #expect(shadowing.code == .invalidGraph)
        #expect(
            try refused { model in
                model.input("x", [2])
                model.output("x")
            }.code == .invalidGraph)
        #expect(
            try refused { model in
                model.weight("w", [1], [1])
                model.weight("w", [1], [1])
                model.output("w")
            }.code == .invalidGraph)
        #expect(
            try refused { model in
                model.node("Split", ["x"], ["y", "y"])
                model.output("y")
            }.code == .invalidGraph)
    }

    @Test func outputs() throws {
        #expect(try refused { $0.output("nothing") }.code == .invalidGraph)
        #expect(try refused { $0.output("x", "x") }.code == .invalidGraph)
        #expect(try refused { $0.node("Relu", ["x"], ["y"]) }.code == .invalidGraph)
        // Inputs and weights may be outputs as they are.
        var model = TestModel()
        model.input("x", [2])
        model.weight("w", [1], [7])
        model.output("x", "w")
        #expect(try model.run(.counting(2)).map(\.floats) == [[0, 1], [7]])
    }

    @Test func weightsListedAsInputsAreNoInputs() throws {
        var model = TestModel(opset: 7, irVersion: 3)
        model.input("x", [nil, 2])
        model.input("w", [2])
        model.weight("w", [2], [10, 20])
        model.node("Add", ["x", "w"], ["y"])
        model.output("y")
        let graph = try model.load().graph
        #expect(graph.inputs.map(\.name) == ["x"])
        #expect(graph.inputs[0].dims == [.symbolic("N"), .fixed(2)])
        #expect(try model.run(.counting(1, 2))[0].floats == [10, 21])
    }

    @Test func unusedOutputsAreNotWanted() throws {
        var model = TestModel()
        model.input("x", [4])
        model.node("Split", ["x"], ["a", "b", "", "d"], ["axis": 0])
        model.output("b")
        let node = try model.load().graph.nodes[0]
        #expect(node.outputs.map { $0 != nil } == [true, true, false, false])
        #expect(try model.run(.counting(4))[0].floats == [1])
    }

    @Test func metadata() throws {
        var property = ONNX_StringStringEntryProto()
        (property.key, property.value) = ("stride", "32")
        var model = TestModel()
        model.proto.producerName = "pytorch"
        model.proto.producerVersion = "2.1"
        model.proto.metadataProps = [property]
        model.input("x", [1])
        model.output("x")
        let loaded = try model.load()
        #expect(loaded.producer == "pytorch 2.1")
        #expect(loaded.metadata == ["stride": "32"])
        #expect(loaded.irVersion == 8)
        #expect(loaded.opset == 13)
    }

    @Test func impossibleInputExtents() throws {
        #expect(
            try refused { model in
                model.input("huge", [1 << 40, 1 << 40])
                model.output("x")
            }.code == .invalidGraph)
    }

    @Test func longChainsDoNotRecurse() throws {
        var model = TestModel()
        model.input("v0", [1])
        // One assignment: every access to a message's submessage copies it.
        model.proto.graph.node = (0..<20_000).reversed().map { index in
            var node = ONNX_NodeProto()
            (node.opType, node.input, node.output) = ("Neg", ["v\(index)"], ["v\(index + 1)"])
            return node
        }
        model.output("v20000")
        #expect(try model.run(Tensor([1], [Float(3)]))[0].floats == [3])
    }
}
