import Tensors
import Testing
@testable import Vision

/// One of each head, with outputs of the shapes that it reads.
struct KnownHead: CustomTestStringConvertible {
    let card: ModelCard
    let outputs: [(name: String, dims: [Int])]
    var testDescription: String { card.head.rawValue + (card.decoded.map { $0 ? " decoded" : " raw" } ?? "") }

    func make() throws -> ScoredHead { try card.makeScoredHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64) }

    private static func pairs(_ cells: [Int]) -> [(name: String, dims: [Int])] {
        cells.flatMap { (n: Int) -> [(name: String, dims: [Int])] in [("s\(n)", [1, n, 5]), ("d\(n)", [1, n, 32])] }
    }

    static var all: [KnownHead] {
        let yuNet = [(8, 64), (16, 16), (32, 4)].flatMap { (stride: Int, cells: Int) -> [(name: String, dims: [Int])] in
            [("cls_\(stride)", [1, cells, 1]), ("obj_\(stride)", [1, cells, 1]), ("bbox_\(stride)", [1, cells, 4])]
        }
        let scrfd = [1, 4, 10].flatMap { (columns: Int) -> [(name: String, dims: [Int])] in
            [64, 16, 4].map { (cells: Int) -> (name: String, dims: [Int]) in ("o\(columns)_\(cells)", [2 * cells, columns]) }
        }
        return [
            KnownHead(card: simple(.yolox), outputs: [("outputs", [1, 84, 8])]),
            KnownHead(card: simple(.yolov5), outputs: [("output", [1, 40, 8])]),
            KnownHead(
                card: simple(.yolov5) { ($0.decoded, $0.strides, $0.anchors) = (false, [32], [[10, 20, 30, 40]]) },
                outputs: [("output", [1, 16, 2, 2])]),
            KnownHead(card: simple(.yolov8), outputs: [("output0", [1, 7, 84])]),
            KnownHead(
                card: simple(.yolov8) { $0.task = .segment }, outputs: [("output0", [1, 7 + 2, 84]), ("output1", [1, 2, 16, 16])]),
            KnownHead(card: simple(.yolov8) { ($0.task, $0.keypoints) = (.pose, ["a"]) }, outputs: [("output0", [1, 4 + 1 + 3, 84])]),
            KnownHead(card: simple(.yolov8) { $0.task = .obb }, outputs: [("output0", [1, 4 + 1 + 1, 84])]),
            KnownHead(card: simple(.endToEnd), outputs: [("output0", [1, 20, 6])]),
            KnownHead(card: simple(.paddle), outputs: [("rows", [20, 6])]),
            KnownHead(card: simple(.boxes), outputs: [("boxes", [20, 4]), ("labels", [20]), ("scores", [20])]),
            KnownHead(card: simple(.yolov5) { $0.keypoints = ["a", "b"] }, outputs: [("output", [1, 40, 5 + 4 + 2])]),
            KnownHead(card: simple(.detr), outputs: [("logits", [1, 20, 5]), ("pred_boxes", [1, 20, 4])]),
            KnownHead(card: simple(.nanodet), outputs: pairs([64, 16, 4])),
            KnownHead(card: simple(.picodet), outputs: pairs([64, 16, 4, 1])),
            KnownHead(card: simple(.fastestdet), outputs: [("758", [1, 8, 4, 4])]),
            KnownHead(card: simple(.ssd), outputs: [("scores", [1, 50, 3]), ("boxes", [1, 50, 4])]),
            KnownHead(
                card: simple(.ssd) { ($0.decoded, $0.strides, $0.priors, $0.activation) = (false, [32], [[10, 20]], .softmax) },
                outputs: [("scores", [1, 8, 3]), ("boxes", [1, 8, 4])]),
            KnownHead(
                card: simple(.ssd) { ($0.decoded, $0.strides, $0.priors, $0.keypoints) = (false, [32], [[10, 20]], ["a"]) },
                outputs: [("scores", [1, 8, 2]), ("boxes", [1, 8, 4]), ("points", [1, 8, 2])]),
            KnownHead(card: simple(.yunet), outputs: yuNet),
            KnownHead(card: simple(.scrfd), outputs: scrfd),
            KnownHead(card: simple(.blazeface), outputs: [("regressors", [1, 224, 16]), ("classificators", [1, 224, 1])]),
            KnownHead(card: simple(.text), outputs: [("map", [1, 1, 64, 64])]),
            KnownHead(card: simple(.semantic), outputs: [("scores", [1, 5, 16, 16])]),
            KnownHead(card: simple(.depth), outputs: [("depth", [1, 16, 16])]),
            KnownHead(card: simple(.classification), outputs: [("y", [1, 10])]),
            KnownHead(card: simple(.embedding), outputs: [("e", [1, 10])]),
        ]
    }
}

/// `card(…)` under a name that the property does not hide.
private func simple(_ head: HeadKind, _ change: (inout ModelCard) -> Void = { _ in }) -> ModelCard { card(head, change) }
