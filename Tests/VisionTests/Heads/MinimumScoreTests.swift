import TestSupport
import Testing

@testable import Vision

/// The same outputs read down to different scores.
@Suite struct MinimumScoreTests {
    /// Probabilities and offsets from 0 to 1: many candidates overlap, and scores are all over the range.
    private func outputs(_ known: KnownHead, _ dice: inout Dice) -> [NamedTensor] {
        known.outputs.map { name, dims in
            output(name, dims) { values in for i in values.indices { values[i] = dice.uniform() } }
        }
    }

    private static let scores: [Float] = [0.03, 0.1, 0.2, 0.3, 0.5, 0.65, 0.9]

    /// Suppression goes by falling score, so what a higher minimum leaves is exactly the beginning of what a lower one does; that
    /// holds where no factor of a score is above 1, as the heads that multiply two look at one of them first.
    @Test(arguments: KnownHead.all)
    func aHigherMinimumLeavesTheBestOfALowerOne(_ known: KnownHead) throws {
        let head = try known.make().head
        let placement = ResizeMode.letterbox.placement(width: 200, height: 100, modelWidth: 64, modelHeight: 64)
        var dice = Dice(11)
        for _ in 0..<20 {
            let outputs = outputs(known, &dice)
            let all = try head.decode(outputs, placement: placement, minimumScore: 0.03)
            for score in Self.scores {
                let found = try head.decode(outputs, placement: placement, minimumScore: score)
                switch (found, all) {
                case (.detections(let found), .detections(let all)): #expect(found == all.filter { $0.score >= score })
                case (.classes(let found), .classes(let all)): #expect(found == all.filter { $0.score >= score })
                default: #expect(found == all)
                }
            }
        }
    }

    @Test func theRandomOutputsHoldObjects() throws {
        var dice = Dice(11)
        // A random number is no class id, which rows of `end2end` and its like have, and random maps are no lines of text.
        let others: [HeadKind] = [.endToEnd, .paddle, .boxes, .text]
        for known in KnownHead.all where known.card.head.isDetector && !others.contains(known.card.head) {
            let found = try known.make().head.decode(outputs(known, &dice), placement: identity(64, 64), minimumScore: 0.03).detections
            #expect(found.count > 1, "\(known.testDescription)")
        }
    }

    @Test(arguments: KnownHead.all.filter(\.card.head.isDetector))
    func decisionRegionsAreTheCandidates(_ known: KnownHead) throws {
        let head = try known.make().head
        var dice = Dice(12)
        let outputs = outputs(known, &dice)
        guard case .candidates(let all) = try head.decisionRegions(outputs, minimumScore: 0.03),
            case .candidates(let some) = try head.decisionRegions(outputs, minimumScore: 0.5)
        else { throw VisionError(.invalidInput, "a detector decides at its candidates") }
        #expect(some.allSatisfy { $0.score >= 0.5 })
        #expect(some == all.filter { $0.score >= 0.5 })
    }

    @Test func whatIsNearlyAnObjectIsDoubt() throws {
        let head = try card(.yolov8).makeHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64)
        let raw = output("output0", [1, 7, 84]) { $0.put([10, 10, 8, 8, 0.2, 0, 0], at: 0, stride: 84) }
        #expect(try head.uncertainty([raw], minimumScore: 0.25) == 0)
        #expect(try #require(try head.uncertainty([raw], minimumScore: 0.1)) > 0.4)
    }
}
