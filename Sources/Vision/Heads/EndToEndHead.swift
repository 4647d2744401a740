extension HeadKind {
    /// One [1, N, 6] of corners, score and class id, suppressed inside the model.
    public static let endToEnd = HeadKind(
        "end2end", "YOLOv10, YOLO26, graphs with NMS inside: one output [1, N, 6] of corners, score, class", defaults: (0.25, 1),
        input: InputCard(std: [255, 255, 255], resize: .letterbox),
        known: [
            // As Ultralytics names its tensors. With three anchors a cell the same shape is a YOLOv5 of one class.
            KnownModel("YOLOv10 or YOLO26 end to end (RGB/255, centred letterbox)") { model in
                model.imagesOutput.map { $0.columns == 6 && $0.rows <= 1000 && $0.rows != model.cells([8, 16, 32]) * 3 } ?? false
            }
        ],
        resembles: { $0.count == 1 && $0[0].hasShape(1, nil, 6) && ($0[0].dims[1] ?? 0) <= 1000 },
        makeHead: { _, settings in EndToEndHead(settings: settings) })
}

/// One [1, N, 6]: left, top, right and bottom edge in model pixels, score, class id. Rows that stand for nothing have score 0.
struct EndToEndHead: DetectionHead {
    let settings: HeadSettings

    func candidates(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> [Candidate] {
        guard outputs.count == 1, let rows = OutputRows(outputs[0].tensor), rows.columns == 6 else {
            throw settings.unexpected(reads: "one output 1×N×6", outputs)
        }
        return (0..<rows.rows).compactMap { index in
            let row = rows.row(index)
            guard row[4] >= minimumScore, row[4] > 0, let classID = Int(exactly: row[5]), (0..<65536).contains(classID) else { return nil }
            return Candidate(box: Corners(left: row[0], top: row[1], right: row[2], bottom: row[3]), score: row[4], classID: classID)
        }
    }
}
