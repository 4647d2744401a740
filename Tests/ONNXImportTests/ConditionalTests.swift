import Inference
import ONNXImport
import Tensors
import TestSupport
import Testing

/// If: branches that the model decides on, that shapes decide on, and that data decide on.
struct ConditionalTests {
    private func branch(_ build: (inout TestModel) -> Void) -> AttributeValue {
        var model = TestModel()
        build(&model)
        return .subgraph(model)
    }

    private var doubled: AttributeValue {
        branch { model in
            model.weight("two", [], [2])
            model.node("Mul", ["x", "two"], ["inner"])
            model.output("inner")
        }
    }

    private var negated: AttributeValue {
        branch { model in
            model.node("Neg", ["x"], ["inner"])
            model.output("inner")
        }
    }

    private var unknown: AttributeValue {
        branch { model in
            model.node("Frobnicate", ["x"], ["inner"])
            model.output("inner")
        }
    }

    private func plan(_ model: TestModel, _ inputs: [Tensor]) throws -> (Plan, [Tensor]) {
        let graph = try model.load().graph
        let plan = try Plan(graph, inputShapes: Dictionary(uniqueKeysWithValues: zip(graph.inputs.map(\.name), inputs.map(\.shape))))
        return (plan, try Session(plan, threads: 1).run(inputs))
    }

    /// x's first extent decides: the branch's nodes replace the If when a plan is made.
    private func decidedByShape(_ then: AttributeValue, _ otherwise: AttributeValue) -> TestModel {
        var model = TestModel()
        model.input("x", [nil, 2])
        model.node("Shape", ["x"], ["shape"])
        model.weight("zero", [], ints: [0])
        model.node("Gather", ["shape", "zero"], ["rows"])
        model.weight("one", [], ints: [1])
        model.node("Equal", ["rows", "one"], ["is_one"])
        model.node("If", ["is_one"], ["y"], name: "if", ["then_branch": then, "else_branch": otherwise])
        model.output("y")
        return model
    }

    @Test func shapesDecide() throws {
        let model = decidedByShape(doubled, negated)
        let (one, first) = try plan(model, [.counting(1, 2)])
        #expect(first[0].floats == [0, 2])
        #expect(!one.layers.contains { $0.kind == "If" })
        let (_, second) = try plan(model, [.counting(2, 2)])
        #expect(second[0].floats == [0, -1, -2, -3])
        #expect(try model.run(.counting(1, 2))[0].floats == [0, 2])
    }

    @Test func aBranchThatIsNotTakenMayBeUnknown() throws {
        let model = decidedByShape(doubled, unknown)
        #expect(try plan(model, [.counting(1, 2)]).1[0].floats == [0, 2])
        let error = try #require(throws: InferenceError.self) { try plan(model, [.counting(2, 2)]) }
        #expect(error.description.contains("Frobnicate"))
        let both = decidedByShape(unknown, unknown)
        #expect(try #require(throws: ImportError.self) { try both.load() }.code == .unsupportedOperator)
    }

    @Test(arguments: [true, false]) func constantsDecide(choice: Bool) throws {
        var model = TestModel()
        model.input("x", [2])
        model.weight("c", [], ints: [choice ? 1 : 0])
        model.node("Cast", ["c"], ["cond"], ["to": 9])
        model.node("If", ["cond"], ["y"], ["then_branch": doubled, "else_branch": choice ? unknown : negated])
        model.output("y")
        #expect(try plan(model, [.counting(2)]).1[0].floats == (choice ? [0, 2] : [0, -1]))
    }

    /// Both branches are kept, and one runs.
    @Test func dataDecide() throws {
        var model = TestModel()
        model.input("x", [2])
        model.input("cond", [], .bool)
        model.node("If", ["cond"], ["z"], ["then_branch": doubled, "else_branch": negated])
        model.node("Relu", ["z"], ["y"])
        model.output("y")
        let graph = try model.load().graph
        let session = try Session(Plan(graph), threads: 1)
        #expect(try session.run([.counting(2), Tensor(scalar: true)])[0].floats == [0, 2])
        #expect(try session.run([.counting(2), Tensor(scalar: false)])[0].floats == [0, 0])
    }

    /// Values and weights of graphs further out; an output that is one of them.
    @Test func nestedBranches() throws {
        let inner = branch { model in
            model.node("Add", ["x", "w"], ["sum"])
            model.output("sum")
        }
        let handsOn = branch { $0.output("w") }
        var model = TestModel()
        model.input("x", [2])
        model.input("cond", [], .bool)
        model.weight("w", [2], [10, 20])
        let outer = branch { model in
            model.node("Not", ["cond"], ["opposite"])
            model.node("If", ["opposite"], ["r"], ["then_branch": handsOn, "else_branch": inner])
            model.output("r")
        }
        model.node("If", ["cond"], ["y"], ["then_branch": outer, "else_branch": handsOn])
        model.output("y")
        let session = try Session(Plan(try model.load().graph), threads: 1)
        #expect(try session.run([.counting(2), Tensor(scalar: true)])[0].floats == [10, 21])
        #expect(try session.run([.counting(2), Tensor(scalar: false)])[0].floats == [10, 20])
    }

    @Test func malformedBranches() throws {
        func code(_ then: AttributeValue, _ otherwise: AttributeValue) throws -> ImportError.Code {
            try #require(throws: ImportError.self) { try decidedByShape(then, otherwise).load() }.code
        }
        #expect(try code(.graph, doubled) == .invalidGraph)
        #expect(try code(doubled, branch { $0.output("nowhere") }) == .invalidGraph)
        var nested = doubled
        for _ in 0..<100 {
            let deeper = nested
            nested = branch { model in
                model.node("If", ["is_one"], ["r"], ["then_branch": deeper, "else_branch": doubled])
                model.output("r")
            }
        }
        #expect(try code(doubled, nested) == .invalidGraph)
    }
}
