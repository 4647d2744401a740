import ONNXImport
import Testing

/// Models that must be refused, with the reason.
struct RefusalTests {
    /// Loads a model of one node that is built around an input `x` and gives `y`.
    private func error(
        opset: Int = 13, _ kind: String, _ inputs: [String] = ["x"], outputs: [String] = ["y"], domain: String = "",
        with attributes: KeyValuePairs<String, AttributeValue> = [:], adding more: (inout TestModel) -> Void = { _ in }
    ) throws -> ImportError {
        var model = TestModel(opset: opset)
        model.input("x", [1, 2, 4, 4])
        more(&model)
        model.node(kind, inputs, outputs, name: "it", domain: domain, attributes)
        model.output("y")
        return try #require(throws: ImportError.self) { try model.load() }
    }

    @Test func everyMissingOperatorIsNamed() throws {
        let error = try error("Frobnicate", domain: "com.acme") { model in
            model.node("Unique", ["x"], ["a"], name: "unique", ["sorted": 0])
            model.node("Det", ["x"], ["b"], name: "det")
            model.node("Det", ["x"], ["c"], name: "det2")
            model.node("Det", ["x"], ["d"], name: "dead")
            model.output("a", "b", "c")
        }
        #expect(error.code == .unsupportedOperator)
        #expect(error.message.contains("Det, Unique (domain ai.onnx, opset 13); Frobnicate (domain com.acme)"))
        #expect(error.message.contains("Det: 'det', 'det2'"))
        #expect(error.node == "det")
    }

    @Test func operatorsOfLaterOpsets() throws {
        let error = try error(opset: 13, "HardSwish")
        #expect(error.code == .unsupportedOperator)
        #expect(error.opset == 13)
        #expect(error.node == "it")
        #expect(try self.error(opset: 10, "Upsample").code == .unsupportedOperator)
    }

    @Test(arguments: [1, 6, 25, 9_000_000_000]) func opsetsOutsideTheRange(opset: Int) throws {
        let error = try error(opset: opset, "Relu")
        #expect(error.code == .unsupportedOpset)
        #expect(error.opset == opset)
        #expect(error.message.contains("7 to 24"))
    }

    @Test func contradictoryOpsets() throws {
        var model = TestModel(opset: 11)
        model.proto.opsetImport.append(TestModel(opset: 12).proto.opsetImport[0])
        model.input("x", [1])
        model.output("x")
        #expect(try #require(throws: ImportError.self) { try model.load() }.code == .invalidGraph)
    }

    @Test func training() throws {
        let statistics: (inout TestModel) -> Void = { model in
            for name in ["s", "b", "m", "v"] { model.weight(name, [2], [1, 1]) }
        }
        let inputs = ["x", "s", "b", "m", "v"]
        #expect(
            try error(opset: 9, "BatchNormalization", inputs, outputs: ["y", "mean", "var"], adding: statistics).code
                == .unsupportedOperator)
        #expect(try error(opset: 7, "BatchNormalization", inputs, with: ["spatial": 0], adding: statistics).code == .unsupportedOperator)
        let dropout = try error(opset: 13, "Dropout", ["x", "", "train"]) { $0.input("train", [], .bool) }
        #expect(dropout.code == .unsupportedOperator)
    }

    @Test func attributes() throws {
        let unknown = try error("Relu", with: ["alpha": 0.1])
        #expect(unknown.code == .unsupportedAttribute)
        #expect(unknown.message.contains("'alpha'"))
        #expect(try error("Flatten", with: ["axis": "one"]).code == .invalidGraph)
        #expect(try error("MaxPool", with: ["kernel_shape": .ints([0, 2])]).code == .invalidGraph)
        #expect(try error("MaxPool").message.contains("kernel_shape"))
        #expect(try error("MaxPool", with: ["kernel_shape": .ints([2, 2]), "auto_pad": "SAME"]).code == .unsupportedAttribute)
        #expect(try error("Flatten", with: ["axis": 1, "axis": 2]).code == .invalidGraph)
        #expect(try error("Concat").message.contains("axis"))
        // An attribute that became an input.
        #expect(try error(opset: 13, "Squeeze", with: ["axes": .ints([0])]).code == .unsupportedAttribute)
    }

    @Test func counts() throws {
        #expect(try error("Relu", []).message.contains("input 0 is missing"))
        #expect(try error("Relu", ["x", "x"]).code == .invalidGraph)
        #expect(try error("Conv", ["x"]).code == .invalidGraph)
        #expect(try error("Relu", outputs: ["y", "z"]).code == .invalidGraph)
        #expect(try error("Gemm", ["x", "", "x"]).code == .invalidGraph)
        #expect(try error("Resize", ["x", ""]).code == .invalidGraph)
    }

    @Test func kernelsThatContradictTheWeights() throws {
        let error = try error("Conv", ["x", "w"], with: ["kernel_shape": .ints([5, 5])]) { $0.weight("w", [1, 2, 1, 1], [1, 1]) }
        #expect(error.code == .invalidGraph)
        #expect(error.message.contains("kernel_shape"))
    }

    @Test func types() throws {
        #expect(try error("Cast", with: ["to": 8]).code == .unsupportedType)
        #expect(try error("Cast", with: ["to": 17]).message.contains("float8e4m3fn"))
        #expect(try error("Add", ["x", "s"]) { $0.input("s", [1], .string) }.code == .unsupportedType)
        #expect(try error("Constant", [], with: ["value_string": "a"]).code == .unsupportedType)
        #expect(try error("CastLike", ["x", "x"]).code == .unsupportedOperator)
        let sequence = try error("Relu") { model in
            model.input("s", [])
            model.proto.graph.input[1].type.sequenceType = .init()
        }
        #expect(sequence.code == .unsupportedType)
        let shapeless = try error("Relu") { model in
            model.input("s", [])
            model.proto.graph.input[1].type.tensorType.clearShape()
        }
        #expect(shapeless.code == .invalidGraph)
    }
}
