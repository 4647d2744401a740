import Foundation
import Testing
@testable import Vision

/// SSD, UltraFace and YuNet.
@Suite struct PriorHeadTests {
    private let ln2: Float = 0.6931472

    @Test func decodedCornersAreSharesOfTheInput() throws {
        let head = try card(.ssd).makeScoredHead(labels: Labels(names: ["face"]), modelWidth: 320, modelHeight: 240)
        let scores = output("scores", [1, 6, 2]) { $0[2 * 2 + 1] = 0.8 }
        let boxes = output("boxes", [1, 6, 4]) { $0.put([0.25, 0.5, 0.5, 0.75], at: 2 * 4) }
        for outputs in [[scores, boxes], [boxes, scores]] {
            let found = try head.decode(outputs, placement: identity(320, 240)).detections
            #expect(found.map(\.label) == ["face"])
            #expect(found[0].box.isClose(80, 120, 80, 60))
        }
    }

    @Test func rawOffsetsMovePriors() throws {
        let head = try card(.ssd) {
            ($0.decoded, $0.activation, $0.strides, $0.priors) = (false, .softmax, [16, 32], [[10, 20], [40]])
            ($0.variances, $0.outputs) = ([0.1, 0.2], ["scores": "conf", "boxes": "loc"])
        }.makeScoredHead(labels: Labels(names: ["a", "b", "c"]), modelWidth: 64, modelHeight: 64)
        // 16 cells × 2 + 4; the second prior of stride 16's cell 5: centre (24, 24), side 20.
        let scores = output("conf", [1, 36, 4]) { values in
            for i in 0..<36 { values[i * 4] = 9 }
            values.put([0, 1, 4, 1], at: 11 * 4)
        }
        let boxes = output("loc", [1, 36, 4]) { $0.put([1, -2, 5 * ln2, 0], at: 11 * 4) }
        let found = try head.decode([boxes, scores], placement: identity(64, 64)).detections
        #expect(found.map(\.label) == ["b"])
        #expect(abs(found[0].score - 0.89450) < 1e-4, "e⁴ / (1 + 2e + e⁴)")
        #expect(found[0].box.isClose(6, 10, 40, 20))
    }

    @Test func rawOffsetsAreToldFromCornersByTheirOrder() throws {
        let head = try card(.ssd) { ($0.strides, $0.priors) = ([32], [[32]]) }
            .makeScoredHead(labels: Labels(names: ["face"]), modelWidth: 64, modelHeight: 64)
        let scores = output("scores", [1, 4, 2]) { $0[1] = 0.8 }
        let corners = output("boxes", [1, 4, 4]) { $0.put([0.25, 0.25, 0.5, 0.5], at: 0) }
        let offsets = output("boxes", [1, 4, 4]) {
            $0.put([0, 0, 0, 0], at: 0)
            $0.put([1, 1, -1, -1], at: 4)
        }
        #expect(try head.decode([scores, corners], placement: identity(64, 64)).detections[0].box.isClose(16, 16, 16, 16))
        #expect(try head.decode([scores, offsets], placement: identity(64, 64)).detections[0].box.isClose(0, 0, 32, 32))
    }

    @Test func ultraFacePriorsAreAsManyAsPublished() {
        let settings = HeadSettings(
            kind: .ssd, labels: Labels(names: []), suppression: Suppression(intersectionOverUnion: 0.3, limit: 100), classCount: nil,
            modelWidth: 320, modelHeight: 240)
        let priors = PriorBoxes(
            sides: [[10, 16, 24], [32, 48], [64, 96], [128, 192, 256]], grid: settings.grid([8, 16, 32, 64]), settings,
            variances: [0.1, 0.2], isClipped: true)
        #expect(priors.boxes.count == 4420)
    }

    @Test func yuNetMultipliesClassAndObject() throws {
        let head = try card(.yunet).makeScoredHead(labels: Labels(names: ["face"]), modelWidth: 64, modelHeight: 64)
        let outputs = [(8, 64), (16, 16), (32, 4)].flatMap { (stride: Int, cells: Int) -> [NamedTensor] in
            [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)].map { (role: String, columns: Int) -> NamedTensor in
                output("\(role)_\(stride)", [1, cells, columns]) { values in
                    guard stride == 32 else { return }
                    // Column 1, row 1.
                    if role == "cls" { values[3] = 1.2 }
                    if role == "obj" { values[3] = 0.81 }
                    if role == "bbox" { values.put([0.25, 0, -ln2, 0], at: 3 * 4) }
                }
            }
        }
        let found = try head.decode(outputs, placement: identity(64, 64)).detections
        #expect(found.count == 1)
        #expect(abs(found[0].score - 0.9) < 1e-6)
        #expect(found[0].box.isClose(32, 16, 16, 32))
    }
}
