import Inference
import Tensors
import Testing
import TestSupport

/// Planned resizes read the very coordinates that the operator defines: every mode, stated scales and sizes.
struct EngineResizeTests {
    private static let coordinates: [Resize.Coordinates] = [
        .halfPixel, .halfPixelSymmetric, .pytorchHalfPixel, .alignCorners, .asymmetric, .tfHalfPixelForNN,
    ]

    @Test func everyCoordinateModeAgreesWithTheOperator() throws {
        for seed in 0..<400 {
            var dice = Dice(seed), b = GraphBuilder()
            let shape = Shape([1, dice.pick([1, 3, 17]), dice.int(1...9), dice.int(1...12)])
            let op = Resize(
                mode: dice.chance(2) ? .nearest : .linear, coordinates: dice.pick(Self.coordinates),
                nearest: dice.pick([.roundPreferFloor, .roundPreferCeil, .floor, .ceil]), axes: dice.chance(3) ? [2, 3] : nil,
                aspectRatio: dice.pick([.stretch, .stretch, .notLarger, .notSmaller]))
            let x = b.input("x", shape), lead = op.axes == nil
            if dice.chance(2) {
                let scales: [Float] = [dice.pick([0.4, 0.5, 0.7, 1, 1.5, 2, 2.3]), dice.pick([0.34, 0.5, 1, 1.7, 2, 3])]
                guard let y = try? b.add(op, [x, nil, b.constant(Tensor([lead ? 4 : 2], (lead ? [1, 1] : []) + scales))]) else { continue }
                b.outputs = [y]
            } else {
                let sizes = [dice.int(1...14), dice.int(1...14)]
                guard let y = try? b.add(op, [x, nil, nil, b.constant((lead ? [shape[0], shape[1]] : []) + sizes)]) else { continue }
                b.outputs = [y]
            }
            let input = dice.tensor(shape), wanted = try Interpreter(graph: b.graph).run(["x": input])[0]
            let got = try Session(try Plan(b.graph)).run([input])[0]
            let how: Approximation = op.mode == .nearest ? .exact : .relativeToLargest(1e-5)
            if let mismatch = how.mismatch(got, reference: wanted) { Issue.record("seed \(seed): \(mismatch)\n\(b.text)") }
        }
    }
}
