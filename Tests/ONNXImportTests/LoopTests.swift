import Foundation
import Inference
import ONNXImport
import Tensors
import TestSupport
import Testing

/// Loop, Scan, and sequences that grow in them.
struct LoopTests {
    private func body(_ build: (inout TestModel) -> Void) -> AttributeValue {
        var model = TestModel()
        build(&model)
        return .subgraph(model)
    }

    /// sum += x · (iteration + 1); the sums are stacked. Goes on while they are below the limit.
    private func adding(limit: Float) -> AttributeValue {
        body { model in
            for name in ["i", "go", "sum"] { model.input(name, []) }
            model.weight("one", [], [1])
            model.weight("limit", [], [limit])
            model.node("Cast", ["i"], ["i_float"], ["to": 1])
            model.node("Add", ["i_float", "one"], ["factor"])
            model.node("Mul", ["x", "factor"], ["term"])
            model.node("Add", ["sum", "term"], ["next"])
            model.node("ReduceMax", ["next"], ["most"], ["keepdims": 0])
            model.node("Less", ["most", "limit"], ["go_on"])
            model.output("go_on", "next", "next")
            model.proto.graph.output[2].name = "stacked"
            model.node("Identity", ["next"], ["stacked"])
        }
    }

    private func loop(_ body: AttributeValue, most: Int?, opset: Int = 13) -> TestModel {
        var model = TestModel(opset: opset)
        model.input("x", [2])
        if let most { model.weight("most", [], ints: [most]) }
        model.weight("zeros", [2], [0, 0])
        model.node("Loop", [most == nil ? "" : "most", "", "zeros"], ["last", "all"], name: "loop", ["body": body])
        model.output("last", "all")
        return model
    }

    private func planned(_ model: TestModel, _ inputs: Tensor...) throws -> [Tensor] {
        try Session(Plan(model.load().graph)).run(inputs)
    }

    @Test func statesGoOnAndValuesAreStacked() throws {
        let model = loop(adding(limit: 1000), most: 3), x = Tensor([2], [1, 10] as [Float])
        for outputs in [try model.run(x), try planned(model, x)] {
            #expect(outputs[0].floats == [6, 60])
            #expect(outputs[1].shape == [3, 2])
            #expect(outputs[1].floats == [1, 10, 3, 30, 6, 60])
        }
    }

    @Test func theConditionEndsIt() throws {
        for most in [10, nil] {
            let outputs = try loop(adding(limit: 50), most: most).run(Tensor([2], [1, 10] as [Float]))
            #expect(outputs[0].floats == [6, 60])
            #expect(outputs[1].shape == [3, 2])
        }
    }

    @Test func noIterations() throws {
        let outputs = try loop(adding(limit: 50), most: 0).run(Tensor([2], [1, 10] as [Float]))
        #expect(outputs[0].floats == [0, 0])
        #expect(outputs[1].shape[0] == 0)
    }

    /// A body that never ends of itself.
    private var endless: AttributeValue {
        body { model in
            for name in ["i", "go", "sum"] { model.input(name, []) }
            model.node("Identity", ["go"], ["go_on"])
            model.node("Add", ["sum", "x"], ["next"])
            model.node("Neg", ["sum"], ["row"])
            model.output("go_on", "next", "row")
        }
    }

    @Test(.timeLimit(.minutes(1))) func anyNumberOfIterationsIsRefused() throws {
        let graph = try loop(endless, most: 1 << 40).load().graph
        #expect { try Plan(graph) } throws: { "\($0)".contains("1099511627776 iterations") && "\($0)".contains("loop") }
        #expect(throws: (any Error).self) { try Plan(loop(endless, most: nil).load().graph) }
        #expect(throws: (any Error).self) { try Interpreter(graph: graph).run(["x": .counting(2)]) }
    }

    /// What only the data end.
    @Test(.timeLimit(.minutes(5))) func loopsThatDataShouldEndEndAnyway() throws {
        let counting = body { model in
            for name in ["i", "go", "sum"] { model.input(name, []) }
            model.weight("most", [], [3])
            model.node("ReduceMax", ["x"], ["largest"], ["keepdims": 0])
            model.node("Less", ["largest", "most"], ["go_on"])
            model.node("Identity", ["sum"], ["next"])
            model.output("go_on", "next")
        }
        var model = TestModel()
        model.input("x", [2])
        model.node("Loop", ["", "", "x"], ["last"], ["body": counting])
        model.output("last")
        #expect(try model.run(Tensor([2], [1, 3] as [Float])).map(\.floats) == [[1, 3]])
        #expect { try model.run(.counting(2)) } throws: { "\($0)".contains("iterations") }
    }

    @Test func loopsInLoopsReadAllAround() throws {
        let inner = body { model in
            for name in ["j", "go2", "inner_sum"] { model.input(name, []) }
            model.node("Identity", ["go2"], ["go2_on"])
            model.node("Cast", ["i"], ["i_float"], ["to": 1])
            model.node("Mul", ["x", "i_float"], ["term"])
            model.node("Add", ["inner_sum", "term"], ["inner_next"])
            model.output("go2_on", "inner_next")
        }
        let outer = body { model in
            for name in ["i", "go", "sum"] { model.input(name, []) }
            model.weight("two", [], ints: [2])
            model.node("Identity", ["go"], ["go_on"])
            model.node("Loop", ["two", "", "sum"], ["next"], ["body": inner])
            model.output("go_on", "next")
        }
        var model = TestModel()
        model.input("x", [2])
        model.weight("three", [], ints: [3])
        model.node("Loop", ["three", "", "x"], ["last"], ["body": outer])
        model.output("last")
        // x + 2 · (0 + 1 + 2) · x
        #expect(try model.run(Tensor([2], [1, -2] as [Float]))[0].floats == [7, -14])
        #expect(try planned(model, Tensor([2], [1, -2] as [Float]))[0].floats == [7, -14])
    }

    @Test func sequencesGrow() throws {
        let growing = body { model in
            for name in ["i", "go", "list"] { model.input(name, []) }
            model.node("Identity", ["go"], ["go_on"])
            model.node("Cast", ["i"], ["i_float"], ["to": 1])
            model.node("Mul", ["x", "i_float"], ["row"])
            model.node("SequenceInsert", ["list", "row"], ["longer"])
            model.output("go_on", "longer")
        }
        var model = TestModel()
        model.input("x", [2])
        model.weight("three", [], ints: [3])
        model.node("SequenceEmpty", [], ["empty"])
        model.node("Loop", ["three", "", "empty"], ["rows"], ["body": growing])
        model.node("ConcatFromSequence", ["rows"], ["y"], ["axis": 0, "new_axis": 1])
        model.output("y")
        for outputs in [try model.run(Tensor([2], [1, 2] as [Float])), try planned(model, Tensor([2], [1, 2] as [Float]))] {
            #expect(outputs[0].shape == [3, 2])
            #expect(outputs[0].floats == [0, 0, 1, 2, 2, 4])
        }
    }

    @Test func bodiesMustFit() throws {
        #expect(throws: ImportError.self) { try loop(body { $0.output("x") }, most: 1).load() }
        let other = body { model in
            for name in ["i", "go", "sum"] { model.input(name, []) }
            model.node("Identity", ["go"], ["go_on"])
            model.node("Cast", ["sum"], ["next"], ["to": 7])
            model.output("go_on", "next", "i")
        }
        #expect(throws: InferenceError.self) { try Plan(loop(other, most: 2).load().graph) }
    }

    /// Running sums of columns, the last column first.
    @Test func scansCutAndStack() throws {
        let adding = body { model in
            for name in ["sum", "column"] { model.input(name, []) }
            model.node("Add", ["sum", "column"], ["next"])
            model.node("Mul", ["next", "factor"], ["scaled"])
            model.output("next", "scaled")
        }
        var model = TestModel()
        model.input("x", [2, 3])
        model.weight("factor", [], [10])
        model.weight("zeros", [2], [0, 0])
        model.node(
            "Scan", ["zeros", "x"], ["last", "sums"],
            [
                "body": adding, "num_scan_inputs": 1, "scan_input_axes": .ints([1]), "scan_input_directions": .ints([1]),
                "scan_output_axes": .ints([-1]),
            ])
        model.output("last", "sums")
        for outputs in [try model.run(.counting(2, 3)), try planned(model, .counting(2, 3))] {
            #expect(outputs[0].floats == [3, 12])
            #expect(outputs[1].shape == [2, 3])
            #expect(outputs[1].floats == [20, 30, 30, 50, 90, 120])
        }
        model.proto.graph.node[0].attribute.removeLast()
        #expect(try model.run(.counting(2, 3))[1].shape == [3, 2])
    }
}
