import Inference
import Tensors
import Testing
import TestSupport

/// What would take more memory than it may is refused by the node's name, before the memory is taken.
struct EngineMemoryTests {
    private let limit = MemoryLimit(bytes: 4_000_000)

    /// A node over what has been made so far: input 0 is `x`, a float32 list of 4, input 1 its elements as integers.
    private struct Step {
        let op: any Operator
        let inputs: [Int]
        init(_ op: any Operator, _ inputs: Int...) { (self.op, self.inputs) = (op, inputs) }
    }

    /// Constants follow the two inputs, what the steps make follows them; the last is the output.
    private func graph(_ constants: [Tensor], _ steps: [Step]) -> Graph {
        let ids = (0..<2 + constants.count + steps.count).map { ValueID(index: $0) }
        var nodes = [Node(name: "integers", kind: "Cast", op: Cast(to: .int64), inputs: [ids[0]], outputs: [ids[1]])]
        for (index, step) in steps.enumerated() {
            nodes.append(
                Node(
                    name: "step\(index)", kind: "\(type(of: step.op))", op: step.op, inputs: step.inputs.map { ids[$0] },
                    outputs: [ids[2 + constants.count + index]]))
        }
        return Graph(
            inputs: [InputDeclaration(value: ids[0], name: "x", elementType: .float32, dims: [.fixed(4)])],
            outputs: [(name: "y", value: ids.last!)], nodes: nodes,
            constants: Dictionary(uniqueKeysWithValues: constants.enumerated().map { (ids[2 + $0], $1) }),
            valueNames: ids.map { "v\($0.index)" })
    }

    private func list(_ values: Int...) -> Tensor { Tensor([values.count], values.map { Int64($0) }) }

    private func expectRefusal(node: String, _ message: String = "GB", _ body: () throws -> Void) throws {
        let error = try #require(throws: InferenceError.self) { try body() }
        #expect(error.code == .tooLarge, "\(error)")
        #expect(error.node == node, "\(error)")
        #expect("\(error)".contains(message), "\(error)")
    }

    @Test func whatIsKnownBeforehandIsRefusedAtPlanning() throws {
        let scales = Tensor([1], [Float(500_000_000)])
        let cases: [([Tensor], Step)] = [
            ([list(0, 1_000_000_000)], Step(Pad(), 0, 2)),
            ([list(250_000_000, 4)], Step(Expand(), 0, 2)),
            ([list(250_000_000)], Step(Tile(), 0, 2)),
            ([Tensor([0], [Float]()), scales], Step(Resize(), 0, 2, 3)),
        ]
        for (constants, step) in cases {
            let network = graph(constants, [step])
            try expectRefusal(node: "step0") { _ = try Plan(network, memory: limit) }
        }
        let picks = Tensor([1000, 1000], of: Int64.self) { _ in }
        let gather = graph([picks], [Step(Gather(), 0, 2)])
        try expectRefusal(node: "step0", "MB") { _ = try Plan(gather, memory: limit) }
    }

    @Test func constantsThatFoldingComputesAreBoundedTogether() throws {
        let zero = Tensor(scalar: Float(0)), one = Tensor(scalar: Int64(1)), many = Tensor(scalar: Int64(1 << 30))
        let huge = graph([list(1 << 30)], [Step(ConstantOfShape(value: zero), 2)])
        try expectRefusal(node: "step0") { _ = try Plan(huge, memory: MemoryLimit(bytes: 1 << 30)) }
        let range = graph([Tensor(scalar: Int64(0)), many, one], [Step(RangeOf(), 2, 3, 4)])
        try expectRefusal(node: "step0") { _ = try Plan(range, memory: limit) }
        // Each is 0.24 MB, and 0.96 MB of tables while it is made.
        let parts = graph([list(60_000)], (0..<20).map { _ in Step(ConstantOfShape(value: zero), 2) })
        try expectRefusal(node: "step12", "with what is there") { _ = try Plan(parts, memory: limit) }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6])
    func whatDependsOnDataIsRefusedWhileRunning(_ kind: Int) throws {
        let zero = Tensor(scalar: Float(0)), one = Tensor(scalar: Int64(1)), first = list(0)
        let (constants, steps): ([Tensor], [Step]) =
            switch kind {
            case 1: ([first], [Step(Gather(), 1, 2), Step(ConstantOfShape(value: zero), 3)])
            case 2: ([first], [Step(Gather(), 1, 2), Step(Expand(), 3, 3)])
            case 3: ([first], [Step(Gather(), 1, 2), Step(Tile(), 0, 3)])
            case 4: ([first, one], [Step(Gather(), 1, 2), Step(RangeOf(), 3, 4, 3)])
            case 5: ([first], [Step(Gather(), 1, 2), Step(Concat(axis: 0), 3, 3), Step(Pad(), 0, 4)])
            default: ([first, Tensor([0], [Float]())], [Step(Gather(), 1, 2), Step(Resize(), 0, 3, 3, 4)])
            }
        let session = Session(try Plan(graph(constants, steps), memory: limit))
        _ = try session.run([Tensor([4], [Float](repeating: 1, count: 4))])
        try expectRefusal(node: "step\(steps.count - 1)") {
            _ = try session.run([Tensor([4], [Float](repeating: 500_000_000, count: 4))])
        }
        // The session goes on.
        #expect(try session.run([Tensor([4], [Float](repeating: 2, count: 4))]).count == 1)
    }

    @Test func chainsAreBoundedByTheirSum() throws {
        let steps = [Step(ConstantOfShape(value: Tensor(scalar: Float(0))), 1)] + (0..<20).map { Step(Concat(axis: 0), 2 + $0, 2 + $0) }
        let session = Session(try Plan(graph([], steps), memory: limit))
        let small = Tensor([4], [Float](repeating: 1, count: 4))
        // Step n makes 2ⁿ rows: 20 bytes each with their table, besides 4 bytes of each before.
        try expectRefusal(node: "step18", "with what is there") { _ = try session.run([small]) }
    }

    @Test func bordersAndTheSumOfLayersCount() throws {
        var builder = GraphBuilder()
        let picture = builder.input("x", [1, 1, 8, 8]), weight = builder.constant(Tensor([1, 1, 1, 1], [Float(1)]))
        let far = 1 << 20
        builder.outputs = [
            try builder.add(Convolution(strides: [far, far], padding: .explicit([far, far, far, far])), [picture, weight])
        ]
        let borders = builder.graph
        try expectRefusal(node: "input", "borders of 1048576") { _ = try Plan(borders) }

        builder = GraphBuilder()
        var value = builder.input("x", [1, 1, 100, 100])
        let around = builder.constant(Tensor([1, 1, 3, 3], [Float](repeating: 0.1, count: 9)))
        for _ in 0..<200 { value = try builder.add(Convolution(padding: .explicit([1, 1, 1, 1])), [value, around]) }
        builder.outputs = [value]
        let layers = builder.graph
        #expect(try Plan(layers, memory: limit).activationBytes < 400_000)
        let error = try #require(throws: InferenceError.self) { try Plan(layers, sharesMemory: false, memory: limit) }
        #expect(error.code == .tooLarge, "\(error)")
        #expect(error.message.contains("tensors take 8."), "\(error)")
        let kept = try #require(throws: InferenceError.self) { try Plan(layers, memory: limit).keepingActivations() }
        #expect(kept.code == .tooLarge, "\(kept)")
        #expect(kept.message.contains("tensors take 8.") && kept.message.contains("without reuse they take"), "\(kept)")
    }

    @Test func rowMajorTensorsAreCounted() throws {
        var builder = GraphBuilder()
        let picture = builder.input("x", [1, 16, 10, 10])
        builder.outputs = [try builder.add(Transpose(permutation: [3, 2, 1, 0]), [picture])]
        #expect(try Plan(builder.graph).activationBytes >= 2 * 16 * 100 * 4)
    }

    @Test func theMachineHasALimit() {
        #expect(MemoryLimit.machine.bytes > 100_000_000)
        #expect(MemoryLimit.machine.bytes < 1 << 46)
    }
}
