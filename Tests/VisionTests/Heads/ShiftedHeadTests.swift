import TestSupport
import Testing

@testable import Vision

/// Classes whose scores are shifted.
@Suite struct ShiftedHeadTests {
    private let labels = Labels(names: ["a", "b", "c"])

    private func head(_ shifts: [String: Double]?) throws -> any Head {
        try card(.yolox) { ($0.scoreShifts, $0.nmsIoU) = (shifts, 0.5) }.makeHead(labels: labels, modelWidth: 64, modelHeight: 64)
    }

    /// An object of each class, far from each other, of scores 0.8, 0.6 and 0.3.
    private let outputs = [
        output("outputs", [1, 84, 8]) { values in
            for (place, (classID, score)) in [(0, Float(0.8)), (1, 0.6), (2, 0.3)].enumerated() {
                values.put([0.5, 0.5, 0, 0, 1], at: (place * 18) * 8)
                values.put([score], at: (place * 18) * 8 + 5 + classID)
            }
        }
    ]

    private func decode(_ shifts: [String: Double]?, _ least: Float) throws -> [Detection] {
        try head(shifts).decode(outputs, placement: identity(64, 64), minimumScore: least).detections
    }

    @Test func withoutShiftsScoresAreTheModels() throws {
        #expect(try decode(nil, 0.25).map(\.label) == ["a", "b", "c"])
        #expect(try decode([:], 0.25) == decode(nil, 0.25))
    }

    @Test func aShiftIsAddedToTheLogOdds() throws {
        let found = try decode(["a": -1, "c": 1], 0.01)
        let scores = Dictionary(uniqueKeysWithValues: found.map { ($0.label, $0.score) })
        #expect(abs(logit(try #require(scores["a"])) - (logit(0.8) - 1)) < 1e-4)
        #expect(abs(try #require(scores["b"]) - 0.6) < 1e-6)
        #expect(abs(logit(try #require(scores["c"])) - (logit(0.3) + 1)) < 1e-4)
    }

    @Test func whatIsRaisedAboveTheLeastScoreIsFound() throws {
        #expect(try decode(nil, 0.5).map(\.label) == ["a", "b"])
        #expect(try decode(["c": 1], 0.5).map(\.label) == ["a", "b", "c"])
    }

    @Test func whatIsLoweredBelowItIsNot() throws { #expect(try decode(["a": -2], 0.5).map(\.label) == ["b"]) }

    @Test func theBestComesFirst() throws { #expect(try decode(["a": -3], 0.01).map(\.label) == ["b", "c", "a"]) }

    @Test func decisionsLieWhereShiftedScoresDo() throws {
        guard case .candidates(let all) = try head(["a": -2, "c": 1]).decisionRegions(outputs, minimumScore: 0.5) else {
            throw VisionError(.invalidInput, "a detector decides at its candidates")
        }
        #expect(all.map(\.classID).sorted() == [1, 2])
    }

    @Test func certainScoresStayCertain() throws {
        let sure = output("outputs", [1, 84, 8]) { $0.put([0.5, 0.5, 0, 0, 1, 1, 0, 0], at: 0) }
        let found = try head(["a": -1]).decode([sure], placement: identity(64, 64), minimumScore: 0.5).detections
        #expect(found.map(\.score) == [1])
    }

    @Test func classesThatAreNotThereAreRefused() throws {
        let error = #expect(throws: VisionError.self) { try head(["d": 1]) }
        #expect(error?.message.contains("names the class 'd'") == true)
    }
}
