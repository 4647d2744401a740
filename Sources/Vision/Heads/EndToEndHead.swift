extension HeadKind {
    /// One [1, N, 6] of corners, score and class id, suppressed inside the model.
    public static let endToEnd = HeadKind(
        "end2end", "YOLOv10, YOLO26, graphs with NMS inside: one output [1, N, 6] of corners, score, class", defaults: (0.25, 1),
        maxDetections: ultralyticsDetections,
        keys: [.task, .keypoints, .decoded], input: InputCard(std: [255, 255, 255], resize: .letterbox),
        known: [
            // As Ultralytics names its tensors. With a row or three for each cell the same shape is a YOLOX or YOLOv5 of one class.
            KnownModel("YOLOv10 or YOLO26 end to end (RGB/255, centred letterbox)") { model in
                model.imagesOutput.map { output in
                    let cells = model.cells([8, 16, 32])
                    return output.columns == 6 && output.rows <= 1000 && output.rows != cells && output.rows != 3 * cells
                } ?? false
            }
        ],
        resembles: { $0.count == 1 && $0[0].hasShape(1, nil, 6) && ($0[0].dims[1] ?? 0) <= 1000 },
        makeHead: { card, settings throws(VisionError) in
            EndToEndHead(settings: settings, tail: try RowTail(card), isDecoded: card.decoded ?? true)
        })
}

/// One [1, N, 6 + tail]: left, top, right and bottom edge in model pixels (of turned boxes: center, width and height), score, class id, and
/// what the task has besides. Rows that stand for nothing have score 0.
struct EndToEndHead: RowHead {
    let settings: HeadSettings
    let tail: RowTail
    /// Else boxes are centers and sizes, as shares of the input (RT-DETR).
    let isDecoded: Bool

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard let rows = OutputRows(firstOf: outputs), rows.columns >= 6,
            tail.count(outputs, columns: rows.columns - 6, classes: 0) != nil
        else {
            throw settings.unexpected(reads: "1×N×(6\(tail.description))", outputs)
        }
        return (0..<rows.rows).compactMap { index in
            let row = rows.row(index)
            guard row[4] >= minimumScore, row[4] > 0, let classID = Int(exactly: row[5]), (0..<65536).contains(classID) else { return nil }
            let box =
                isDecoded ? Corners(left: row[0], top: row[1], right: row[2], bottom: row[3]) : settings.box(ofShares: row)
            return Candidate(box: tail.task == .obb ? rotated(index, outputs).bounds : box, score: row[4], classID: classID, row: index)
        }
    }

    func values(_ row: Int, _ outputs: [NamedTensor]) -> (box: SIMD4<Float>, tail: [Float]) {
        guard let rows = OutputRows(firstOf: outputs) else { return (.zero, []) }
        let values = rows.row(row)
        return (SIMD4(values[0], values[1], values[2], values[3]), (6..<rows.columns).map { values[$0] })
    }
}
