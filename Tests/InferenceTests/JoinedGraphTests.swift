import Inference
import Tensors
import TestSupport
import Testing

/// Graphs that are joined compute what each computes alone, to the last bit, and what they have in common once.
struct JoinedGraphTests {
    private func typed(_ graph: Graph) throws -> TypedGraph {
        var typed = try TypedGraph(graph, inputShapes: [:])
        typed.optimize()
        return typed
    }

    /// The outputs of each graph alone, and those of all of them joined.
    private func run(_ graphs: [Graph], _ input: Tensor, sharesMemory: Bool = true) throws -> (alone: [Tensor], joined: [Tensor], Plan) {
        let alone = try graphs.flatMap { graph in try Session(try Plan(try typed(graph))).run([input]) }
        var all = try typed(graphs[0])
        for graph in graphs.dropFirst() {
            let common = all.join(try typed(graph))
            #expect(common != nil)
        }
        let plan = try Plan(all, sharesMemory: sharesMemory)
        return (alone, try Session(plan, threads: 2).run([input]), plan)
    }

    private func expectSameBits(_ a: [Tensor], _ b: [Tensor], _ comment: String) {
        #expect(a.count == b.count)
        for (a, b) in zip(a, b) {
            let mismatch = Approximation.exact.mismatch(a, reference: b)
            #expect(mismatch == nil, "\(mismatch ?? "") \(comment)")
        }
    }

    /// Networks drawn from a seed with a trunk that is drawn first: those of one seed but different lengths begin alike.
    @Test(arguments: 0..<6)
    func randomGraphsWithCommonPrefixes(group: Int) throws {
        var shared = 0
        for seed in group * 20..<group * 20 + 20 {
            var dice = Dice(seed + 9_000_000)
            let shape = Shape([1, dice.pick([1, 3, 4]), dice.pick([8, 17, 24]), dice.pick([16, 21, 32])])
            let graphs = [8, dice.int(3...12), 5].map { RandomGraph(seed: seed + 30_000, length: $0, inputShape: shape).graph }
            let (alone, joined, plan) = try run(graphs, dice.tensor(shape))
            expectSameBits(joined, alone, "seed \(seed)")
            if try plan.macs < graphs.reduce(0, { $0 + (try Plan($1).macs) }) { shared += 1 }
        }
        #expect(shared > 10, "of 20 networks that begin alike only \(shared) share anything")
    }

    /// Two heads on one trunk: the trunk's multiply-accumulates are there once.
    @Test func aTrunkRunsOnce() throws {
        func network(_ seed: Int) throws -> (Graph, trunk: Int) {
            var trunk = Dice(1), head = Dice(seed), b = GraphBuilder()
            var x = b.input("x", [1, 3, 16, 16])
            for _ in 0..<2 {
                x = try b.convolution(x, to: 8, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &trunk)
                x = try b.activation("relu", x)
            }
            b.outputs = [try b.activation("sigmoid", b.convolution(x, to: 4, kernel: (1, 1), padding: .explicit([0, 0, 0, 0]), &head))]
            return (b.graph, 16 * 16 * 9 * (3 * 8 + 8 * 8))
        }
        let (first, trunk) = try network(2), (second, _) = try network(3)
        var dice = Dice(5)
        let (alone, joined, plan) = try run([first, second], dice.tensor([1, 3, 16, 16]))
        expectSameBits(joined, alone, "")
        #expect(plan.macs == trunk + 2 * 16 * 16 * 8 * 4)
        #expect(joined[0] != joined[1])
    }

    /// A graph joined with itself computes nothing twice, and an operator with another attribute is another one.
    @Test func equalGraphsAreOne() throws {
        func network(slope: Float) throws -> Graph {
            var dice = Dice(4), b = GraphBuilder()
            let x = b.input("x", [1, 3, 9, 9])
            let y = try b.convolution(x, to: 6, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
            let z = try b.add(Unary(.leakyRelu(slope: slope)), [y])
            b.outputs = [try b.add(Softmax(axis: 3), [z])]
            return b.graph
        }
        var same = try typed(network(slope: 0.1))
        let count = same.graph.nodes.count
        let common = same.join(try typed(network(slope: 0.1)))
        #expect(common == count)
        #expect(same.graph.nodes.count == count)
        #expect(same.graph.outputs.count == 2)
        var other = try typed(network(slope: 0.1))
        let convolutions = other.join(try typed(network(slope: 0.2)))
        #expect(convolutions == 0, "the activation is in the convolution")
        #expect(other.graph.nodes.count == 2 * count)
        var dice = Dice(1)
        let (alone, joined, _) = try run([network(slope: 0.1), network(slope: 0.1), network(slope: 0.2)], dice.tensor([1, 3, 9, 9]))
        expectSameBits(joined, alone, "")
    }

    @Test func graphsOverOtherInputsAreNotJoined() throws {
        func network(_ shape: Shape) throws -> TypedGraph {
            var b = GraphBuilder()
            b.outputs = [try b.activation("relu", b.input("x", shape))]
            return try typed(b.graph)
        }
        var graph = try network([1, 3, 8, 8])
        let common = graph.join(try network([1, 3, 8, 9]))
        #expect(common == nil)
        #expect(graph.graph.outputs.count == 1)
    }

    @Test func tensorsAreEqualBitByBit() {
        #expect(Tensor([2], [Float.nan, 1]) == Tensor([2], [Float.nan, 1]))
        #expect(Tensor([1], [Float(0)]) != Tensor([1], [Float(-0.0)]))
        #expect(Tensor([1, 2], [Float(1), 2]) != Tensor([2], [Float(1), 2]))
        #expect(Tensor([1], [Int32(1)]) != Tensor([1], [UInt32(1)]))
    }
}
