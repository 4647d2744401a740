import Testing
import Vision

@testable import DeepCache
@testable import DeepVid

/// Where the tolerance is spent.
@Suite struct WatchingTests {
    private func factors(_ map: ToleranceMap) -> [Float] { (0..<map.rows * map.columns).map { map.squares[$0].squareRoot() } }

    @Test func nothingNearTheThresholdLeavesTheBackground() {
        let map = ToleranceMap(height: 64, width: 96)
        map.follow(.candidates([]), threshold: 0.4)
        #expect(factors(map).allSatisfy { $0 == ToleranceMap.background })
    }

    @Test func whatCameOrWentIsComputedCarefullyWhereItDid() {
        let map = ToleranceMap(height: 96, width: 96)
        map.follow(.candidates([]), threshold: 0.4)
        map.heed([(columns: 44..<52, rows: 44..<52)])
        #expect(map.squares[4].squareRoot() < 1)
        #expect(factors(map).filter { $0 < 1 }.count == 1, "its surroundings lie in the same cell")
        map.heed([(columns: 64..<72, rows: 44..<52)])
        #expect(factors(map).filter { $0 < 1 }.count == 2)
    }

    @Test func aScoreNearTheThresholdKeepsItsCareWhateverElseMoves() {
        let map = ToleranceMap(height: 32, width: 96)
        map.heed([(columns: 0..<8, rows: 0..<8)])
        let careful = map.squares[0]
        map.heed([(columns: 0..<8, rows: 0..<8)])
        #expect(map.squares[0] == careful, "heeding twice is heeding once")
        #expect(ToleranceMap.factor(0.4, 0.4) == 1 && ToleranceMap.factor(0.3, 0.4) == 1)
        #expect(ToleranceMap.factor(0.9, 0.4) > 1 && ToleranceMap.factor(0.01, 0.4) > ToleranceMap.factor(0.2, 0.4))
    }
}
