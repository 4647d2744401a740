import TestSupport
import Testing
@testable import Vision

@Suite struct SuppressionTests {
    /// The definition: a box stays when no better one of its class that stays overlaps it too much.
    private func naive(_ candidates: [Candidate], _ limit: Float) -> [Candidate] {
        var rest = candidates.sorted { $0.score > $1.score }  // the standard library's sort is stable
        var kept: [Candidate] = []
        while !rest.isEmpty {
            let best = rest.removeFirst()
            kept.append(best)
            rest.removeAll { $0.classID == best.classID && best.box.intersectionOverUnion($0.box) > limit }
        }
        return kept
    }

    @Test func agreesWithTheDefinition() {
        var random = Dice(7)
        for round in 0..<100 {
            let candidates = (0..<Int.random(in: 0...150, using: &random)).map { _ in
                let (x, y) = (Float.random(in: 0...100, using: &random), Float.random(in: 0...100, using: &random))
                let (w, h) = (Float.random(in: 5...40, using: &random), Float.random(in: 5...40, using: &random))
                // Few scores, so that ties are common.
                return Candidate(
                    box: Corners(left: x, top: y, right: x + w, bottom: y + h),
                    score: Float(Int.random(in: 1...8, using: &random)) / 8, classID: Int.random(in: 0..<3, using: &random))
            }
            let limit = Float.random(in: 0.1...0.9, using: &random)
            #expect(Suppression(intersectionOverUnion: limit, limit: .max)(candidates) == naive(candidates, limit), "round \(round)")
        }
    }

    @Test func keepsTheBestWithinTheLimit() {
        let boxes = (0..<10).map {
            Candidate(box: Corners(left: Float($0) * 20, top: 0, right: Float($0) * 20 + 10, bottom: 10), score: Float($0) / 10, classID: 0)
        }
        #expect(Suppression(intersectionOverUnion: 0.5, limit: 3)(boxes).map(\.score) == [0.9, 0.8, 0.7])
    }

    @Test func equalScoresStayInOrderAndClassesApart() {
        let box = Corners(left: 0, top: 0, right: 10, bottom: 10)
        let candidates = [3, 1, 2, 1].map { Candidate(box: box, score: 0.5, classID: $0) }
        #expect(Suppression(intersectionOverUnion: 0.5, limit: 100)(candidates).map(\.classID) == [3, 1, 2])
    }

    @Test func overlapIsThatOfContinuousBoxes() {
        let a = Corners(left: 0, top: 0, right: 10, bottom: 10)
        #expect(a.intersectionOverUnion(a) == 1)
        #expect(abs(a.intersectionOverUnion(Corners(left: 5, top: 0, right: 15, bottom: 10)) - 0.333333) < 1e-5)
        #expect(a.intersectionOverUnion(Corners(left: 10, top: 0, right: 20, bottom: 10)) == 0)
        #expect(a.intersectionOverUnion(Corners(left: .nan, top: 0, right: 20, bottom: 10)) == 0)
        #expect(a.intersectionOverUnion(Corners(left: -.infinity, top: 0, right: .infinity, bottom: 10)) == 0)
    }
}
