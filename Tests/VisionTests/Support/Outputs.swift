import Foundation
import Tensors
@testable import Vision

/// A float output whose elements `body` writes.
func output(_ name: String, _ dims: [Int], fill: Float = 0, _ body: (UnsafeMutableBufferPointer<Float>) -> Void = { _ in }) -> NamedTensor {
    NamedTensor(
        name,
        Tensor(Shape(dims), of: Float.self) {
            $0.update(repeating: fill)
            body($0)
        })
}

/// The source is as large as the model's input, so that boxes can be read directly.
func identity(_ width: Int, _ height: Int) -> Placement {
    ResizeMode.stretch.placement(width: width, height: height, modelWidth: width, modelHeight: height)
}

extension HeadResult {
    var detections: [Detection] { if case .detections(let list) = self { list } else { [] } }
    var classes: [Classification] { if case .classes(let list) = self { list } else { [] } }
    var embedding: [Float] { if case .embedding(let values) = self { values } else { [] } }
}

extension Box {
    func isClose(_ x: Float, _ y: Float, _ width: Float, _ height: Float, within tolerance: Float = 1e-3) -> Bool {
        abs(self.x - x) <= tolerance && abs(self.y - y) <= tolerance && abs(self.width - width) <= tolerance
            && abs(self.height - height) <= tolerance
    }
}

/// A card that asks nothing of its input, for heads alone.
func card(_ head: HeadKind, _ change: (inout ModelCard) -> Void = { _ in }) -> ModelCard {
    var card = ModelCard(head: head, input: InputCard(resize: .stretch))
    change(&card)
    return card
}

func logit(_ p: Float) -> Float { log(p / (1 - p)) }

/// A head that is asked for what scores as much as its card says.
struct ScoredHead {
    let head: any Head
    let score: Float

    func decode(_ outputs: [NamedTensor], placement: Placement) throws(VisionError) -> HeadResult {
        try head.decode(outputs, placement: placement, minimumScore: score)
    }

    func uncertainty(_ outputs: [NamedTensor]) throws(VisionError) -> Double? { try head.uncertainty(outputs, minimumScore: score) }
}

extension ModelCard {
    func makeScoredHead(labels: Labels, modelWidth: Int, modelHeight: Int) throws -> ScoredHead {
        ScoredHead(head: try makeHead(labels: labels, modelWidth: modelWidth, modelHeight: modelHeight), score: Float(reportedScore))
    }
}

extension UnsafeMutableBufferPointer<Float> {
    /// Writes `numbers` from `start` on, `stride` apart.
    func put(_ numbers: [Float], at start: Int, stride: Int = 1) {
        for (i, number) in numbers.enumerated() { self[start + i * stride] = number }
    }
}
