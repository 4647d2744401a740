import Foundation
import Testing
import TestSupport

@testable import CacheNet

/// Equations 9 to 13 of the paper against a direct evaluation.
@Suite struct PartitionsTests {
    @Test func angleIsThePapersModulo() {
        let points = [(1.0, 0.5), (-1, 0.5), (-1, 0), (-1, -0.5), (1, -0.5), (0, 2), (0, -2), (0, 0), (3, 0), (-0.0, 0.0), (-0.0, -0.0)]
        for (x, y) in points {
            let direct: Double =
                switch (x, y) {
                case (0, 0): 0
                case (0, _): y > 0 ? .pi / 2 : -.pi / 2
                case (let x, _) where x > 0: atan(y / x)
                default: y >= 0 ? atan(y / x) + .pi : atan(y / x) - .pi
                }
            let wanted = direct < 0 ? direct + 2 * .pi : direct
            // A code on the x-axis may come as +π or −π: the same angle.
            #expect(abs(Partitions.angle(x, y) - wanted) < 1e-12, "\(x), \(y)")
        }
    }

    @Test func anglesStayBelowAFullTurn() {
        for code in [(1.0, -1e-300), (1, -1e-17), (-1, -1e-17), (.nan, 1), (1, .infinity), (-.infinity, -.infinity)] {
            let angle = Partitions.angle(code.0, code.1)
            #expect(angle >= 0, "\(code)")
            #expect(angle < 2 * .pi, "\(code)")
        }
    }

    @Test func sigmaIsEquation13() {
        for (k, gamma, tau) in [(4, 0.3, 0.3), (4, 0.3, 0.1), (1, 0, 0.5), (7, 1, 0.01)] {
            let sigma = Partitions(count: k, overlap: gamma, tau: tau).sigma
            let square = -(Double.pi * .pi) * (1 + gamma) * (1 + gamma) / (2 * Double(k * k) * log(tau))
            #expect(abs(sigma - square.squareRoot()) < 1e-12)
            // What it is for: at the edge of a sector with its overlap the code is τ.
            #expect(abs(exp(-pow(.pi * (1 + gamma) / Double(k), 2) / (2 * sigma * sigma)) - tau) < 1e-12)
        }
    }

    /// Figure 2 of the paper: K = 4, γ = 0.3, τ = 0.3.
    @Test func codesOfTheFigure() {
        let partitions = Partitions(count: 4, overlap: 0.3)
        #expect(partitions.code(.pi / 3).filter { $0 >= 0.3 }.count == 1)
        #expect(partitions.code(4 * .pi / 9).filter { $0 >= 0.3 }.count == 2)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 10, 31])
    func nearestMidpointWins(k: Int) {
        let partitions = Partitions(count: k, overlap: 0.3)
        var dice = Dice(k)
        for _ in 0..<2000 {
            let angle = Double.random(in: 0..<2 * .pi, using: &dice)
            let selection = partitions.select(angle: angle)
            let sector = min(Int(angle / (2 * .pi) * Double(k)), k - 1) + 1
            let boundary = partitions.nearestBoundary(to: angle)
            if let boundary, boundary.distance < 1e-9 { continue }
            #expect(selection.submodel == sector, "\(angle)")
            #expect(selection.angle == angle)
            // Element by element, with more turns than matter.
            let code = partitions.code(angle)
            for j in 1...k {
                let zeta = 2 * .pi * (Double(j) - 0.5) / Double(k)
                let direct = (-5...5).reduce(0.0) {
                    $0 + exp(-pow(zeta - angle + 2 * .pi * Double($1), 2) / (2 * partitions.sigma * partitions.sigma))
                }
                #expect(abs(code[j - 1] - direct) < (k < 3 ? 0.01 : 1e-6), "\(j) of \(k)")
            }
        }
    }

    @Test func firstSectorTakesBothSidesOfItsMidpointOnly() {
        let partitions = Partitions(count: 4, overlap: 0.3)
        #expect(partitions.select(1, -1e-9).submodel == 4)
        #expect(partitions.select(1, 1e-9).submodel == 1)
        #expect(partitions.select(0, 0) == Selection(submodel: 1, angle: 0))
    }

    @Test func boundariesAreTheNearestOnes() throws {
        #expect(Partitions(count: 1, overlap: 0.3).nearestBoundary(to: 1) == nil)
        let partitions = Partitions(count: 4, overlap: 0.3)
        let below = try #require(partitions.nearestBoundary(to: 0.1))
        #expect(below.neighbor == 4)
        #expect(abs(below.distance - 0.1) < 1e-12)
        let above = try #require(partitions.nearestBoundary(to: .pi / 2 - 0.1))
        #expect(above.neighbor == 2)
        #expect(abs(above.distance - 0.1) < 1e-12)
        let last = try #require(partitions.nearestBoundary(to: 2 * .pi - 0.1))
        #expect(last.neighbor == 1)
        #expect(abs(last.distance - 0.1) < 1e-12)
        #expect(try #require(partitions.nearestBoundary(to: (2 * .pi).nextDown)).neighbor == 1)
        #expect(try #require(partitions.nearestBoundary(to: 0)).distance == 0)
        // Two sectors have each other on both sides.
        for angle in stride(from: 0.0, to: 2 * .pi, by: 0.1) {
            #expect(Partitions(count: 2, overlap: 0).nearestBoundary(to: angle)?.neighbor == (angle < .pi ? 2 : 1))
        }
        #expect(abs(partitions.overlapMargin - .pi * 0.3 / 4) < 1e-15)
    }
}
