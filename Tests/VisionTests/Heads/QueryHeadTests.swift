import Foundation
import Testing

@testable import Vision

@Suite struct QueryHeadTests {
    private func head(_ activation: Activation? = nil) throws -> ScoredHead {
        try card(.detr) { $0.activation = activation }
            .makeScoredHead(labels: Labels(names: ["person", "car"]), modelWidth: 64, modelHeight: 32)
    }

    private let boxes = output("pred_boxes", [1, 2, 4]) { values in
        values.put([0.5, 0.5, 0.25, 0.5], at: 0)
        values.put([0.1, 0.1, 0.1, 0.1], at: 4)
    }

    @Test func boxesAreSharesOfTheInput() throws {
        let logits = output("logits", [1, 2, 2]) { $0.put([-3, 2, -4, -5], at: 0) }
        let found = try head().decode([logits, boxes], placement: identity(64, 32)).detections
        #expect(found.map(\.label) == ["car"])
        #expect(abs(found[0].score - 1 / (1 + Float(exp(-2.0)))) < 1e-6)
        #expect(found[0].box.isClose(24, 8, 16, 16))
    }

    /// DETR itself: the last class is "no object".
    @Test func softmaxHasAClassForNoObject() throws {
        let logits = output("logits", [1, 2, 3]) { $0.put([4, 1, 0, 1, 2, 6], at: 0) }
        let found = try head(.softmax).decode([logits, boxes], placement: identity(64, 32)).detections
        #expect(found.map(\.label) == ["person"])
        let sum = exp(4.0) + exp(1.0) + exp(0.0)
        #expect(abs(Double(found[0].score) - exp(4.0) / sum) < 1e-6)
    }

    /// As Ultralytics exports RT-DETR: scores are probabilities already.
    @Test func boxesAndScoresMayStandInOneOutput() throws {
        let rows = output("output0", [1, 2, 6]) { $0.put([0.5, 0.5, 0.25, 0.5, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3], at: 0) }
        let found = try head().decode([rows], placement: identity(64, 32)).detections
        #expect(found.map(\.label) == ["car"])
        #expect(found[0].score == 0.9)
    }

    @Test func numbersOfQueriesMustAgree() throws {
        let logits = output("logits", [1, 3, 2]) { _ in }
        #expect(throws: VisionError.self) { try head().decode([logits, boxes], placement: identity(64, 32)) }
    }
}
