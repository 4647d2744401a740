import Tensors
import Testing
import TestSupport

@testable import Inference

/// A sum takes the memory of the image that it is added to where nobody reads that image afterwards, and gives the same bits.
struct EngineInPlaceTests {
    private enum Shortcut: CaseIterable { case plain, readBySum, readLater, wideWindow, afterActivation }

    /// Whether the sums of three residual blocks took their images' memory; the bits are compared with a plan where nothing shares memory.
    private func replaces(_ shortcut: Shortcut, size: Int, seed: Int) throws -> Bool {
        var dice = Dice(seed), b = GraphBuilder()
        let input = b.input("x", [1, 3, size, size])
        var x = try b.convolution(input, to: 24, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        let first = x
        for _ in 0..<3 {
            let window = shortcut == .wideWindow ? 3 : 1, pad = window / 2
            var y = try b.convolution(x, to: 8, kernel: (window, window), padding: .explicit([pad, pad, pad, pad]), &dice)
            y = try b.activation("relu", y)
            y = try b.convolution(y, to: 8, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), groups: 8, &dice)
            let source = shortcut == .readBySum ? x : y
            y = try b.convolution(source, to: 24, kernel: (1, 1), padding: .explicit([]), &dice)
            if shortcut == .afterActivation { y = try b.activation("tanh", y) }
            x = try b.add(Binary(.add), [y, x])
            if shortcut != .afterActivation { x = try b.activation("relu", x) }
        }
        b.outputs = [shortcut == .readLater ? try b.add(Binary(.multiply), [x, first]) : x]
        let plan = try Plan(b.graph), tensor = dice.tensor(b.shape(input))
        let wanted = try Session(try Plan(b.graph, sharesMemory: false)).run([tensor])
        for threads in 1...3 {
            #expect(sameBits(try Session(plan, threads: threads).run([tensor]), wanted), "\(shortcut), \(threads) threads")
        }
        let kept = try plan.keepingActivations()
        #expect(Set(kept.buffers.map(\.memory)).count == kept.buffers.count)
        return plan.buffers.indices.contains { index in
            plan.buffers[index].replaced.map { plan.buffers[$0].memory == plan.buffers[index].memory } ?? false
        }
    }

    /// 200 × 200 pixels are computed in bands, 20 × 20 are not.
    @Test(arguments: [20, 200])
    func sumsReplaceWhatTheyAreAddedTo(size: Int) throws {
        #expect(try replaces(.plain, size: size, seed: size))
    }

    @Test func imagesThatAreReadAfterwardsStay() throws {
        // The second and third block's images are not read later.
        #expect(try replaces(.readLater, size: 20, seed: 1))
        #expect(!(try replaces(.readBySum, size: 20, seed: 2)))
        #expect(!(try replaces(.afterActivation, size: 20, seed: 3)))
    }

    /// In bands a window reads rows that would be written already.
    @Test func windowsThatReadInBandsKeepTheirImage() throws {
        #expect(try replaces(.wideWindow, size: 20, seed: 4))
        #expect(!(try replaces(.wideWindow, size: 200, seed: 5)))
    }
}
