import CKernels
@testable import DeepCache
@testable import Inference
import Tensors
import Testing
import TestSupport

/// Pictures that move: what is stored moves along where it can, and the result stays that of a dense run.
struct DisplacementTests {
    @Test(arguments: 0..<8)
    func incrementalEqualsDense(group: Int) throws {
        for seed in group * 25..<group * 25 + 25 {
            var dice = Dice(seed + 7_000_000)
            let shape = Shape([1, dice.pick([1, 3, 3]), dice.pick([8, 17, 24, 32, 48]), dice.pick([6, 16, 21, 32, 64])])
            let random = RandomGraph(seed: seed + 20_000, length: 9, inputShape: shape)
            let scale = (0..<shape[1]).map { _ in abs(dice.float()) / 100 + 0.001 }, bias = (0..<shape[1]).map { _ in dice.float() }
            let dense = Session(try Plan(random.graph)), plan = try Plan(random.graph, sharesMemory: false)
            let session = try IncrementalSession(plan, threads: dice.int(1...2))
            let mix = dice.int(0...3)
            if dice.chance(2) { session.inputRule = .recomputed }
            // All rules are exact if nothing is tolerated, whichever layer has which.
            session.setRules { layer, _ in
                let all: [LayerRule] = [
                    .steered, .compared(tolerance: 0), .kept(unlessAbove: 1, orSide: 0), .kept(unlessAbove: 0.5, orSide: 5), .recomputed,
                    .dense,
                ]
                return mix == 0 ? .steered : mix == 1 ? .kept(unlessAbove: 0.8, orSide: 5) : dice.pick(all)
            }
            var film = Film(height: shape[2], width: shape[3], channels: shape[1], &dice)
            if dice.chance(2) { film.flatten() }
            _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
            for frame in 0..<8 {
                let motion = Motion(
                    x: dice.pick([0, 0, 1, 2, -2, 4, -4, 8, -16, 100]), y: dice.pick([0, 0, -1, 2, -2, 4, 8, -8, 16, -60]))
                let changed = film.displace(by: motion, &dice)
                let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                let got = try session.update(
                    pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed, motion: motion)
                if let difference = difference(got.outputs, wanted) {
                    Issue.record("frame \(frame), \(motion), mix \(mix): \(difference)\n\(random.text)")
                    return
                }
                if got.macs > plan.macs { Issue.record("\(got.macs) of \(plan.macs) MACs\n\(random.text)") }
            }
        }
    }

    /// A sum of two layers that move by different ways: half the displacement, and all of it.
    @Test func sourcesThatMoveApart() throws {
        for seed in 0..<20 {
            var dice = Dice(seed), b = GraphBuilder()
            let x = b.input("x", [1, 3, 32, 32])
            let small = try b.convolution(x, to: 3, kernel: (3, 3), strides: [2, 2], padding: .explicit([1, 1, 1, 1]), &dice)
            let corner = try b.add(Slice(), [x, b.constant([0, 0]), b.constant([16, 16]), b.constant([2, 3])])
            let sum = try b.add(Binary(.add), [small, corner])
            b.outputs = [try b.convolution(sum, to: 4, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)]
            let dense = Session(try Plan(b.graph)), session = try IncrementalSession(try Plan(b.graph, sharesMemory: false))
            var film = Film(height: 32, width: 32, channels: 3, &dice)
            _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: [1, 1, 1], bias: [0, 0, 0])
            for motion in [Motion(x: 4, y: 0), Motion(x: 0, y: -2), Motion(x: -8, y: 8)] {
                let changed = film.displace(by: motion, &dice)
                let got = try session.update(
                    pixels: film.pixels, rowBytes: film.rowBytes, scale: [1, 1, 1], bias: [0, 0, 0], changed: changed, motion: motion)
                let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: [1, 1, 1], bias: [0, 0, 0])
                if let difference = difference(got.outputs, wanted) { Issue.record("seed \(seed), \(motion): \(difference)") }
            }
        }
    }

    /// Strides 2 and 2: a displacement by 4 is reused by both layers, by 2 by the first only, by 1 by none.
    @Test func onlyWhatDividesIsReused() throws {
        var dice = Dice(9), b = GraphBuilder()
        let x = b.input("x", [1, 3, 64, 64])
        let y = try b.convolution(x, to: 8, kernel: (3, 3), strides: [2, 2], padding: .explicit([1, 1, 1, 1]), &dice)
        b.outputs = [try b.convolution(y, to: 8, kernel: (3, 3), strides: [2, 2], padding: .explicit([1, 1, 1, 1]), &dice)]
        let plan = try Plan(b.graph, sharesMemory: false), macs = plan.layers.map(\.macs).filter { $0 > 0 }
        for (distance, isReused) in [
            (4, [true, true]), (2, [true, false]), (1, [false, false]), (-8, [true, true]), (0, [true, true]),
        ] {
            let session = try IncrementalSession(plan)
            // Without the cost model, which computes small layers whole.
            session.setRules { _, _ in .compared(tolerance: 0) }
            var film = Film(height: 64, width: 64, channels: 3, &dice)
            _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: [1, 1, 1], bias: [0, 0, 0])
            let motion = Motion(x: distance, y: distance), changed = film.displace(by: motion, &dice, onlyUncovered: true)
            let spent = try session.update(
                pixels: film.pixels, rowBytes: film.rowBytes, scale: [1, 1, 1], bias: [0, 0, 0], changed: changed, motion: motion
            ).macs
            let least = zip(macs, isReused).reduce(0) { $0 + ($1.1 ? 0 : $1.0) }
            #expect(spent >= least, "\(distance): \(spent) of \(plan.macs)")
            #expect(spent <= least + plan.macs / 2, "\(distance): \(spent) of \(plan.macs)")
            #expect((spent == plan.macs) == !isReused[0])
        }
    }

    /// With a tolerance, what is stored stays within it of a dense run's, also after many displacements.
    @Test func errorsDoNotAddUpWhileThePictureMoves() throws {
        var dice = Dice(4), b = GraphBuilder()
        let x = b.input("x", [1, 3, 32, 48])
        let y = try b.convolution(x, to: 8, kernel: (3, 3), strides: [2, 2], padding: .explicit([1, 1, 1, 1]), &dice)
        var identity = [Float](repeating: 0, count: 64)
        for c in 0..<8 { identity[c * 9] = 1 }
        b.outputs = [try b.add(Convolution(padding: .explicit([0, 0, 0, 0])), [y, b.constant(Tensor([8, 8, 1, 1], identity))])]
        let dense = Session(try Plan(b.graph)), session = try IncrementalSession(try Plan(b.graph, sharesMemory: false))
        let tolerance: Float = 0.2, scale: [Float] = [1 / 255, 1 / 255, 1 / 255], bias: [Float] = [0, 0, 0]
        session.setRules { _, traits in traits.convolutionsBefore == 0 ? .compared(tolerance: tolerance) : .compared(tolerance: 0) }
        var film = Film(height: 32, width: 48, channels: 3, &dice), worst: Float = 0
        _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
        for _ in 0..<40 {
            let motion = Motion(x: 2 * dice.int(-2...2), y: 2 * dice.int(-1...1)), changed = film.displace(by: motion, &dice)
            let got = try session.update(
                pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed, motion: motion
            ).outputs[0].elements(of: Float.self)
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)[0].elements(of: Float.self)
            for (a, b) in zip(got, wanted) { worst = max(worst, abs(a - b)) }
        }
        #expect(worst <= tolerance)
        #expect(worst > 0)
    }
}
