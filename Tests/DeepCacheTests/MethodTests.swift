import CKernels
import DeepCache
import Inference
import Tensors
import Testing
import TestSupport

/// Matcher and rules together, as the policies use them: where no difference is tolerated, any film gives a dense run's bits.
struct MethodTests {
    private enum Method: CaseIterable { case deepCache, cbinfer }

    @Test(arguments: 0..<6)
    func methodsThatTolerateNothingAreExact(group: Int) throws {
        for seed in group * 12..<group * 12 + 12 {
            for method in Method.allCases {
                var dice = Dice(seed + 9_000_000)
                let shape = Shape([1, 3, dice.pick([24, 33, 48]), dice.pick([21, 32, 64])]), (height, width) = (shape[2], shape[3])
                let random = RandomGraph(seed: seed + 40_000, length: 8, inputShape: shape)
                let dense = Session(try Plan(random.graph)), session = try IncrementalSession(try Plan(random.graph, sharesMemory: false))
                let matcher: any Matcher
                switch method {
                case .deepCache:
                    var options = ReuseOptions().deepCache
                    (options.threshold, options.block) = (.infinity, dice.pick([4, 10]))
                    matcher = DiamondMatcher(width: width, height: height, channels: 3, rowBytes: width * 3, options: options)
                    session.inputRule = .recomputed
                    session.setRules { _, traits in traits.isConvolution ? .kept(unlessAbove: 0.8, orSide: 5) : .recomputed }
                case .cbinfer:
                    matcher = PixelMatcher(width: width, height: height, channels: 3, rowBytes: width * 3)
                    session.setRules { _, traits in traits.isReadByWindows ? .compared(tolerance: 0) : .kept(unlessAbove: 1, orSide: 0) }
                }
                let wall = Wall(&dice), scale: [Float] = [0.01, 0.02, 0.015], bias: [Float] = [0.1, 0, -1]
                var at = Motion.none
                func view() -> [UInt8] { wall.view(width, height, rowBytes: width * 3, at: at) }
                matcher.accept(view())
                _ = try session.refresh(pixels: view(), rowBytes: width * 3, scale: scale, bias: bias)
                for frame in 0..<6 {
                    // The camera moves, mostly by what strides divide, and something small changes.
                    at = Motion(x: at.x + dice.pick([0, 0, 2, 4, -4, 1]), y: at.y + dice.pick([0, 0, 2, -4]))
                    var picture = view()
                    for _ in 0..<dice.int(0...3) { picture[dice.int(0...picture.count - 1)] = UInt8(dice.int(0...255)) }
                    let match = matcher.match(picture)
                    matcher.accept(match, picture)
                    let got = try session.update(
                        pixels: picture, rowBytes: width * 3, scale: scale, bias: bias, changed: match.changed, motion: match.motion)
                    let wanted = try dense.run(pixels: picture, rowBytes: width * 3, scale: scale, bias: bias)
                    if let difference = difference(got.outputs, wanted) {
                        Issue.record("\(method), frame \(frame), \(match.motion): \(difference)\n\(random.text)")
                        return
                    }
                }
            }
        }
    }

    /// DeepMon's later layers run in full whatever changed, and nothing before them more than geometry asks for.
    @Test func denseLayersAfterCachedOnes() throws {
        var dice = Dice(2), b = GraphBuilder()
        var x = b.input("x", [1, 3, 64, 64])
        for _ in 0..<4 { x = try b.convolution(x, to: 4, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice) }
        b.outputs = [x]
        let plan = try Plan(b.graph, sharesMemory: false), session = try IncrementalSession(plan)
        #expect(session.convolutionCount == 4)
        session.setRules { _, traits in traits.convolutionsBefore < 2 ? .kept(unlessAbove: 1, orSide: 0) : .dense }
        var film = Film(height: 64, width: 64, channels: 3, &dice)
        _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: [1, 1, 1], bias: [0, 0, 0])
        let background = film.pixels, changed = film.moveSquare(from: (10, 10), to: (10, 10), size: 8, background: background)
        let spent = try session.update(
            pixels: film.pixels, rowBytes: film.rowBytes, scale: [1, 1, 1], bias: [0, 0, 0], changed: changed
        ).macs
        let a = 4 * 27 * 10 * 10, later = 4 * 36
        #expect(spent == a + later * 12 * 12 + 2 * later * 64 * 64)
    }
}
