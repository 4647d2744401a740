import Testing

@testable import Vision

@Suite struct EndToEndHeadTests {
    private func decode(_ rows: [[Float]], minimumScore: Float = 0.25) throws -> [Detection] {
        let head = try card(.endToEnd).makeScoredHead(labels: Labels(names: ["person", "car"]), modelWidth: 64, modelHeight: 64)
        let raw = output("output0", [1, rows.count, 6]) { values in
            for (index, row) in rows.enumerated() { values.put(row, at: 6 * index) }
        }
        return try head.decode([raw], placement: identity(64, 64)).detections
    }

    @Test func rowsAreEdgesScoreAndClass() throws {
        let found = try decode([[10, 20, 30, 50, 0.8, 1], [0, 0, 5, 6, 0.6, 0]])
        #expect(found.map(\.label) == ["car", "person"])
        #expect(found[0].score == 0.8)
        #expect(found[0].box.isClose(10, 20, 20, 30))
    }

    /// The model has suppressed what it wanted to: overlapping boxes of one class all stay.
    @Test func nothingIsSuppressedAgain() throws {
        #expect(try decode([[10, 20, 30, 50, 0.8, 1], [11, 20, 30, 50, 0.7, 1]]).count == 2)
    }

    /// As Ultralytics exports RT-DETR since 8.4.
    @Test func boxesMayBeSharesOfTheInput() throws {
        let head = try card(.endToEnd) { $0.decoded = false }
            .makeScoredHead(labels: Labels(names: ["person", "car"]), modelWidth: 64, modelHeight: 32)
        let raw = output("output0", [1, 1, 6]) { $0.put([0.5, 0.5, 0.25, 0.5, 0.8, 1], at: 0) }
        let found = try head.decode([raw], placement: identity(64, 32)).detections
        #expect(found.first?.box.isClose(24, 8, 16, 16) == true)
    }

    @Test func paddingIsDropped() throws {
        #expect(try decode([[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]).isEmpty)
    }

    /// More than are reported of boxes that end before they begin.
    @Test func boxesWithoutAreaTakeNoPlace() throws {
        let turned: [[Float]] = Array(repeating: [30, 50, 10, 20, 0.9, 1], count: 200)
        #expect(try decode(turned + [[10, 20, 30, 50, 0.8, 1]]).map(\.score) == [0.8])
    }

    @Test func classesThatAreNoneAreDropped() throws {
        #expect(try decode([[1, 1, 9, 9, 0.9, -1], [1, 1, 9, 9, 0.9, 0.5], [1, 1, 9, 9, 0.9, .nan]]).isEmpty)
    }
}
