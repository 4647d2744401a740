@testable import DeepCache
import Testing
@testable import Vision

/// How the tolerance varies over the picture.
@Suite struct DecisionMapTests {
    private func factors(_ map: ToleranceMap) -> [Float] { (0..<map.rows * map.columns).map { map.squares.base[$0].squareRoot() } }

    private func candidate(_ score: Float, left: Float, top: Float, side: Float = 10) -> Candidate {
        Candidate(box: Corners(left: left, top: top, right: left + side, bottom: top + side), score: score, classID: 0)
    }

    @Test func nothingNearTheThresholdLeavesTheBackground() {
        let map = ToleranceMap(height: 64, width: 96)
        map.follow([(.candidates([]), threshold: 0.4)])
        #expect(factors(map).allSatisfy { $0 == PolicyConstants.Map.background })
    }

    @Test func aCandidateNearTheThresholdIsComputedCarefullyWithItsSurroundings() {
        let map = ToleranceMap(height: 96, width: 160)
        // Its box lies in cell (0, 0), its surroundings of 16 pixels reach into the next ones.
        map.follow([(.candidates([candidate(0.4, left: 10, top: 10)]), threshold: 0.4)])
        #expect(factors(map).enumerated().filter { $0.element == 1 }.map(\.offset) == [0, 1, 5, 6])
        map.follow([(.candidates([candidate(0.4, left: 2, top: 2)]), threshold: 0.4)])
        #expect(factors(map).enumerated().filter { $0.element == 1 }.map(\.offset) == [0])
    }

    @Test func aBoxWithoutAPlaceIsLeftOut() {
        let map = ToleranceMap(height: 64, width: 96)
        map.follow([(.candidates([candidate(0.4, left: 10, top: 10, side: -5), candidate(0.4, left: .nan, top: 1)]), threshold: 0.4)])
        #expect(factors(map).allSatisfy { $0 == PolicyConstants.Map.background })
    }

    @Test func aClassificationHasOneFactorForTheWholePicture() {
        let map = ToleranceMap(height: 64, width: 96)
        map.follow([(.margin(0.5), threshold: 0.4)])
        #expect(factors(map).allSatisfy { $0 == 1 })
        map.follow([(.everywhere, threshold: 0.4)])
        #expect(factors(map).allSatisfy { $0 == 1 })
        #expect(ToleranceMap.factor(margin: 0) == PolicyConstants.Map.tie)
        #expect(ToleranceMap.factor(margin: 100) == PolicyConstants.Map.clear)
        #expect(ToleranceMap.factor(margin: 1) == 2)
    }

    @Test func whatCameOrWentIsComputedCarefullyWhereItDid() {
        let map = ToleranceMap(height: 96, width: 96)
        map.follow([(.candidates([]), threshold: 0.4)])
        map.tighten(around: [(columns: 44..<52, rows: 44..<52)])
        #expect(map.squares.base[4].squareRoot() < 1)
        #expect(factors(map).count { $0 < 1 } == 1, "its surroundings lie in the same cell")
        map.tighten(around: [(columns: 64..<72, rows: 44..<52)])
        #expect(factors(map).count { $0 < 1 } == 2)
    }

    @Test func tighteningTwiceIsTighteningOnce() {
        let map = ToleranceMap(height: 32, width: 96)
        map.tighten(around: [(columns: 0..<8, rows: 0..<8)])
        let once = factors(map)
        map.tighten(around: [(columns: 0..<8, rows: 0..<8)])
        #expect(factors(map) == once)
    }

    @Test func theFactorGrowsWithTheDistanceFromTheThreshold() {
        #expect(ToleranceMap.factor(0.4, 0.4) == 1)
        #expect(ToleranceMap.factor(0.3, 0.4) == 1, "an answer that scores so much still agrees")
        #expect(ToleranceMap.factor(0.9, 0.4) > 1)
        #expect(ToleranceMap.factor(0.01, 0.4) > ToleranceMap.factor(0.2, 0.4))
        #expect(ToleranceMap.factor(1, 0.4) <= PolicyConstants.Map.object)
        #expect(ToleranceMap.factor(0, 0.4) <= PolicyConstants.Map.background)
    }
}
