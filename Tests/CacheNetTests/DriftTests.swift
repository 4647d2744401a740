import Foundation
import Testing

@testable import CacheNet

@Suite struct CodeDriftTests {
    private let partitions = Partitions(count: 4, overlap: 0.3)

    @Test func theMeanHasNoSeam() {
        var drift = CodeDrift()
        for i in 0..<50 { _ = drift.add(i.isMultiple(of: 2) ? 0.1 : 2 * .pi - 0.1, partitions, active: 1) }
        #expect(min(drift.angle, 2 * .pi - drift.angle) < 0.1)
    }

    @Test func whatIsSteadyFetchesNothing() {
        var drift = CodeDrift()
        for _ in 0..<100 { #expect(drift.add(.pi / 4, partitions, active: 1) == nil) }
    }

    @Test func theNeighborAheadIsFetched() {
        for (from, to, ahead) in [(Double.pi / 4, Double.pi / 2, 2), (.pi / 4, 0, 4)] {
            var drift = CodeDrift()
            var fetched: [Int] = []
            for i in 0...60 {
                let angle = from + (to - from) * Double(i) / 60
                if let next = drift.add(angle, partitions, active: 1) { fetched.append(next) }
            }
            #expect(!fetched.isEmpty)
            #expect(Set(fetched) == [ahead])
        }
    }

    @Test func nothingIsFetchedOnTheWayBack() {
        var drift = CodeDrift()
        for i in 0...60 { _ = drift.add(.pi / 4 + .pi / 4 * Double(i) / 60, partitions, active: 1) }
        var fetched: [Int] = []
        for i in 8...60 { if let next = drift.add(.pi / 2 - .pi / 4 * Double(i) / 60, partitions, active: 1) { fetched.append(next) } }
        // The mean follows late: only its first steps still go forward.
        #expect(fetched.count < 12)
        #expect(drift.add(.pi / 4, partitions, active: 1) == nil)
    }

    @Test func oneSectorHasNoNeighbor() {
        var drift = CodeDrift()
        for _ in 0..<9 { #expect(drift.add(1, Partitions(count: 1, overlap: 0.3), active: 1) == nil) }
    }
}
