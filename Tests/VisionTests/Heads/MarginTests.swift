import Foundation
import Testing

@testable import Vision

/// By how much a classifier's class is ahead.
struct MarginTests {
    private func makeHead() throws -> any Head {
        try card(.classification).makeHead(labels: Labels(names: []), modelWidth: 8, modelHeight: 8)
    }

    private func scores(_ values: [Float]) -> [NamedTensor] {
        [output("scores", [1, values.count]) { for (i, value) in values.enumerated() { $0[i] = value } }]
    }

    @Test func isTheDifferenceOfLogits() throws {
        let head = try makeHead(), outputs = scores([1, 4, 2.5, -3])
        let best = try #require(try head.margin(of: nil, outputs))
        #expect(best.classID == 1)
        #expect(abs(best.margin - 1.5) < 1e-4)
        let other = try #require(try head.margin(of: 2, outputs))
        #expect(other.classID == 2)
        #expect(abs(other.margin + 1.5) < 1e-4)
        #expect(try head.margin(of: 1, outputs)?.margin == best.margin)
    }

    @Test func decidesTheWholePicture() throws {
        let head = try makeHead(), outputs = scores([1, 4, 2.5, -3])
        guard case .margin(let margin) = try head.decisionRegions(outputs, minimumScore: 0.03) else {
            throw VisionError(.invalidInput, "no margin")
        }
        #expect(margin == (try head.margin(of: nil, outputs)?.margin))
        guard case .everywhere = try head.decisionRegions(scores([.nan, .nan]), minimumScore: 0.03) else {
            throw VisionError(.invalidInput, "undefined scores decide nothing")
        }
    }

    @Test func equalScoresHaveNone() throws {
        let best = try #require(try makeHead().margin(of: nil, scores([2, 2, 1])))
        #expect(best.classID == 0)
        #expect(best.margin == 0)
    }

    @Test func undefinedScoresNeverLead() throws {
        #expect(try makeHead().margin(of: nil, scores([.nan, .nan])) == nil)
        let best = try #require(try makeHead().margin(of: nil, scores([.nan, 1, 3])))
        #expect(best.classID == 2)
        #expect(abs(best.margin - 2) < 1e-4)
        #expect(try makeHead().margin(of: nil, scores([1])) == nil)
    }

    @Test func detectorsHaveNone() throws {
        let head = try card(.yolov8).makeHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64)
        #expect(try head.margin(of: nil, [output("output0", [1, 7, 84])]) == nil)
    }
}
