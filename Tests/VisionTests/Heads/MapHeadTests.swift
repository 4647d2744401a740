import Tensors
import Testing

@testable import Vision

/// Heads that say something of each place of the frame.
@Suite struct MapHeadTests {
    /// A frame of 8×4 in an input of 8×8: the middle rows of a map of 4×4 are of it.
    private let letterboxed = ResizeMode.letterbox.placement(width: 8, height: 4, modelWidth: 8, modelHeight: 8)

    private func semantic(_ outputs: [NamedTensor], _ labels: [String] = [], _ change: (inout ModelCard) -> Void = { _ in }) throws
        -> SemanticMap
    {
        let head = try card(.semantic, change).makeScoredHead(labels: Labels(names: labels), modelWidth: 8, modelHeight: 8)
        guard case .semantic(let map) = try head.decode(outputs, placement: letterboxed) else { throw OtherAnswer() }
        return map
    }

    private struct OtherAnswer: Error {}

    @Test func theGreatestScoreIsTheClass() throws {
        let scores = output("y", [1, 3, 4, 4]) { values in
            // Class 2 is greatest in the first column of the frame, 1 in the others; around the frame it is 0.
            for place in 0..<16 { values[place] = (4..<12).contains(place) ? 0.1 : 9 }
            for place in 4..<12 { values[16 + place] = 1 }
            for place in [4, 8] { values[32 + place] = 2 }
        }
        let map = try semantic([scores], ["sky", "road", "wall"])
        #expect(map.segments.map(\.label) == ["road", "wall"])
        #expect(map.segments.map(\.share) == [0.75, 0.25])
        #expect(map.classes == PixelMap(columns: 4, rows: 2, values: [2, 1, 1, 1, 2, 1, 1, 1]))
    }

    @Test func classIDsAreTakenAsTheyAre() throws {
        let ids = NamedTensor("y", Tensor([1, 4, 4], (0..<16).map { Int64($0 < 8 ? 3 : 7) }))
        #expect(try semantic([ids]).segments.map(\.classID) == [3, 7])
    }

    @Test(arguments: [(Activation.none, Float(0.5)), (.sigmoid, 0)])
    func oneChannelIsOneClassOnABackground(_ activation: Activation, _ limit: Float) throws {
        let scores = output("y", [1, 1, 4, 4], fill: limit - 0.1) { $0[5] = limit }
        let map = try semantic([scores]) { $0.activation = activation }
        #expect(map.segments.map(\.classID) == [0, 1])
        #expect(map.segments[1].share == 0.125)
    }

    @Test func undefinedScoresAreOfNoClass() throws {
        let map = try semantic([output("y", [1, 2, 4, 4], fill: .nan)])
        #expect(map.segments.isEmpty)
        #expect(map.classes.values.allSatisfy { $0 == SemanticMap.nothing })
    }

    @Test(arguments: [[1, 4, 4], [1, 1, 4, 4]])
    func depthsHaveALeastAMedianAndAGreatest(_ shape: [Int]) throws {
        let head = try card(.depth).makeScoredHead(labels: Labels(names: []), modelWidth: 8, modelHeight: 8)
        let depths = output("d", shape) { values in
            for place in 0..<16 { values[place] = Float(place) }
            values[4] = .infinity
        }
        guard case .depth(let map) = try head.decode([depths], placement: letterboxed) else { throw OtherAnswer() }
        #expect(map.depths.values == [0, 5, 6, 7, 8, 9, 10, 11])
        #expect((map.least, map.median, map.greatest) == (0, 8, 11))
    }

    @Test func agreementIsTheShareOfEqualPlaces() throws {
        func map(_ ids: [Int32]) throws -> HeadResult { .semantic(try semantic([NamedTensor("y", Tensor([1, 4, 4], ids))])) }
        let a = [Int32](repeating: 1, count: 16)
        var b = a
        b[5] = 2
        #expect(Agreement.between(try map(a), try map(b), score: 0.5) == 0.875)
        #expect(Agreement.between(try map(a), try map(a), score: 0.5) == 1)
    }
}
