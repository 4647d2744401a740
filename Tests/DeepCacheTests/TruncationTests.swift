import CKernels
import DeepCache
import Inference
import Tensors
import Testing

/// Tolerance above 0: what is stored stays near what it would be, and what is dropped saves work.
struct TruncationTests {
    private let scale: [Float] = [1 / 255, 1 / 255, 1 / 255], bias: [Float] = [0, 0, 0]

    /// conv → clamp, read by a 1×1 convolution that hands every channel on as it is: the output shows what is stored.
    private func observable(_ dice: inout Dice) throws -> Graph {
        var b = GraphBuilder()
        let x = b.input("x", [1, 3, 24, 32])
        let y = try b.convolution(x, to: 8, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        var identity = [Float](repeating: 0, count: 64)
        for c in 0..<8 { identity[c * 9] = 1 }
        b.outputs = [try b.add(Convolution(padding: .explicit([0, 0, 0, 0])), [y, b.constant(Tensor([8, 8, 1, 1], identity))])]
        return b.graph
    }

    @Test(arguments: 0..<6)
    func storedValuesStayWithinTheTolerance(seed: Int) throws {
        var dice = Dice(seed)
        let graph = try observable(&dice), epsilon: Float = dice.pick([0.05, 0.2, 0.5])
        let dense = Session(try Plan(graph)), session = try IncrementalSession(try Plan(graph, sharesMemory: false), threads: 1 + seed % 2)
        var film = Film(height: 24, width: 32, channels: 3, &dice)
        let first = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)[0].elements(of: Float.self)
        session.setTolerance(epsilon)
        // The layer's scale is its root mean square on every fourth row, so this bounds it only roughly.
        let largest = first.reduce(0) { max($0, abs($1)) }
        var deviation: Float = 0
        for frame in 0..<20 {
            let changed = film.advance(&dice)
            let got = try session.update(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed).outputs[
                0]
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)[0]
            for (a, b) in zip(got.elements(of: Float.self), wanted.elements(of: Float.self)) { deviation = max(deviation, abs(a - b)) }
            // Two layers: the convolution's own tolerance; the observer is not read by any, so it is exact.
            #expect(deviation <= epsilon * largest, "seed \(seed), frame \(frame), ε \(epsilon)")
        }
    }

    @Test func errorsDoNotAddUpWhileAPixelDriftsAndRefreshIsExact() throws {
        var dice = Dice(77)
        let graph = try observable(&dice), epsilon: Float = 0.3
        let dense = Session(try Plan(graph)), session = try IncrementalSession(try Plan(graph, sharesMemory: false))
        var pixels = [UInt8](repeating: 100, count: 24 * 32 * 3)
        let exact = try session.refresh(pixels: pixels, rowBytes: 96, scale: scale, bias: bias)[0].elements(of: Float.self)
        session.setTolerance(epsilon)
        let rms = (exact.reduce(0) { $0 + $1 * $1 } / Float(exact.count)).squareRoot()
        var worst: Float = 0, spent = 0, frames = 0
        let everything = (0..<24).map { dv_span(row: Int32($0), begin: 0, end: 20) }
        for level in 101...200 {
            for y in 0..<24 { for i in 0..<60 { pixels[y * 96 + i] = UInt8(level) } }
            let result = try session.update(pixels: pixels, rowBytes: 96, scale: scale, bias: bias, changed: everything)
            let wanted = try dense.run(pixels: pixels, rowBytes: 96, scale: scale, bias: bias)[0].elements(of: Float.self)
            for (a, b) in zip(result.outputs[0].elements(of: Float.self), wanted) { worst = max(worst, abs(a - b)) }
            (spent, frames) = (spent + result.macs, frames + 1)
        }
        // The scale is sampled on every fourth row; half as much again covers the difference.
        #expect(worst <= epsilon * rms * 1.5, "drift of 100 levels strayed by \(worst), tolerance about \(epsilon * rms)")
        #expect(worst > 0, "nothing was ever dropped")
        let refreshed = try session.refresh(pixels: pixels, rowBytes: 96, scale: scale, bias: bias)
        #expect(difference(refreshed, try dense.run(pixels: pixels, rowBytes: 96, scale: scale, bias: bias)) == nil)
    }

    @Test func aPictureAtRestCostsNothing() throws {
        var dice = Dice(3)
        let graph = try observable(&dice), session = try IncrementalSession(try Plan(graph, sharesMemory: false))
        let film = Film(height: 24, width: 32, channels: 3, &dice)
        let before = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
        for epsilon: Float in [0, 0.1] {
            session.setTolerance(epsilon)
            let rest = try session.update(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: [])
            #expect(rest.macs == 0 && difference(rest.outputs, before) == nil)
            // Marked but the same: only the first layer is computed, and nothing follows.
            let marked = try session.update(
                pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: [dv_span(row: 5, begin: 3, end: 9)])
            #expect(marked.macs == 3 * 8 * 3 * 3 * 3 * 8 && difference(marked.outputs, before) == nil)
        }
    }

    @Test func refusesWhatIsNotOneImage() throws {
        var b = GraphBuilder()
        let x = b.input("x", [2, 3, 8, 8])
        b.outputs = [try b.activation("relu", x)]
        let plan = try Plan(b.graph, sharesMemory: false)
        #expect(throws: InferenceError.self) { try IncrementalSession(plan) }
        var two = GraphBuilder()
        let first = two.input("a", [1, 3, 8, 8]), second = two.input("b", [1, 3, 8, 8])
        two.outputs = [try two.add(Binary(.add), [first, second])]
        let both = try Plan(two.graph, sharesMemory: false)
        #expect(throws: InferenceError.self) { try IncrementalSession(both) }
    }
}
