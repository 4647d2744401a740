import CKernels
import Glibc
@testable import DeepCache
import Inference
import Tensors
import Testing
import TestSupport

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

    /// Most that one channel of the observed layer may be off: its eight channels have an eighth each of the output's
    /// worth, and the first layer e⁻² of the tolerance.
    private func bound(_ epsilon: Float) -> Float { 1.0001 * epsilon * exp(-2) * Float(8).squareRoot() }

    @Test(arguments: 0..<6)
    func storedValuesStayWithinTheTolerance(seed: Int) throws {
        var dice = Dice(seed)
        let graph = try observable(&dice), epsilon: Float = dice.pick([0.02, 0.1, 0.3])
        let dense = Session(try Plan(graph)), session = try IncrementalSession(try Plan(graph, sharesMemory: false), threads: 1 + seed % 2)
        var film = Film(height: 24, width: 32, channels: 3, &dice)
        _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
        session.setTolerance(epsilon)
        var deviation: Float = 0
        for frame in 0..<20 {
            let changed = film.advance(&dice)
            let got = try session.update(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed).outputs[
                0]
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)[0]
            for (a, b) in zip(got.elements(of: Float.self), wanted.elements(of: Float.self)) { deviation = max(deviation, abs(a - b)) }
            // Two layers: the convolution's own tolerance; the observer is not read by any, so it is exact.
            #expect(deviation <= bound(epsilon), "seed \(seed), frame \(frame), ε \(epsilon)")
        }
    }

    @Test func errorsDoNotAddUpWhileAPixelDriftsAndRefreshIsExact() throws {
        var dice = Dice(77)
        let graph = try observable(&dice), epsilon: Float = 0.3
        let dense = Session(try Plan(graph)), session = try IncrementalSession(try Plan(graph, sharesMemory: false))
        var pixels = [UInt8](repeating: 100, count: 24 * 32 * 3)
        _ = try session.refresh(pixels: pixels, rowBytes: 96, scale: scale, bias: bias)
        session.setTolerance(epsilon)
        var worst: Float = 0, spent = 0, frames = 0
        let everything = (0..<24).map { dv_span(row: Int32($0), begin: 0, end: 20) }
        for level in 101...200 {
            for y in 0..<24 { for i in 0..<60 { pixels[y * 96 + i] = UInt8(level) } }
            let result = try session.update(pixels: pixels, rowBytes: 96, scale: scale, bias: bias, changed: everything)
            let wanted = try dense.run(pixels: pixels, rowBytes: 96, scale: scale, bias: bias)[0].elements(of: Float.self)
            for (a, b) in zip(result.outputs[0].elements(of: Float.self), wanted) { worst = max(worst, abs(a - b)) }
            (spent, frames) = (spent + result.macs, frames + 1)
        }
        #expect(worst <= bound(epsilon), "drift of 100 levels strayed by \(worst), tolerance \(bound(epsilon))")
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
            #expect(rest.macs == 0)
            #expect(difference(rest.outputs, before) == nil)
            // Marked but the same: only the first layer is computed, and nothing follows.
            let marked = try session.update(
                pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: [dv_span(row: 5, begin: 3, end: 9)])
            #expect(marked.macs == 3 * 8 * 3 * 3 * 3 * 8)
            #expect(difference(marked.outputs, before) == nil)
        }
    }

    /// Where the map allows more, more is withheld; elsewhere nothing changes.
    @Test func theMapScalesTheTolerance() throws {
        var dice = Dice(11)
        var b = GraphBuilder()
        let x = b.input("x", [1, 3, 64, 64])
        let y = try b.convolution(x, to: 8, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        b.outputs = [try b.convolution(y, to: 4, kernel: (1, 1), padding: .explicit([0, 0, 0, 0]), &dice)]
        let session = try IncrementalSession(try Plan(b.graph, sharesMemory: false))
        let before = [UInt8](repeating: 100, count: 64 * 192), after = [UInt8](repeating: 104, count: 64 * 192)
        let all = (0..<64).map { dv_span(row: Int32($0), begin: 0, end: 64) }
        func written(_ prepare: (ToleranceMap) -> Void) throws -> Int {
            _ = try session.refresh(pixels: before, rowBytes: 192, scale: scale, bias: bias)
            session.setTolerance(0.002)
            prepare(session.map)
            _ = try session.update(pixels: after, rowBytes: 192, scale: scale, bias: bias, changed: all)
            return session.steps[0].changed!.count
        }
        #expect(session.map.rows == 2)
        #expect(session.map.columns == 2)
        let strict = try written { $0.fill(1) }
        #expect(strict == 64 * 64)
        #expect(try written { $0.fill(1e6) } == 0)
        let half = try written { map in
            map.fill(1e6)
            map.limit(to: 1, left: 40, top: -50, right: 90, bottom: 10)
        }
        #expect(half == 32 * 32)
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
