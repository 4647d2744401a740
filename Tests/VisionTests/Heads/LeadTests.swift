import Foundation
import Testing

@testable import Vision

/// By how much a classifier's class is ahead.
struct LeadTests {
    private func head(_ change: (inout ModelCard) -> Void = { _ in }) throws -> any Head {
        try card(.classification, change).makeHead(labels: Labels(names: []), modelWidth: 8, modelHeight: 8)
    }

    private func scores(_ values: [Float]) -> [NamedTensor] {
        [output("scores", [1, values.count]) { for (i, value) in values.enumerated() { $0[i] = value } }]
    }

    @Test func isTheDifferenceOfLogits() throws {
        let head = try head(), outputs = scores([1, 4, 2.5, -3])
        let best = try #require(try head.lead(of: nil, outputs))
        #expect(best.classID == 1 && abs(best.margin - 1.5) < 1e-4)
        let other = try #require(try head.lead(of: 2, outputs))
        #expect(other.classID == 2 && abs(other.margin + 1.5) < 1e-4)
        #expect(try head.lead(of: 1, outputs)?.margin == best.margin)
        guard case .margin(let margin) = try head.watch(outputs) else { throw VisionError(.invalidInput, "no margin") }
        #expect(margin == best.margin)
    }

    @Test func equalScoresAreNoLead() throws {
        let best = try #require(try try head().lead(of: nil, scores([2, 2, 1])))
        #expect(best.classID == 0 && best.margin == 0)
    }

    @Test func undefinedScoresNeverLead() throws {
        #expect(try head().lead(of: nil, scores([.nan, .nan])) == nil)
        let lead = try #require(try try head().lead(of: nil, scores([.nan, 1, 3])))
        #expect(lead.classID == 2 && abs(lead.margin - 2) < 1e-4)
        #expect(try head().lead(of: nil, scores([1])) == nil)
    }
}
