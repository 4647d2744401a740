import Foundation
import Tensors
import Testing
@testable import Vision

/// Outputs of the published models for frames of real clips, against boxes that the Python reference read from them.
@Suite struct GoldenTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL
    /// Sparse, committed.
    private static let golden = root.appendingPathComponent("Tests/Reference/golden")
    /// Whole outputs, written by Tests/Reference/record_heads.py.
    private static let recorded = root.appendingPathComponent(".build-references/heads")

    private static func cases(_ folder: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    @Test func thereAreGoldenCases() { #expect(Self.cases(Self.golden).count >= 10) }

    @Test(arguments: cases(golden)) func sparseOutputsGiveTheReferencesBoxes(_ name: String) throws {
        try check(name, in: Self.golden)
    }

    @Test(
        .enabled(if: !cases(recorded).isEmpty, "run Tests/Reference/record_heads.py to record whole outputs"),
        arguments: cases(recorded))
    func wholeOutputsGiveTheReferencesBoxes(_ name: String) throws {
        try check(name, in: Self.recorded)
    }

    private func check(_ name: String, in folder: URL) throws {
        let data = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
        let known = try JSONDecoder().decode(GoldenCase.self, from: data)
        let blob = try? Data(contentsOf: folder.appendingPathComponent("\(name).bin"))
        let outputs = known.outputs.map { $0.tensor(blob) }
        let (width, height) = (known.model[0], known.model[1])
        let input = TensorSignature(known.inputName(name), [1, 3, height, width])
        var hints = GraphHints()
        if name.hasPrefix("ppocr") { hints.ending = .sigmoid }
        let signatures = known.outputs.map { TensorSignature($0.name, $0.dims.map { Optional($0) }) }
        var card = try #require(try KnownModels.find(inputs: [input], outputs: signatures, hints: hints)?.card)
        card.score = known.score
        let head = try card.makeScoredHead(labels: Labels(card.labels), modelWidth: width, modelHeight: height)
        let placement = card.input.resize.placement(
            width: known.source[0], height: known.source[1], modelWidth: width, modelHeight: height)
        let found = try head.decode(outputs, placement: placement).detections
        #expect(found.count == known.expected.count, "\(found)")
        for (have, want) in zip(found, known.expected) {
            #expect(have.classID == want.classID)
            #expect(have.label == want.label)
            #expect(abs(have.score - want.score) < known.scoreTolerance)
            #expect(
                have.box.isClose(want.box[0], want.box[1], want.box[2], want.box[3], within: known.tolerance), "\(have.box) \(want.box)")
            try check(have.shape, want, known.tolerance)
        }
    }

    /// Points, in the maker's order; corners in any.
    private func check(_ shape: ObjectShape?, _ want: GoldenCase.Expected, _ tolerance: Float) throws {
        if let points = want.keypoints {
            guard case .keypoints(let have) = try #require(shape) else { throw Failure() }
            #expect(have.count == points.count)
            for (point, place) in zip(have, points) {
                #expect(abs(point.x - place[0]) < tolerance)
                #expect(abs(point.y - place[1]) < tolerance)
            }
        }
        if let corners = want.corners {
            guard case .rotated(let box) = try #require(shape) else { throw Failure() }
            for corner in corners {
                #expect(
                    box.corners.contains { abs($0.x - corner[0]) < tolerance && abs($0.y - corner[1]) < tolerance },
                    "\(corner) \(box.corners)")
            }
        }
    }

    private struct Failure: Error {}
}

private struct GoldenCase: Decodable {
    struct Output: Decodable {
        let name: String
        let dims: [Int]
        /// Positions of what is not 0, and its values; or the place in the file beside.
        let at: [Int]?
        let values: [Float]?
        let offset: Int?

        func tensor(_ blob: Data?) -> NamedTensor {
            output(name, dims) { buffer in
                for (position, value) in zip(at ?? [], values ?? []) { buffer[position] = value }
                if let offset, let blob {
                    _ = blob.copyBytes(to: UnsafeMutableRawBufferPointer(buffer), from: offset..<offset + buffer.count * 4)
                }
            }
        }
    }

    struct Expected: Decodable {
        let label: String
        let classID: Int
        let score: Float
        let box: [Float]
        let keypoints, corners: [[Float]]?
        enum CodingKeys: String, CodingKey {
            case label, score, box, keypoints, corners
            case classID = "class_id"
        }
    }

    let source, model: [Int]
    let score: Double
    let outputs: [Output]
    let expected: [Expected]

    /// In source pixels. PaddleOCR cuts the corners of rectangles to whole places before it grows them, and rounds those of the result:
    /// together up to one and a half places of the map.
    var tolerance: Float { expected.first?.corners == nil ? 0.02 : 1.5 * Float(source[0]) / Float(model[0]) }
    /// PaddleOCR's mean is over the places that OpenCV draws, which has edges of its own.
    var scoreTolerance: Float { expected.first?.corners == nil ? 1e-4 : 0.02 }

    /// What the published model calls its input.
    func inputName(_ name: String) -> String {
        for (prefix, input) in [
            ("yolox", "inputs"), ("picodet", "image"), ("nanodet", "input.1"), ("fastestdet", "input.1"), ("ppocr", "x"),
        ]
        where name.hasPrefix(prefix) { return input }
        return "input"
    }
}
