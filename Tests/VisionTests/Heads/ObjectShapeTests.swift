import Foundation
import Testing

@testable import Vision

/// Expected values come from ultralytics 8.4 (`process_mask`, `batch_probiou`, `regularize_rboxes`).
@Suite struct ObjectShapeTests {
    private func head(_ kind: HeadKind, _ change: (inout ModelCard) -> Void) throws -> ScoredHead {
        try card(kind, change).makeScoredHead(labels: Labels(names: ["a"]), modelWidth: 32, modelHeight: 32)
    }

    private let prototypes = output("output1", [1, 2, 8, 8]) { values in
        for y in 0..<8 {
            for x in 0..<8 {
                values[y * 8 + x] = Float(sin(0.9 * Double(x) + 0.3 * Double(y)))
                values[64 + y * 8 + x] = Float(cos(0.5 * Double(x) - 0.8 * Double(y)))
            }
        }
    }

    /// One object in the second of two columns: center 16.5, 14.5, size 21 × 19.
    private let rows = output("output0", [1, 7, 2]) { values in
        for (row, value) in [16.5, 14.5, 21, 19, 0.9, 1, -0.5].enumerated() { values[2 * row + 1] = Float(value) }
    }

    private static let counts = [
        197, 19, 13, 19, 13, 19, 13, 19, 13, 19, 13, 4, 8, 6, 14, 1, 337, 1, 31, 1, 29, 3, 28, 4, 27, 5, 168,
    ]

    private func mask(_ placement: Placement) throws -> Mask? {
        let found = try head(.yolov8) { $0.task = .segment }.decode([rows, prototypes], placement: placement).detections
        guard case .mask(let mask)? = found.first?.shape else { return nil }
        return mask
    }

    @Test func masksAreThoseOfThePublishedCode() throws {
        let mask = try #require(try mask(identity(32, 32)))
        #expect(mask.counts == Self.counts)
        #expect(mask.area == 120)
    }

    @Test func runsCoverTheFrame() throws {
        let placement = ResizeMode.letterbox.placement(width: 96, height: 64, modelWidth: 32, modelHeight: 32)
        let mask = try #require(try mask(placement))
        #expect(mask.counts.reduce(0, +) == 96 * 64)
        #expect((mask.width, mask.height) == (96, 64))
    }

    @Test func masksOfTheEndToEndFormAreTheSame() throws {
        let rows = output("output0", [1, 3, 8]) { $0.put([6, 5, 27, 24, 0.9, 0, 1, -0.5], at: 0) }
        let found = try head(.endToEnd) { $0.task = .segment }.decode([rows, prototypes], placement: identity(32, 32)).detections
        #expect(found.count == 1)
        #expect(found.first?.shape == .mask(Mask(width: 32, height: 32, counts: Self.counts)))
    }

    @Test func objectsWithoutAPixelAreLeftOut() throws {
        let head = try head(.endToEnd) { $0.task = .segment }
        // Coefficients of nothing; a box between the centers of pixels.
        let rows = output("output0", [1, 2, 8]) {
            $0.put([6, 5, 27, 24, 0.9, 0, 0, 0], at: 0)
            $0.put([6.1, 5.1, 6.2, 5.2, 0.8, 0, 1, 1], at: 8)
        }
        #expect(try head.decode([rows, prototypes], placement: identity(32, 32)).detections.isEmpty)
    }

    @Test func keypointsComeBackToTheFrame() throws {
        let rows = output("output0", [1, 11, 1]) { $0.put([16, 16, 8, 8, 0.9, 10, 12, 0.5, 20, 22, 0.25], at: 0) }
        let head = try head(.yolov8) { ($0.task, $0.keypoints) = (.pose, ["nose", "tail"]) }
        let placement = ResizeMode.stretch.placement(width: 64, height: 32, modelWidth: 32, modelHeight: 32)
        let found = try head.decode([rows], placement: placement).detections
        let expected = [Keypoint(name: "nose", x: 20, y: 12, score: 0.5), Keypoint(name: "tail", x: 40, y: 22, score: 0.25)]
        #expect(found.first?.shape == .keypoints(expected))
    }

    @Test func keypointsBeyondTheFrameLieOnItsEdge() throws {
        let rows = output("output0", [1, 11, 1]) { $0.put([16, 16, 8, 8, 0.9, -3, 12, 0.5, 40, 33, 0.25], at: 0) }
        let head = try head(.yolov8) { ($0.task, $0.keypoints) = (.pose, ["nose", "tail"]) }
        let found = try head.decode([rows], placement: identity(32, 32)).detections
        let expected = [Keypoint(name: "nose", x: 0, y: 12, score: 0.5), Keypoint(name: "tail", x: 32, y: 32, score: 0.25)]
        #expect(found.first?.shape == .keypoints(expected))
    }

    @Test func pointsWithoutScoreHaveNone() throws {
        let rows = output("output0", [1, 9, 1]) { $0.put([16, 16, 8, 8, 0.9, 10, 12, 20, 22], at: 0) }
        let found = try head(.yolov8) { ($0.task, $0.keypoints) = (.pose, ["nose", "tail"]) }
            .decode([rows], placement: identity(32, 32)).detections
        let expected = [Keypoint(name: "nose", x: 10, y: 12, score: nil), Keypoint(name: "tail", x: 20, y: 22, score: nil)]
        #expect(found.first?.shape == .keypoints(expected))
    }

    @Test func turnedBoxesAreSuppressedAsTurned() throws {
        // The second is nearly the first; the third lies across it.
        let boxes: [[Float]] = [[16, 16, 20, 4, 0.9, 0.3], [16, 16, 20, 4.2, 0.8, 0.31], [16, 16, 20, 4, 0.7, 1.8]]
        let rows = output("output0", [1, 6, 3]) { values in
            for (column, box) in boxes.enumerated() {
                for (row, value) in box.enumerated() { values[3 * row + column] = value }
            }
        }
        let found = try head(.yolov8) { $0.task = .obb }.decode([rows], placement: identity(32, 32)).detections
        #expect(found.map(\.score) == [0.9, 0.7])
        guard case .rotated(let box)? = found.last?.shape else { Issue.record("no turned box"); return }
        #expect(abs(box.angle - (1.8 - .pi / 2)) < 1e-5)
        #expect((box.width, box.height) == (4, 20))
    }

    @Test(
        arguments: [
            ([21, 20, 9, 5, 0.5], 0.7757179737), ([40, 20, 10, 4, 0.3], 0.0000790954), ([20, 20, 4, 10, 0.3 + Float.pi / 2], 0.9995318),
        ] as [([Float], Float)])
    func overlapIsThatOfThePublishedCode(_ b: [Float], _ expected: Float) {
        let first = RotatedBox(centerX: 20, centerY: 20, width: 10, height: 4, angle: 0.3)
        let second = RotatedBox(centerX: b[0], centerY: b[1], width: b[2], height: b[3], angle: b[4])
        #expect(abs(first.probabilisticIoU(second) - expected) < 2e-4)
    }

    @Test func cornersLieAroundTheCenter() {
        let corners = RotatedBox(centerX: 10, centerY: 20, width: 8, height: 4, angle: 0).corners
        #expect(corners.map(\.x) == [14, 14, 6, 6])
        #expect(corners.map(\.y) == [22, 18, 18, 22])
    }

    @Test func namesOfPointsAreOfPosesOnly() {
        #expect(throws: VisionError.self) { try head(.yolov8) { $0.keypoints = ["nose"] } }
    }
}
