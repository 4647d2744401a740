import Tensors
import Testing

@testable import Vision

/// Models that list what they found.
@Suite struct ListedHeadTests {
    private static let boxes = output("1", [3, 4]) { $0.put([10, 20, 30, 50, 1, 1, 2, 2, 5, 6, 7, 9], at: 0) }
    private static let scores = output("2", [3]) { $0.put([0.9, 0.2, 0.6], at: 0) }
    private static let labels = NamedTensor("3", Tensor([3], [Int64(2), 1, 0]))

    private func found(_ outputs: [NamedTensor], _ labels: [String] = []) throws -> [Detection] {
        try card(.boxes).makeScoredHead(labels: Labels(names: labels), modelWidth: 64, modelHeight: 64)
            .decode(outputs, placement: identity(64, 64)).detections
    }

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [2, 1, 0]])
    func outputsAreToldApartByTheirKind(_ order: [Int]) throws {
        let all = [Self.boxes, Self.scores, Self.labels], detections = try found(order.map { all[$0] }, ["a", "b", "c"])
        #expect(detections.map(\.label) == ["c", "a"])
        #expect(detections[0].box.isClose(10, 20, 20, 30))
        #expect(detections[1].score == 0.6)
    }

    @Test func aBatchOfOneIsNoDifference() throws {
        let all = [Self.labels, Self.boxes, Self.scores].map {
            NamedTensor($0.name, $0.tensor.reshaped(to: Shape([1] + $0.tensor.shape.dims)))
        }
        #expect(try found(all).map(\.classID) == [2, 0])
    }

    @Test func nothingFoundIsNoError() throws {
        let none = [output("1", [0, 4]), output("2", [0]), NamedTensor("3", Tensor([0], [Int64]()))]
        #expect(try found(none).isEmpty)
    }

    @Test func aClassWithoutALabelIsAnError() throws {
        let error = #expect(throws: VisionError.self) { try found([Self.boxes, Self.scores, Self.labels], ["a", "b"]) }
        #expect(error?.message.contains("class 2") == true)
    }

    @Test func paddleRowsAreClassScoreAndEdges() throws {
        let rows = output("rows", [3, 6]) { $0.put([1, 0.8, 10, 20, 30, 50, -1, 0.9, 0, 0, 9, 9, 0, 0.3, 0, 0, 9, 9], at: 0) }
        let detections = try card(.paddle).makeScoredHead(labels: Labels(names: ["a", "b"]), modelWidth: 64, modelHeight: 64)
            .decode([rows, NamedTensor("count", Tensor([1], [Int32(3)]))], placement: identity(64, 64)).detections
        #expect(detections.map(\.label) == ["b"])
        #expect(detections[0].box.isClose(10, 20, 20, 30))
    }

    @Test func facesHavePointsBetweenObjectnessAndClass() throws {
        let head = try card(.yolov5) { $0.keypoints = FacePoints.five }
            .makeScoredHead(labels: Labels(names: ["face"]), modelWidth: 64, modelHeight: 64)
        let row = output("output0", [1, 1, 16]) { $0.put([20, 30, 10, 12, 0.9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.8], at: 0) }
        let face = try #require(try head.decode([row], placement: identity(64, 64)).detections.first)
        #expect(abs(face.score - 0.72) < 1e-6)
        #expect(face.box.isClose(15, 24, 10, 12))
        guard case .keypoints(let points) = try #require(face.shape) else { return }
        #expect(points.map(\.name) == FacePoints.five)
        #expect(points.map(\.x) == [1, 3, 5, 7, 9])
    }

    /// The first anchor of the second stride: after 2 · 64 of the first, the cell at (0, 0).
    @Test func blazeFaceCountsFromTheMiddleOfTheCell() throws {
        let head = try card(.blazeface).makeScoredHead(labels: Labels(names: ["face"]), modelWidth: 64, modelHeight: 64)
        let boxes = output("r", [1, 224, 16]) { $0.put([2, 4, 10, 12, 1, -1], at: 128 * 16) }
        let scores = output("c", [1, 224, 1], fill: -9) { $0[128] = 2 }
        let face = try #require(try head.decode([boxes, scores], placement: identity(64, 64)).detections.first)
        #expect(face.box.isClose(5, 6, 10, 12))
        guard case .keypoints(let points) = try #require(face.shape) else { return }
        #expect((points[0].x, points[0].y) == (9, 7))
    }

    @Test func yuNetGivesItsPoints() throws {
        let head = try card(.yunet).makeScoredHead(labels: Labels(names: ["face"]), modelWidth: 64, modelHeight: 64)
        let outputs = [(8, 64), (16, 16), (32, 4)].flatMap { (stride: Int, cells: Int) -> [NamedTensor] in
            [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)].map { role, columns in
                output("\(role)_\(stride)", [1, cells, columns]) { values in
                    guard stride == 16 else { return }
                    // The cell of column 1 and row 2.
                    values.put(role == "kps" ? [0.5, 0.25] : role == "bbox" ? [0.5, 0.5, 0, 0] : [1], at: 9 * columns)
                }
            }
        }
        let face = try #require(try head.decode(outputs, placement: identity(64, 64)).detections.first)
        guard case .keypoints(let points) = try #require(face.shape) else { return }
        #expect(points.count == 5)
        #expect((points[0].x, points[0].y) == (24, 36))
    }
}
