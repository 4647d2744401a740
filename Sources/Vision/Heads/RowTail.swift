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
        return possible.first { count in classes.map { $0 + count == columns } ?? (count < columns) }
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
                    let point = placement.sourcePoint(modelX: Double(values[index * step]), y: Double(values[index * step + 1]))
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

    /// The pixels whose mixed value is above 0, from bilinear interpolation between the prototypes' cells; cells outside of the box are 0.
    /// Nil for a box outside of the input. O(coefficients · cells of the box + pixels of the box).
    func mask(_ coefficients: [Float], _ box: Corners, _ settings: HeadSettings, _ placement: Placement) -> Mask? {
        let cellsX = Float(columns) / Float(settings.modelWidth), cellsY = Float(rows) / Float(settings.modelHeight)
        func cells(_ from: Float, _ to: Float, _ limit: Int) -> Range<Int> {
            let first = min(max(Int(max(from, -1).rounded(.up)), 0), limit)
            return first..<max(first, min(Int(min(to, Float(limit) + 1).rounded(.up)), limit))
        }
        let across = cells(box.left * cellsX, box.right * cellsX, columns), down = cells(box.top * cellsY, box.bottom * cellsY, rows)
        guard coefficients.count == count, !across.isEmpty, !down.isEmpty else { return nil }
        // One cell of zeros around, so that interpolation needs no special case.
        let width = across.count + 2
        var values = [Float](repeating: 0, count: width * (down.count + 2))
        for (coefficient, channel) in zip(coefficients, 0...) {
            for y in down {
                let from = base + (channel * rows + y) * columns
                let to = (y - down.lowerBound + 1) * width + 1
                for x in across { values[to + x - across.lowerBound] += coefficient * from[x] }
            }
        }
        func pixels(_ cells: Range<Int>, _ perCell: Float, _ toSource: (Double) -> Double, _ limit: Int) -> Range<Int> {
            let from = toSource((Double(cells.lowerBound) - 0.5) / Double(perCell))
            let to = toSource((Double(cells.upperBound) + 0.5) / Double(perCell))
            let first = min(max(Int(from.rounded(.down)), 0), limit)
            return first..<max(first, min(Int(to.rounded(.up)), limit))
        }
        let sourceX = pixels(across, cellsX, { placement.sourcePoint(modelX: $0, y: 0).x }, placement.sourceWidth)
        let sourceY = pixels(down, cellsY, { placement.sourcePoint(modelX: 0, y: $0).y }, placement.sourceHeight)
        /// For each pixel the cell before it in `values` and the share of the next.
        func places(
            _ pixels: Range<Int>, _ cells: Range<Int>, _ perCell: Float, _ toModel: (Double) -> Double
        ) -> [(cell: Int, share: Float)] {
            pixels.map { pixel in
                let at = Float(toModel(Double(pixel) + 0.5)) * perCell - 0.5 - Float(cells.lowerBound) + 1
                let cell = min(max(Int(at.rounded(.down)), 0), cells.count)
                return (cell, min(max(at - Float(cell), 0), 1))
            }
        }
        let placesX = places(sourceX, across, cellsX) { placement.modelPoint(sourceX: $0, y: 0).x }
        let placesY = places(sourceY, down, cellsY) { placement.modelPoint(sourceX: 0, y: $0).y }
        return Mask(width: placement.sourceWidth, height: placement.sourceHeight, columns: sourceX, rows: sourceY) { x, y in
            let (column, u) = placesX[x - sourceX.lowerBound], (row, v) = placesY[y - sourceY.lowerBound]
            let at = row * width + column
            let top = values[at] + (values[at + 1] - values[at]) * u
            let bottom = values[at + width] + (values[at + width + 1] - values[at + width]) * u
            return top + (bottom - top) * v > 0
        }
    }
}
