import Foundation
import Testing
import TestSupport

@testable import SemanticMemory

/// What is remembered at one exit layer.
struct ClassCentersTests {
    private static let identity = Whitening(mean: [0, 0], columns: [1, 0, 0, 1])

    /// 17 classes, so that there is more than one block of 16; the last one has seen three frames.
    private func centers() -> ClassCenters {
        var centers = ClassCenters(channels: 2)
        for _ in 0..<17 { centers.append(nil, count: 0, Self.identity) }
        for v: [Float] in [[1, 2], [3, 6], [5, 1]] { centers.add(v, whitened: v, to: 16) }
        return centers
    }

    private func scores(_ z: [Float], _ centers: ClassCenters) -> [Float] {
        var scores = [Float](repeating: 0, count: centers.counts.count)
        z.withUnsafeBufferPointer { z in
            scores.withUnsafeMutableBufferPointer { centers.scores(z.baseAddress!, $0.baseAddress!) }
        }
        return scores
    }

    @Test func centersAreMeans() {
        #expect(Array(centers().raw[32...]) == [3, 3])
        #expect(centers().counts[16] == 3)
        #expect(centers().counts[0] == 0)
    }

    /// The squared norm of a mean of three frames exceeds its class's by 2/3 in two channels.
    @Test func scoresAreLogLikelihoodRatios() {
        let scores = scores([1, 1], centers())
        #expect(abs(scores[16] - (6 - (18 - 2.0 / 3) / 2)) < 1e-5)
        #expect(scores[0] == -.infinity)
    }

    @Test func aCenterAppendedScoresAsOneThatWasLearnt() {
        var one = ClassCenters(channels: 2)
        one.append([3, 3], count: 3, Self.identity)
        #expect(abs(scores([1, 1], one)[0] - scores([1, 1], centers())[16]) < 1e-5)
    }

    @Test func cosinesAreOfRawVectors() {
        let cosine = [Float(1), 0].withUnsafeBufferPointer { centers().cosine($0, 16) }
        #expect(abs(cosine! - Float(0.5).squareRoot()) < 1e-6)
    }

    @Test func cosinesNeedACenterAndAVector() {
        #expect([Float(1), 0].withUnsafeBufferPointer { centers().cosine($0, 0) } == nil)
        #expect([Float(0), 0].withUnsafeBufferPointer { centers().cosine($0, 16) } == nil)
    }

    /// Without a whitened vector the whitened center stays, and the raw one moves.
    @Test func rawCentersMoveAlone() {
        var centers = centers()
        let before = scores([1, 1], centers)[16]
        centers.add([7, 7], whitened: nil, to: 16)
        #expect(Array(centers.raw[32...]) == [4, 4])
        #expect(scores([1, 1], centers)[16] == before)
    }
}

struct WhiteningTests {
    /// In whitened coordinates frames scatter about their class by 1 in every direction, and in none together with another.
    @Test func whiteningWhitens() {
        var dice = Dice(5)
        let n = 6, count = 4000
        var scatter = [Double](repeating: 0, count: n * n), vectors: [[Float]] = []
        for _ in 0..<count {
            let free = (0..<n).map { _ in Double(dice.normal()) }
            var x = [Double](repeating: 0, count: n)
            for i in 0..<n { for j in 0...i { x[i] += free[j] * (i == j ? 2 : 0.5) } }
            vectors.append(x.map { Float($0) })
            for a in 0..<n { for b in 0..<n { scatter[a * n + b] += x[a] * x[b] } }
        }
        let whitening = Whitening(
            means: [[Float](repeating: 1, count: n), [Float](repeating: -1, count: n)], scatter: scatter, count: count)
        #expect(whitening.mean.allSatisfy { abs($0) < 1e-6 })
        var covariance = [Float](repeating: 0, count: n * n)
        for x in vectors {
            let z = whitening.apply(x)
            for a in 0..<n { for b in 0..<n { covariance[a * n + b] += z[a] * z[b] / Float(count) } }
        }
        for a in 0..<n { for b in 0..<n { #expect(abs(covariance[a * n + b] - (a == b ? 1 : 0)) < 0.1, "\(a), \(b)") } }
    }

    @Test func theOriginIsTheMeanOfClasses() {
        let whitening = Whitening(means: [[0, 2], [4, 2]], scatter: [1, 0, 0, 1], count: 10)
        #expect(whitening.mean == [2, 2])
        #expect(whitening.apply([2, 2]) == [0, 0])
    }

    /// A channel that never varied stays finite.
    @Test func constantChannelsAreNoDivisionByZero() {
        let whitening = Whitening(means: [[0, 0], [1, 0]], scatter: [9, 0, 0, 0], count: 20)
        for value in whitening.apply([1, 1]) { #expect(value.isFinite) }
    }

    @Test func theInverseIsOfTheCholeskyFactor() {
        var matrix: [Double] = [4, 2, 2, 10]
        // L = [2 0; 1 3], so that L⁻¹ = [1/2 0; −1/6 1/3]; by columns.
        let inverse = Whitening.inverse(ofRootOf: &matrix, 2)
        for (value, wanted) in zip(inverse, [0.5, -1.0 / 6, 0, 1.0 / 3]) { #expect(abs(value - wanted) < 1e-12) }
    }
}

struct BackgroundModelTests {
    /// N(0, I + B) against its density written out.
    @Test(arguments: [[Float(0), 0], [1, -2], [-4, 3]]) func scoresAreOfTheDensityOfAnyClass(z: [Float]) {
        let background = BackgroundModel(centers: [[2, 0], [-2, 0]], channels: 2)
        // B: 8 along the first axis; a tenth of it is shared out.
        let (a, b) = (Float(1 + 0.9 * 8 + 0.4), Float(1 + 0.4))
        let wanted = (z[0] * z[0] * (1 - 1 / a) + z[1] * z[1] * (1 - 1 / b) - log(a * b)) / 2
        #expect(abs(z.withUnsafeBufferPointer(background.score) - wanted) < 1e-4)
    }

    @Test func comesBackFromItsColumns() {
        let background = BackgroundModel(centers: [[2, 1], [-2, 0], [0, 3]], channels: 2)
        let again = BackgroundModel(columns: background.whitening.columns, channels: 2), z: [Float] = [1, 2]
        #expect(abs(z.withUnsafeBufferPointer(again.score) - z.withUnsafeBufferPointer(background.score)) < 1e-5)
    }
}
