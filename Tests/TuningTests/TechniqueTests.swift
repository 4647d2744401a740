import Inference
import ONNXProto
import Tensors
import TestSupport
import Testing

@testable import Tuning

/// Techniques on a toy network of which it is known what it can do without.
struct TechniqueTests {
    private func calibration(_ network: Network) throws -> Calibration {
        let convolutions = network.nodes.indices.compactMap { Convolution(network, $0) }.filter { $0.group == 1 && $0.input != "x" }
        return try Calibration(convolutions, ToyModel.pictures(6).map { try ToyModel.run(network, $0, outputs: convolutions.map(\.input)) })
    }

    /// The largest difference of the outputs on a picture that nothing was fitted on.
    private func difference(_ a: Network, _ b: Network) throws -> Float {
        let picture = ToyModel.pictures(7).last!
        let (ours, theirs) = (try ToyModel.run(a, picture)["y"]!, try ToyModel.run(b, picture)["y"]!)
        return zip(ours.elements(of: Float.self), theirs.elements(of: Float.self)).map { abs($0 - $1) }.max()!
    }

    /// Scores that something has moved come nearer again, and what no frame shows stays.
    @Test func theLastLayerIsFittedToTheScores() throws {
        var network = Network(try ToyModel().file)
        let layer = try #require(LastLayer(network, output: "y"))
        #expect(layer.features == network.nodes[5].input[0])
        let before = try lastWeights(network), inputs = ToyModel.between, half = inputs / 2
        // Frames differ in the first half of what is read only, which the untouched model weighs more; and all its scores are 0.5 higher.
        var other = before
        for index in other.weights.indices where index % inputs < half { other.weights[index] *= 1.2 }
        for row in other.bias.indices { other.bias[row] += 0.5 }
        var dice = Dice(5), seen: [[Float]] = []
        for _ in 0..<30 { seen.append((0..<inputs).map { $0 < half ? dice.float() : 1 }) }
        let wanted = seen.map { scores(of: $0, other) }
        layer.fit(seen, wanted, to: &network)
        let after = try lastWeights(network)
        func error(_ layer: (weights: [Float], bias: [Float])) -> Float {
            var sum: Float = 0
            for (frame, wanted) in zip(seen, wanted) {
                for (own, other) in zip(scores(of: frame, layer), wanted) { sum += (own - other) * (own - other) }
            }
            return sum
        }
        #expect(error(after) < 0.02 * error(before))
        let moved = after.weights.indices.filter { $0 % inputs >= half && abs(after.weights[$0] - before.weights[$0]) > 1e-6 }
        #expect(moved.isEmpty)
    }

    private func lastWeights(_ network: Network) throws -> (weights: [Float], bias: [Float]) {
        let inputs = network.nodes[5].input
        return (try #require(network.floats(inputs[1])).values, try #require(network.floats(inputs[2])).values)
    }

    private func scores(of frame: [Float], _ layer: (weights: [Float], bias: [Float])) -> [Float] {
        var scores = layer.bias
        for row in scores.indices {
            for (column, value) in frame.enumerated() { scores[row] += value * layer.weights[row * frame.count + column] }
        }
        return scores
    }

    @Test func twinsArePruned() throws {
        let network = Network(try ToyModel(twins: 8).file), costs = LayerCosts(shares: [0.1, 0, 0.3, 0, 0.3, 0.3])
        var pruned = network
        let losses = ChannelPruning(network, try calibration(network), costs).apply(0.05, to: &pruned)
        #expect(losses.nodes == [2, 4, 5])
        #expect(losses.outputs.mapValues(\.count) == ["m": 8])
        #expect(pruned.floats(pruned.nodes[2].input[1])?.dims == [8, 6, 1, 1])
        #expect(pruned.floats(pruned.nodes[4].input[1])?.dims == [8, 1, 3, 3])
        #expect(pruned.nodes[4].integer("group") == 8)
        #expect(pruned.floats(pruned.nodes[5].input[1])?.dims == [5, 8, 1, 1])
        #expect(try difference(network, pruned) < 2e-3)
    }

    @Test func whatIsNeededStays() throws {
        let network = Network(try ToyModel().file), costs = LayerCosts(shares: [0.1, 0, 0.3, 0, 0.3, 0.3])
        var pruned = network
        #expect(ChannelPruning(network, try calibration(network), costs).apply(1e-6, to: &pruned).nodes.isEmpty)
        #expect(try difference(network, pruned) == 0)
        // At any price some channels stay.
        _ = ChannelPruning(network, try calibration(network), costs).apply(1e9, to: &pruned)
        #expect(pruned.floats(pruned.nodes[2].input[1])?.dims == [8, 6, 1, 1])
        #expect(try ToyModel.run(pruned, ToyModel.pictures(1)[0])["y"]!.shape == [1, 5, 12, 12])
    }

    @Test func channelsThatAreGivenOutStay() throws {
        var network = Network(try ToyModel(twins: 8).file)
        network.addOutputs(["mr"])
        #expect(ChannelGroup(network, from: try #require(Convolution(network, 2))) == nil)
        network = Network(try ToyModel(twins: 8).file)
        #expect(ChannelGroup(network, from: try #require(Convolution(network, 2)))?.read == "d")
        // The first one is read by a convolution through nothing but a Relu.
        #expect(ChannelGroup(network, from: try #require(Convolution(network, 0)))?.read == "ar")
        // The last is the output.
        #expect(ChannelGroup(network, from: try #require(Convolution(network, 5))) == nil)
    }

    @Test func smallConvolutionsStay() throws {
        let network = Network(try ToyModel(twins: 8).file), costs = LayerCosts(shares: [1, 0, 0, 0, 0, 0])
        var thin = network
        LowRank(network, try calibration(network), costs).apply(100, to: &thin, except: [])
        // None of these layers is large enough to gain from it.
        #expect(thin.nodes.count == network.nodes.count)
    }

    /// A wide convolution of rank 4 in the file becomes two, and says the same.
    @Test func aWideConvolutionOfLowRankBecomesTwo() throws {
        var network = Network(try ToyModel().file)
        var dice = Dice(2)
        func weights(_ count: Int) -> [Float] { (0..<count).map { _ in 0.5 * dice.float() } }
        let (left, right) = (weights(32 * 4), weights(4 * 24))
        var wide = [Float](repeating: 0, count: 32 * 24)
        for row in 0..<32 {
            for column in 0..<24 {
                for inner in 0..<4 { wide[row * 24 + column] += left[row * 4 + inner] * right[inner * 24 + column] }
            }
        }
        network.setInput(1, of: 5, dims: [32, 24, 1, 1], floats: wide)
        network.setInput(2, of: 5, dims: [32], floats: weights(32))
        var made = network.nodes[5]
        made.output = ["v"]
        let last = network.addWeight(dims: [5, 32, 1, 1], floats: weights(5 * 32))
        network.replaceNodes([5: [made, .convolution("last", inputs: ["v", last], output: "y", attributes: [])]])
        #expect(network.isPrediction("y"))
        #expect(!network.isPrediction("v"))
        var thin = network
        LowRank(network, try calibration(network), LayerCosts(shares: [0, 0, 0, 0, 0, 1, 0])).apply(1, to: &thin, except: [])
        #expect(thin.nodes.map(\.opType) == ["Conv", "Relu", "Conv", "Relu", "Conv", "Conv", "Conv", "Conv"])
        #expect(thin.floats(thin.nodes[5].input[1])?.dims == [8, 24, 1, 1])
        #expect(try difference(network, thin) < 1e-3)
        var left2 = network
        LowRank(network, try calibration(network), LayerCosts(shares: [0, 0, 0, 0, 0, 1, 0])).apply(1, to: &left2, except: [5])
        #expect(left2.nodes.count == network.nodes.count)
    }

    @Test func aFileKeepsNothingThatIsNotRead() throws {
        var network = Network(try ToyModel().file)
        network.setInput(1, of: 5, dims: [5, 24, 1, 1], floats: [Float](repeating: 0, count: 120))
        let again = Network(try .init(bytes: try network.bytes(), baseDirectory: nil))
        #expect(!again.isWeight("w4"))
        #expect(again.isWeight("w3"))
        let output = try ToyModel.run(again, ToyModel.pictures(1)[0])["y"]!, bias = try #require(again.floats("b4")).values
        #expect(output.elements(of: Float.self).prefix(1) == bias.prefix(1))
    }
}
