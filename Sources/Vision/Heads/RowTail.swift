/// What a YOLO's rows are about; Ultralytics' word for it.
public enum YOLOTask: String, Sendable, Codable, CaseIterable {
    case detect, segment, pose, obb
}

/// What follows box and class scores in a YOLO's rows: coefficients of a mask, keypoints, or an angle.
struct RowTail: Sendable {
    let task: YOLOTask
    /// Names of the keypoints.
    let keypoints: [String]

    init(_ card: ModelCard) throws(VisionError) {
        (task, keypoints) = (card.task ?? .detect, card.keypoints ?? (card.task == .pose ? Self.coco17 : []))
        guard (task == .pose) == !keypoints.isEmpty else {
            throw VisionError(.invalidCard, "'keypoints' are the names of the points of \"task\": \"pose\", and of no other task")
        }
    }

    /// Of persons, as COCO has them.
    static let coco17 = [
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
        "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    ]

    /// How the outputs besides the rows are described in errors.
    var description: String {
        switch task {
        case .detect: ""
        case .segment: " + mask coefficients, and 1×coefficients×H×W"
        case .pose: " + 2 or 3 for each of \(keypoints.count) keypoints"
        case .obb: " + an angle"
        }
    }

    /// How many values it takes at the end of `columns`; nil where the outputs have no such tail.
    ///
    /// - Parameters:
    ///   - columns: the values of a row from the class scores on.
    ///   - classes: how many of these are class scores; nil: at least one.
    func count(_ outputs: [NamedTensor], columns: Int, classes: Int?) -> Int? {
        let possible: [Int] =
            switch task {
            case .detect: [0]
            case .obb: [1]
            case .segment: Prototypes(outputs).map { [$0.count] } ?? []
            case .pose: [3 * keypoints.count, 2 * keypoints.count]
            }
        return possible.first { count in classes.map { columns - count == $0 } ?? (count < columns) }
    }

    /// The shape of an object.
    ///
    /// - Parameters:
    ///   - box: in model pixels.
    ///   - values: of its row, the tail's.
    func shape(
        of box: Corners, _ values: [Float], _ outputs: [NamedTensor], _ settings: HeadSettings, _ placement: Placement
    ) -> ObjectShape? {
        switch task {
        case .detect, .obb: return nil
        case .segment: return Prototypes(outputs)?.mask(values, box, settings, placement).map { .mask($0) }
        case .pose:
            let step = values.count / keypoints.count
            return .keypoints(
                keypoints.indices.map { index in
                    // Ultralytics clips them to the frame as it does boxes.
                    let point = placement.pointInFrame(modelX: Double(values[index * step]), y: Double(values[index * step + 1]))
                    return Keypoint(
                        name: keypoints[index], x: Float(point.x), y: Float(point.y), score: step == 3 ? values[index * step + 2] : nil)
                })
        }
    }
}

/// The prototype masks that a segmentation model's coefficients mix: the output [1, P, H, W].
struct Prototypes {
    let count, rows, columns: Int
    private let base: UnsafePointer<Float>

    /// Borrows the tensor's memory.
    init?(_ outputs: [NamedTensor]) {
        guard outputs.count == 2, let tensor = outputs.map(\.tensor).first(where: { $0.shape.rank == 4 }), tensor.elementType == .float32,
            tensor.shape[0] == 1, tensor.shape.elementCount > 0
        else { return nil }
        (count, rows, columns) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
        base = tensor.baseAddress.assumingMemoryBound(to: Float.self)
    }

    /// The pixels of the box whose mixed value, interpolated between the prototypes' cells, is above 0.
    /// Nil for a box outside of the frame. O(coefficients · cells of the box + pixels of the box).
    func mask(_ coefficients: [Float], _ box: Corners, _ settings: HeadSettings, _ placement: Placement) -> Mask? {
        guard coefficients.count == count, let box = placement.sourceBox(box) else { return nil }
        func pixels(_ from: Float, _ extent: Float, _ limit: Int) -> Range<Int> {
            let first = min(Int(from.rounded(.up)), limit)
            return first..<max(first, min(Int((from + extent).rounded(.up)), limit))
        }
        let across = pixels(box.x, box.width, placement.sourceWidth), down = pixels(box.y, box.height, placement.sourceHeight)
        guard !across.isEmpty, !down.isEmpty else {
            return Mask(
                width: placement.sourceWidth, height: placement.sourceHeight, counts: [placement.sourceWidth * placement.sourceHeight])
        }
        /// For each pixel the cell before its center, and the share of the next one.
        func places(_ pixels: Range<Int>, _ cells: Int, _ perCell: Float, _ toModel: (Double) -> Double) -> [(cell: Int, share: Float)] {
            pixels.map { pixel in
                let at = min(max(Float(toModel(Double(pixel) + 0.5)) * perCell - 0.5, 0), Float(cells - 1))
                let cell = min(Int(at), max(cells - 2, 0))
                return (cell, at - Float(cell))
            }
        }
        let cellsX = Float(columns) / Float(settings.modelWidth), cellsY = Float(rows) / Float(settings.modelHeight)
        let placesX = places(across, columns, cellsX) { placement.modelPoint(sourceX: $0, y: 0).x }
        let placesY = places(down, rows, cellsY) { placement.modelPoint(sourceX: 0, y: $0).y }
        let left = placesX[0].cell, right = min(placesX[placesX.count - 1].cell + 1, columns - 1)
        let top = placesY[0].cell, bottom = min(placesY[placesY.count - 1].cell + 1, rows - 1)
        let width = right - left + 1
        var values = [Float](repeating: 0, count: width * (bottom - top + 1))
        for (coefficient, channel) in zip(coefficients, 0...) {
            for y in top...bottom {
                let from = base + (channel * rows + y) * columns + left, to = (y - top) * width
                for x in 0..<width { values[to + x] += coefficient * from[x] }
            }
        }
        return Mask(width: placement.sourceWidth, height: placement.sourceHeight, columns: across, rows: down) { x, y in
            let (column, u) = placesX[x - across.lowerBound], (row, v) = placesY[y - down.lowerBound]
            let at = (row - top) * width + column - left, next = column < right ? 1 : 0, below = row < bottom ? width : 0
            let upper = values[at] + (values[at + next] - values[at]) * u
            let lower = values[at + below] + (values[at + below + next] - values[at + below]) * u
            return upper + (lower - upper) * v > 0
        }
    }
}
