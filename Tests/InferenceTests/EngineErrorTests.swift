import Inference
import Tensors
import Testing

/// What cannot be planned or run is refused by name, and never traps.
struct EngineErrorTests {
    private let x = ValueID(index: 0), w = ValueID(index: 1), y = ValueID(index: 2)

    private func graph(
        _ dims: [Dimension] = [.fixed(1), .fixed(3), .fixed(8), .fixed(8)], weights: Shape, op: some Operator = Convolution()
    ) -> Graph {
        Graph(
            inputs: [InputDeclaration(value: x, name: "picture", elementType: .float32, dims: dims)], outputs: [(name: "y", value: y)],
            nodes: [Node(name: "backbone/conv1", kind: "Conv", op: op, inputs: [x, w], outputs: [y])],
            constants: [w: Tensor(weights, of: Float.self) { _ in }], valueNames: ["picture", "w", "y"])
    }

    @Test func contradictionsNameTheNode() throws {
        for (weights, what) in [(Shape([4, 5, 3, 3]), "channels"), ([4, 3, 9, 9], "window"), ([4, 3, 3], "rank")] {
            let error = try #require(throws: InferenceError.self, "\(what)") { try Plan(graph(weights: weights)) }
            #expect(error.code == .invalidGraph)
            #expect(error.node == "backbone/conv1")
            #expect("\(error)".contains("backbone/conv1"))
            #expect("\(error)".contains("Conv"))
        }
        let groups = try #require(throws: InferenceError.self) { try Plan(graph(weights: [4, 1, 1, 1], op: Convolution(groups: 0))) }
        #expect(groups.node == "backbone/conv1")
    }

    @Test func valuesThatNothingProducesAreNamed() throws {
        var broken = graph(weights: [4, 3, 3, 3])
        broken.nodes[0].inputs[0] = y
        let error = try #require(throws: InferenceError.self) { try Plan(broken) }
        #expect(error.code == .invalidGraph)
        #expect(error.node == "backbone/conv1")
    }

    @Test func openExtentsMustBeGivenAndFixedOnesKept() throws {
        let open = graph([.fixed(1), .fixed(3), .symbolic("height"), .fixed(8)], weights: [4, 3, 3, 3])
        let error = try #require(throws: InferenceError.self) { try Plan(open) }
        #expect(error.code == .unresolvedShape)
        #expect(error.message.contains("'height'"))
        #expect(try Plan(open, inputShapes: ["picture": [1, 3, 10, 8]]).outputs[0].shape == [1, 4, 8, 6])
        for wrong: Shape in [[1, 3, 10], [2, 3, 10, 8], [1, 3, -4, 8], [1, 3, 1 << 40, 8]] {
            let error = try #require(throws: InferenceError.self, "\(wrong)") { try Plan(open, inputShapes: ["picture": wrong]) }
            #expect(error.code == .invalidInput)
        }
    }

    @Test func wrongTensorsAreRefusedAndTheSessionGoesOn() throws {
        let session = Session(try Plan(graph(weights: [4, 3, 3, 3])))
        let good = Tensor([1, 3, 8, 8], of: Float.self) { _ in }
        for wrong: [Tensor] in [[], [good, good], [good.reshaped(to: [3, 1, 8, 8])], [Tensor([1, 3, 8, 8], of: Int32.self) { _ in }]] {
            let error = try #require(throws: InferenceError.self) { try session.run(wrong) }
            #expect(error.code == .invalidInput)
        }
        #expect(try session.run([good])[0].shape == [1, 4, 6, 6])
        let pixels = [UInt8](repeating: 0, count: 8 * 8 * 4)
        for channels in [1, 4] {
            let parameters = [Float](repeating: 1, count: channels)
            #expect(throws: InferenceError.self) {
                try session.run(pixels: pixels, rowBytes: 8 * channels, scale: parameters, bias: parameters)
            }
        }
        #expect(throws: InferenceError.self) { try session.run(pixels: pixels, rowBytes: 24, scale: [1, 1, 1], bias: [1, 1]) }
    }
}
