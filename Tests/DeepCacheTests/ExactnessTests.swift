import CKernels
import DeepCache
import Inference
import Tensors
import Testing

/// The engine's main property: at tolerance 0 an incremental run gives the bits of a dense one, whatever the network,
/// whatever changed, however long the film.
struct ExactnessTests {
    @Test(arguments: 0..<8)
    func incrementalEqualsDense(group: Int) throws {
        for seed in group * 20..<group * 20 + 20 {
            var dice = Dice(seed + 5_000_000)
            let shape = Shape([1, dice.pick([1, 3, 3, 4]), dice.pick([1, 8, 17, 24, 32]), dice.pick([6, 16, 21, 32, 300])])
            let random = RandomGraph(seed: seed + 10_000, length: 10, inputShape: shape)
            let scale = (0..<shape[1]).map { _ in abs(dice.float()) / 100 + 0.001 }, bias = (0..<shape[1]).map { _ in dice.float() }
            try check(random.graph, shape, scale, bias, frames: 8, &dice, random.text)
        }
    }

    /// A layer that reads only channels that a Pad has added sees no change ever, and must be computed once all the same.
    @Test func layersWithoutASourceAreComputed() throws {
        var b = GraphBuilder()
        let x = b.input("x", [1, 3, 8, 8])
        let padded = try b.add(Pad(), [x, b.constant([0, 0, 0, 0, 0, 2, 0, 0])])
        let parts = try b.addAll(Split(axis: 1, sizes: [3, 2], outputCount: 2), [padded])
        b.outputs = [try b.activation("sigmoid", parts[1])]
        let session = try IncrementalSession(try Plan(b.graph, sharesMemory: false)), pixels = [UInt8](repeating: 9, count: 192)
        let outputs = try session.refresh(pixels: pixels, rowBytes: 24, scale: [1, 1, 1], bias: [0, 0, 0])
        #expect(outputs[0].elements(of: Float.self).allSatisfy { $0 == 0.5 })
    }

    private func check(_ graph: Graph, _ shape: Shape, _ scale: [Float], _ bias: [Float], frames: Int, _ dice: inout Dice, _ text: String)
        throws
    {
        let dense = Session(try Plan(graph)), plan = try Plan(graph, sharesMemory: false)
        let sessions = [(1, try IncrementalSession(plan, threads: 1)), (2, try IncrementalSession(plan, threads: 2))]
        var film = Film(height: shape[2], width: shape[3], channels: shape[1], &dice)
        for frame in 0..<frames {
            let changed = frame == 0 ? [] : film.advance(&dice), refreshes = frame == 0 || dice.chance(12)
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
            for (threads, session) in sessions {
                let got: [Tensor]
                if refreshes {
                    got = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                } else {
                    let result = try session.update(
                        pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed)
                    got = result.outputs
                    if changed.isEmpty, result.macs != 0 { Issue.record("\(result.macs) MACs on a picture at rest\n\(text)") }
                    if result.macs > plan.macs { Issue.record("\(result.macs) MACs, more than a dense run's \(plan.macs)\n\(text)") }
                }
                if let difference = difference(got, wanted) {
                    Issue.record("frame \(frame), \(threads) threads\(refreshes ? ", refreshed" : ""): \(difference)\n\(text)")
                    return
                }
            }
        }
    }
}
