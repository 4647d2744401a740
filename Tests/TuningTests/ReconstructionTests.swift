import Inference
import Tensors
import TestSupport
import Testing

@testable import Tuning

/// Thinned layers make up for what the layers before them have become.
struct ReconstructionTests {
    private static let pictures = ToyModel.pictures(8)

    /// With a third of the channels between, and another first layer.
    private func thinned(_ network: Network) throws -> (network: Network, losses: ChannelPruning.Losses) {
        let costs = LayerCosts(shares: network.nodes.map { $0.opType == "Conv" ? 0.2 : 0 })
        let convolutions = network.nodes.indices.compactMap { Convolution(network, $0) }.filter { $0.group == 1 && $0.input != "x" }
        let calibration = try Calibration(
            convolutions, Self.pictures.map { try ToyModel.run(network, $0, outputs: convolutions.map(\.input)) })
        var changed = network
        let losses = ChannelPruning(network, calibration, costs).apply(1e9, to: &changed)
        #expect(!losses.nodes.isEmpty)
        let (dims, first) = try #require(changed.floats("w1"))
        changed.setInput(1, of: 0, dims: dims, floats: first.map { 0.6 * $0 })
        return (changed, losses)
    }

    private func rebuilt(_ changed: Network, _ losses: ChannelPruning.Losses, as original: Network) throws -> Network {
        var network = changed
        let reconstruction = Reconstruction(of: changed, from: original, losses)
        #expect(!reconstruction.steps.isEmpty)
        for step in reconstruction.steps {
            let before = try Self.pictures.map { try ToyModel.run(original, $0, outputs: [step.wanted]) }
            let now = try Self.pictures.map { try ToyModel.run(network, $0, outputs: step.read.sorted()) }
            #expect(reconstruction.fit(step, before, now, to: &network))
        }
        return network
    }

    /// Mean squared difference of the outputs on pictures that nothing was fitted on.
    private func error(_ a: Network, _ b: Network) throws -> Float {
        let differences = try ToyModel.pictures(11).suffix(3).flatMap { picture in
            let (ours, theirs) = (try ToyModel.run(a, picture)["y"]!, try ToyModel.run(b, picture)["y"]!)
            return zip(ours.elements(of: Float.self), theirs.elements(of: Float.self)).map { ($0 - $1) * ($0 - $1) }
        }
        return differences.reduce(0, +) / Float(differences.count)
    }

    @Test func aLayerMakesUpForThoseBefore() throws {
        let network = Network(try ToyModel(twins: 8).file), (changed, losses) = try thinned(network)
        let again = try rebuilt(changed, losses, as: network)
        let (after, before) = (try error(again, network), try error(changed, network))
        #expect(after < 0.5 * before, "\(after) instead of \(before)")
    }

    /// Of a sum, what the other operand has become is made up for as well.
    @Test func aLayerMakesUpForItsShortcut() throws {
        var network = Network(try ToyModel().file)
        var last = network.nodes[5], dice = Dice(3)
        last.output = ["p"]
        let weights = network.addWeight(dims: [5, 6, 1, 1], floats: (0..<30).map { _ in dice.float() })
        let shortcut = network.nodes[5].output[0] + ".short"
        var sum = network.nodes[5]
        (sum.opType, sum.name, sum.input, sum.output, sum.attribute) = ("Add", "sum", ["p", shortcut], ["y"], [])
        network.replaceNodes([5: [.convolution("short", inputs: ["ar", weights], output: shortcut, attributes: []), last, sum]])
        let (changed, losses) = try thinned(network)
        let step = try #require(Reconstruction(of: changed, from: network, losses).steps.last)
        #expect(step.wanted == "y")
        #expect(step.shortcut == shortcut)
        let again = try rebuilt(changed, losses, as: network)
        let (after, before) = (try error(again, network), try error(changed, network))
        #expect(after < 0.6 * before, "\(after) instead of \(before)")
    }

    /// Layers that read all that they did are left as they are.
    @Test func whatIsNotThinnedStays() throws {
        let network = Network(try ToyModel().file)
        #expect(Reconstruction(of: network, from: network, ChannelPruning.Losses()).steps.isEmpty)
    }
}
