import TestSupport
import Testing
@testable import Vision

/// Heads that speak of the whole frame: classification and embedding.
@Suite struct FrameHeadTests {
    private func classify(_ values: [Float], _ dims: [Int]? = nil, _ change: (inout ModelCard) -> Void = { _ in }) throws
        -> [Classification]
    {
        let head = try card(.classification, change).makeScoredHead(labels: Labels(names: []), modelWidth: 8, modelHeight: 8)
        let raw = output("y", dims ?? [1, values.count]) { buffer in for (i, value) in values.enumerated() { buffer[i] = value } }
        return try head.decode([raw], placement: identity(8, 8)).classes
    }

    @Test func logitsBecomeProbabilities() throws {
        let found = try classify([1, 3, 2], [1, 3, 1, 1])
        #expect(found.map(\.classID) == [1, 2, 0])
        #expect(abs(found.reduce(0) { $0 + $1.score } - 1) < 1e-5)
        #expect(abs(found[0].score - 0.66524) < 1e-4)
        #expect(found[0].label == "class_1")
    }

    @Test func probabilitiesStayWhatTheyAre() throws {
        #expect(try classify([0.125, 0.75, 0.125]).map(\.score) == [0.75, 0.125, 0.125])
        #expect(try classify([0.5, 0.25], nil) { $0.activation = Activation.none }.map(\.score) == [0.5, 0.25])
    }

    @Test func onlyTheBestAreListed() throws {
        #expect(try classify((0..<100).map(Float.init)).map(\.classID) == [99, 98, 97, 96, 95])
        #expect(try classify((0..<100).map(Float.init)) { $0.topK = 1 }.map(\.classID) == [99])
        #expect(try classify([0.7, 0.2, 0.1]) { $0.score = 0.5 }.map(\.classID) == [0])
    }

    /// A few of many are picked as if all were sorted; of equal ones the first.
    @Test func theBestOfManyAreThoseOfASortedList() throws {
        var numbers = Dice(5)
        for _ in 0..<50 {
            let values = (0..<200).map { _ in Float(Int.random(in: 0..<40, using: &numbers)) }
            let sorted = values.indices.sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
            #expect(try classify(values) { $0.topK = 7 }.map(\.classID) == Array(sorted.prefix(7)))
        }
    }

    @Test func undefinedScoresAreLeftOut() throws {
        #expect(try classify([.nan, 1, 2]).map(\.classID) == [2, 1])
        #expect(try classify([.infinity, 1, -.infinity]).map(\.classID) == [1])
        #expect(try classify([.nan, .nan]).isEmpty)
    }

    @Test func embeddingsHaveLengthOne() throws {
        let raw = output("e", [1, 4, 1, 1]) { buffer in for (i, value) in [Float(3), 0, .nan, 4].enumerated() { buffer[i] = value } }
        let unit = try card(.embedding).makeScoredHead(labels: Labels(names: []), modelWidth: 8, modelHeight: 8)
        #expect(try unit.decode([raw], placement: identity(8, 8)).embedding == [0.6, 0, 0, 0.8])
        let plain = try card(.embedding) { $0.l2Normalize = false }.makeScoredHead(labels: Labels(names: []), modelWidth: 8, modelHeight: 8)
        #expect(try plain.decode([raw], placement: identity(8, 8)).embedding == [3, 0, 0, 4])
    }
}
