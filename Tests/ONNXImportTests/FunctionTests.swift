import Foundation
import Inference
import ONNXImport
import ONNXProto
import Tensors
import TestSupport
import Testing

/// Operators that a model defines itself.
struct FunctionTests {
    private func function(
        _ name: String, _ inputs: [String], _ outputs: [String], attributes: [String] = [], opset: Int64 = 13,
        _ build: (inout TestModel) -> Void
    ) -> ONNX_FunctionProto {
        var body = TestModel(), function = ONNX_FunctionProto()
        build(&body)
        (function.name, function.domain, function.input, function.output) = (name, "local", inputs, outputs)
        (function.node, function.attribute) = (body.proto.graph.node, attributes)
        var set = ONNX_OperatorSetIdProto()
        set.version = opset
        function.opsetImport = [set]
        return function
    }

    /// y = x · sigmoid(x)
    private var gate: ONNX_FunctionProto {
        function("Gate", ["x"], ["y"]) { body in
            body.node("Sigmoid", ["x"], ["gate"])
            body.node("Mul", ["x", "gate"], ["y"])
        }
    }

    private func model(_ functions: ONNX_FunctionProto..., build: (inout TestModel) -> Void) -> TestModel {
        var model = TestModel()
        model.proto.functions = functions
        model.input("x", [2, 2])
        build(&model)
        return model
    }

    @Test func nodesTakeTheFunctionsPlace() throws {
        let model = model(gate) { model in
            model.node("Gate", ["x"], ["gate"], name: "first", domain: "local")
            model.node("Gate", ["gate"], ["z"], name: "second", domain: "local")
            model.output("z")
        }
        func silu(_ x: Float) -> Float { x / (1 + Foundation.exp(-x)) }
        let z = try model.run(.counting(2, 2))[0].floats
        for (i, value) in z.enumerated() { #expect(abs(value - silu(silu(Float(i)))) < 1e-6) }
        #expect(try model.load().graph.nodes.map(\.kind) == ["Sigmoid", "Mul", "Sigmoid", "Mul"])
    }

    /// An attribute of the node, its default, and one that nobody gives.
    @Test func attributesAreHandedIn() throws {
        var leaky = function("Leaky", ["x"], ["y"], attributes: ["slope"]) { body in body.node("LeakyRelu", ["x"], ["y"]) }
        var reference = ONNX_AttributeProto()
        (reference.name, reference.refAttrName, reference.type) = ("alpha", "slope", .float)
        leaky.node[0].attribute = [reference]
        func value(_ function: ONNX_FunctionProto, _ attributes: KeyValuePairs<String, AttributeValue> = [:]) throws -> Float {
            try model(function) { model in
                model.node("Leaky", ["x"], ["z"], domain: "local", attributes)
                model.output("z")
            }.run(Tensor([2, 2], [-1, 0, 1, 2] as [Float]))[0].floats[0]
        }
        #expect(try value(leaky, ["slope": 0.25]) == -0.25)
        #expect(try value(leaky) == -0.01)
        leaky.attributeProto = [AttributeValue.float(0.5).proto(named: "slope")]
        #expect(try value(leaky) == -0.5)
        #expect(try value(leaky, ["slope": 0.25]) == -0.25)
    }

    @Test func functionsUseFunctionsAndGraphsInside() throws {
        // A branch inside the function reads the function's own names.
        var branch = TestModel(), other = TestModel()
        branch.node("Gate", ["doubled"], ["inner"], domain: "local")
        branch.output("inner")
        other.node("Neg", ["doubled"], ["inner"])
        other.output("inner")
        let choose = function("Choose", ["x", "flag"], ["y", "unused"]) { body in
            body.node("Add", ["x", "x"], ["doubled"])
            body.node("If", ["flag"], ["y"], ["then_branch": .subgraph(branch), "else_branch": .subgraph(other)])
            body.node("Neg", ["x"], ["unused"])
        }
        let model = model(choose, gate) { model in
            model.input("flag", [], .bool)
            model.node("Choose", ["x", "flag"], ["doubled"], domain: "local")
            model.output("doubled")
        }
        #expect(try model.run(.counting(2, 2), Tensor(scalar: false))[0].floats == [0, -2, -4, -6])
        #expect(abs(try model.run(.counting(2, 2), Tensor(scalar: true))[0].floats[1] - 2 / (1 + Foundation.exp(-2))) < 1e-6)
    }

    @Test func inputsMayBeLeftOutAndHandedOn() throws {
        let clip = function("Limit", ["x", "low", "high"], ["y", "same"]) { body in body.node("Clip", ["x", "low", "high"], ["y"]) }
        var handsOn = clip
        handsOn.output = ["y", "x"]
        let model = model(handsOn) { model in
            model.weight("one", [], [1])
            model.node("Limit", ["x", "", "one"], ["z", "copy"], domain: "local")
            model.output("z", "copy")
        }
        #expect(try model.run(.counting(2, 2)).map(\.floats) == [[0, 1, 1, 1], [0, 1, 2, 3]])
    }

    @Test(.timeLimit(.minutes(1))) func functionsThatUseThemselvesAreRefused() {
        let selfish = function("Self", ["x"], ["y"]) { body in body.node("Self", ["x"], ["y"], domain: "local") }
        var chain: [ONNX_FunctionProto] = []
        for level in 0..<40 {
            chain.append(
                function("F\(level)", ["x"], ["y"]) { body in
                    body.node("F\(level + 1)", ["x"], ["a"], domain: "local")
                    body.node("F\(level + 1)", ["a"], ["y"], domain: "local")
                })
        }
        chain.append(function("F40", ["x"], ["y"]) { body in body.node("Neg", ["x"], ["y"]) })
        for (functions, first) in [([selfish], "Self"), (chain, "F0")] {
            var model = model { model in
                model.node(first, ["x"], ["z"], domain: "local")
                model.output("z")
            }
            model.proto.functions = functions
            #expect { try model.load() } throws: { ($0 as? ImportError)?.code == .invalidGraph }
        }
    }

    @Test func whatDoesNotFitIsRefused() {
        func code(_ functions: [ONNX_FunctionProto], inputs: [String] = ["x"]) -> ImportError.Code? {
            var model = model { model in
                model.node("Gate", inputs, ["z"], domain: "local")
                model.output("z")
            }
            model.proto.functions = functions
            do { _ = try model.load() } catch { return (error as? ImportError)?.code }
            return nil
        }
        #expect(code([]) == .unsupportedOperator)
        #expect(code([gate]) == nil)
        #expect(code([gate, gate]) == .invalidGraph)
        #expect(code([gate], inputs: ["x", "x"]) == .invalidGraph)
        let older = function("Gate", ["x"], ["y"], opset: 9) { body in body.node("Neg", ["x"], ["y"]) }
        #expect(code([older]) == .unsupportedOpset)
    }
}
