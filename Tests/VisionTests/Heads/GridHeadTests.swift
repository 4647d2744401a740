import Foundation
import Tensors
import Testing
@testable import Vision

/// Heads with a row of values for each location: YOLOX, YOLOv5, YOLOv8, FastestDet.
@Suite struct GridHeadTests {
    private let ln2: Float = 0.6931472

    @Test func yoloxDecodesOffsetsInCells() throws {
        // 64 × 64: 64 + 16 + 4 cells.
        let head = try card(.yolox) { $0.nmsIoU = 0.5 }.makeScoredHead(
            labels: Labels(names: ["a", "b", "c"]), modelWidth: 64, modelHeight: 64)
        let raw = output("outputs", [1, 84, 8]) { values in
            // Stride 16, column 2, row 1: centre (40, 32), size (32, 16).
            let row = (64 + 1 * 4 + 2) * 8
            values.put([0.5, 1, ln2, 0, 0.9, 0.1, 0.8, 0.2], at: row)
            // The same place again, worse, from stride 8: suppressed.
            let other = (3 * 8 + 4) * 8
            values.put([1, 1, 2 * ln2, ln2, 0.9, 0.1, 0.7, 0.2], at: other)
            // Too little.
            values.put([1, 1, 0, 0, 0.4, 0.5, 0.1, 0.1], at: 0)
        }
        let found = try head.decode([raw], placement: identity(64, 64)).detections
        #expect(found.count == 1)
        #expect(found[0].classID == 1)
        #expect(found[0].label == "b")
        #expect(abs(found[0].score - 0.72) < 1e-6)
        #expect(found[0].box.isClose(24, 24, 32, 16))
    }

    @Test func decodedRowsAreTakenAsTheyAre() throws {
        for kind in [HeadKind.yolox, .yolov5] {
            let head = try card(kind) { $0.decoded = true }.makeScoredHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64)
            let raw = output("output", [1, 10, 7]) { $0.put([20, 30, 10, 8, 0.8, 0.5, 0.9], at: 3 * 7) }
            let found = try head.decode([raw], placement: identity(64, 64)).detections
            #expect(found.map(\.label) == ["class_1"])
            #expect(found[0].box.isClose(15, 26, 10, 8))
        }
    }

    @Test func logitsAreActivated() throws {
        let head = try card(.yolov5) { $0.activation = .sigmoid }.makeScoredHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64)
        let raw = output("output", [1, 5, 7], fill: -20) {
            $0.put([20, 30, 10, 8, logit(0.8), logit(0.5), logit(0.9)], at: 7)
        }
        let found = try head.decode([raw], placement: identity(64, 64)).detections
        #expect(found.count == 1)
        #expect(abs(found[0].score - 0.72) < 1e-5)
    }

    @Test(arguments: [false, true])
    func anchorsScaleRawPredictions(_ cellsLast: Bool) throws {
        let head = try card(.yolov5) { ($0.decoded, $0.strides, $0.anchors) = (false, [16], [[10, 20, 30, 40]]) }
            .makeScoredHead(labels: Labels(names: ["x", "y"]), modelWidth: 48, modelHeight: 32)
        // Second anchor, row 1, column 2: xy = 0.5 → centre of the cell; wh = 0.5 → the anchor.
        let raw = output("p", cellsLast ? [1, 14, 2, 3] : [1, 2, 2, 3, 7], fill: -30) { values in
            let logits = [Float](arrayLiteral: 0.5, 0.5, 0.5, 0.5, 0.9, 0.2, 0.6).map(logit)
            if cellsLast { values.put(logits, at: 7 * 6 + 5, stride: 6) } else { values.put(logits, at: (6 + 5) * 7) }
        }
        let found = try head.decode([raw], placement: identity(48, 32)).detections
        #expect(found.map(\.label) == ["y"])
        #expect(abs(found[0].score - 0.54) < 1e-5)
        #expect(found[0].box.isClose(25, 4, 23, 28), "clipped at the right and bottom")
    }

    @Test func yolov8ReadsChannelsAcross() throws {
        let head = try card(.yolov8).makeScoredHead(labels: Labels(names: ["a", "b", "c"]), modelWidth: 128, modelHeight: 128)
        let n = 336
        let raw = output("output0", [1, 7, n]) { values in
            values.put([50, 60, 20, 10, 0.3, 0.6, 0.1], at: 100, stride: n)
            values.put([100, 100, 10, 10, 0.9, 0.2, 0.1], at: 335, stride: n)
        }
        let found = try head.decode([raw], placement: identity(128, 128)).detections
        #expect(found.map(\.label) == ["a", "b"])
        #expect(found.map(\.score) == [0.9, 0.6])
        #expect(found[1].box.isClose(40, 55, 20, 10))
    }

    @Test func fastestDetWeighsObjectAndClass() throws {
        let head = try card(.fastestdet) { $0.score = 0.5 }.makeScoredHead(
            labels: Labels(names: ["a", "b"]), modelWidth: 64, modelHeight: 32)
        let raw = output("758", [1, 7, 2, 4]) {
            $0.put([0.8, 0, 0.3, 0, -1, 0.4, 0.6], at: 6, stride: 8)
        }
        let found = try head.decode([raw], placement: identity(64, 32)).detections
        #expect(found.map(\.label) == ["b"])
        let score: Float = pow(0.8, 0.6) * pow(0.6, 0.4)
        #expect(abs(found[0].score - score) < 1e-6)
        let height: Float = 32 * sigmoid(-1)
        let centre: Float = 16 * (1 + tanh(Float(0.3)))
        #expect(found[0].box.isClose(16, centre - height / 2, 32, height))
    }
}
