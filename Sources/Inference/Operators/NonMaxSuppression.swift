import Tensors

/// ONNX NonMaxSuppression: boxes [B,N,4], scores [B,C,N], max per class, IoU threshold, score threshold (the last three optional).
/// Output: [selected, 3] int64 rows (batch, class, box), by batch, then class, then descending score.
public struct NonMaxSuppression: Operator {
    public var centerPointBox: Bool
    public init(centerPointBox: Bool = false) { self.centerPointBox = centerPointBox }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let boxes = try inputs.operand(0, "boxes", [.float32])
        let scores = try inputs.operand(1, "scores", [.float32])
        if inputs.optional(2) != nil { _ = try inputs.integer(2, "max_output_boxes_per_class") }
        for (index, name) in [(3, "iou_threshold"), (4, "score_threshold")] { try inputs.checkSingle(index, name, .float32) }
        if let b = try boxes.shape(rank: 3, "boxes"), let s = try scores.shape(rank: 3, "scores") {
            guard b[2] == 4, b[0] == s[0], b[1] == s[2] else { throw OperatorError("boxes \(b) and scores \(s) do not fit") }
        }
        return [ValueFacts(.int64, nil)]
    }

    /// O(B·C·(N log N + selected·N)) where all boxes lie together; less where they lie apart, as those of exporters that move each class
    /// away from the others to suppress them all in one go.
    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs[1].shape
        let most = inputs.optional(2)?.integerElements.first ?? 0
        let overlap = inputs.optional(3)?.elements(of: Float.self).first ?? 0
        let least = inputs.optional(4)?.elements(of: Float.self).first
        guard overlap >= 0, overlap <= 1 else { throw OperatorError("iou_threshold \(overlap) is not in 0...1") }
        let (batches, classes, count) = (shape[0], shape[1], shape[2])
        let boxes = corners(inputs[0])
        let scores: [Float] = inputs[1].elements()
        var rows: [Int64] = []
        for batch in 0..<batches {
            let candidates = boxes[(batch * count)..<(batch * count + count)]
            for category in 0..<classes {
                let own = scores[((batch * classes + category) * count)...].prefix(count)
                for box in select(Array(candidates), Array(own), most: most, overlap: overlap, least: least) {
                    rows += [Int64(batch), Int64(category), Int64(box)]
                }
            }
        }
        return [Tensor([rows.count / 3, 3], rows)]
    }

    private func select(_ boxes: [Corners], _ scores: [Float], most: Int, overlap: Float, least: Float?) -> [Int] {
        guard most > 0 else { return [] }
        // Ordered by score, then index; NaN is no score.
        let order = scores.indices.filter { scores[$0] == scores[$0] && scores[$0] > least ?? -.infinity }
            .sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        var selected: [Int] = [], strips = Strips(for: order.map { boxes[$0] })
        for candidate in order where strips.insert(boxes[candidate], overlap: overlap) {
            selected.append(candidate)
            if selected.count == most { break }
        }
        return selected
    }

    /// Boxes by their left edges, in strips wider than any of them: two that overlap are in one strip, or in two side by side.
    private struct Strips {
        private var boxes: [[Corners]] = [[]]
        private var left = 0.0, width = Double.infinity

        /// - Parameter candidates: all that `insert` may be given. There are no more strips than these and one, and one where an edge is not finite.
        init(for candidates: [Corners]) {
            var right = -Double.infinity, widest = 0.0
            left = .infinity
            for box in candidates {
                guard (box.x1 + box.x2).isFinite else { return }
                left = min(left, Double(box.x1))
                right = max(right, Double(box.x1))
                widest = max(widest, Double(box.x2) - Double(box.x1))
            }
            // Wider than the widest by more than the divisions below round.
            let step = max(1.001 * widest, (right - left) / Double(max(1, candidates.count)))
            guard step > 0, step.isFinite else { return }
            width = step
            boxes = Array(repeating: [], count: Int((right - left) / step) + 1)
        }

        /// Keeps the box unless one that is kept overlaps it by more than `overlap`. O(kept boxes in three strips).
        mutating func insert(_ box: Corners, overlap: Float) -> Bool {
            let strip = width.isFinite ? Int((Double(box.x1) - left) / width) : 0
            for near in max(0, strip - 1)...min(boxes.count - 1, strip + 1) {
                guard boxes[near].allSatisfy({ $0.overlap(box) <= overlap }) else { return false }
            }
            boxes[strip].append(box)
            return true
        }
    }

    private struct Corners {
        var y1, x1, y2, x2: Float

        var area: Float { (y2 - y1) * (x2 - x1) }

        /// Intersection over union; 0 for boxes without area.
        func overlap(_ other: Corners) -> Float {
            let height = min(y2, other.y2) - max(y1, other.y1)
            let width = min(x2, other.x2) - max(x1, other.x1)
            guard height > 0, width > 0, area > 0, other.area > 0 else { return 0 }
            let common = height * width
            return common / (area + other.area - common)
        }
    }

    /// Boxes as ordered corners; a model may give any two opposite ones, or centre and size (x, y, w, h).
    private func corners(_ boxes: Tensor) -> [Corners] {
        boxes.withElements(of: Float.self) { values in
            stride(from: 0, to: values.count, by: 4).map { i in
                let (a, b, c, d) = (values[i], values[i + 1], values[i + 2], values[i + 3])
                return centerPointBox
                    ? Corners(y1: b - d / 2, x1: a - c / 2, y2: b + d / 2, x2: a + c / 2)
                    : Corners(y1: min(a, c), x1: min(b, d), y2: max(a, c), x2: max(b, d))
            }
        }
    }
}
