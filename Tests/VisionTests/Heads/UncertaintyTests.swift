import Foundation
import Testing
@testable import Vision

/// How unsure a head finds outputs.
@Suite struct UncertaintyTests {
    private func head(_ card: ModelCard) throws -> ScoredHead {
        try card.makeScoredHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64)
    }

    private func classified(_ values: [Float], _ change: (inout ModelCard) -> Void = { _ in }) throws -> Double {
        let raw = output("y", [1, values.count]) { buffer in for (i, value) in values.enumerated() { buffer[i] = value } }
        return try #require(try head(card(.classification, change)).uncertainty([raw]))
    }

    @Test func classifiersHaveTheEntropyOfTheirSoftmax() throws {
        let logits: [Float] = [2, -1, 0.5, 0.25]
        let exponentials = logits.map { exp(Double($0)) }, sum = exponentials.reduce(0, +)
        let direct = -exponentials.reduce(0) { $0 + $1 / sum * log($1 / sum) }
        #expect(abs(try classified(logits) - direct) < 1e-6)
        // Whatever is reported of it.
        #expect(abs(try classified(logits) { ($0.topK, $0.score) = (1, 0.9) } - direct) < 1e-6)
        #expect(abs(try classified([3, 3, 3]) - log(3)) < 1e-6)
        #expect(try classified([100, -100, -100]) < 1e-9)
        #expect(try classified([5]) == 0)
        // Probabilities stay what they are.
        #expect(abs(try classified([0.5, 0.5, 0]) - log(2)) < 1e-6)
    }

    @Test func whatIsUndefinedTellsNothing() throws {
        for values: [Float] in [[.nan, 1, 2], [.nan, .nan, .nan], [.infinity, 0, 0]] {
            #expect(abs(try classified(values) - log(3)) < 1e-6, "\(values)")
        }
    }

    @Test func independentClassesAddUp() throws {
        let entropy = try classified([0, 0]) { $0.activation = .sigmoid }
        #expect(abs(entropy - 2 * log(2)) < 1e-6)
    }

    /// Two objects far from each other, one of them twice, and many cells with nothing in them.
    private func detected(_ scores: [Float], threshold: Double = 0.25) throws -> Double {
        let places: [Float] = [10, 10.5, 50]
        let raw = output("output0", [1, 7, 84]) { buffer in
            for (i, score) in scores.enumerated() {
                buffer.put([places[i], places[i], 8, 8, score, 0, 0], at: i, stride: 84)
            }
        }
        return try #require(try head(card(.yolov8) { $0.score = threshold }).uncertainty([raw]))
    }

    @Test func detectorsHaveTheMeanOverTheirObjects() throws {
        func binary(_ p: Double) -> Double { -p * log(p) - (1 - p) * log(1 - p) }
        #expect(try detected([]) == 0)
        #expect(try detected([0.1, 0.2, 0.2]) == 0)
        #expect(abs(try detected([0.9]) - binary(0.9)) < 1e-6)
        #expect(abs(try detected([0.9, 0, 0.5]) - (binary(0.9) + log(2)) / 2) < 1e-6)
        // The second box is the first object again, and does not count.
        #expect(abs(try detected([0.9, 0.6, 0.5]) - (binary(0.9) + log(2)) / 2) < 1e-6)
        #expect(try detected([1, 0, 1]) == 0)
        #expect(try detected([.nan, .nan, .nan]) == 0)
    }

    @Test(arguments: KnownHead.all)
    func everyHeadSaysSomethingOrNothing(_ known: KnownHead) throws {
        let head = try known.make()
        for fill: Float in [0, 0.5, 1, -3, 40, .nan, .infinity, -.infinity] {
            let entropy = try head.uncertainty(known.outputs.map { output($0.name, $0.dims, fill: fill) })
            #expect((entropy == nil) == [.embedding, .semantic, .depth].contains(known.card.head))
            guard let entropy else { continue }
            #expect(entropy >= 0, "\(fill)")
            #expect(entropy.isFinite, "\(fill)")
        }
    }
}
