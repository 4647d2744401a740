/// What an export of Ultralytics says of itself in the ONNX file's metadata. It is believed: nothing is guessed against it.
///
/// YOLOv8 and later, RT-DETR and the rest of the package write `task`, `names`, `imgsz`, `stride` and, since 2025, `end2end`; the older
/// YOLOv5 repository writes `names` and `stride` only.
package struct UltralyticsMetadata {
    /// `detect`, `classify`, `segment`, `pose`, `obb`, …; nil in exports of the YOLOv5 repository.
    let task: String?
    /// By class id; nil where the export has none, or calls the classes by their numbers.
    let names: [String]?
    /// The class of the model's last layer: `Detect`, `RTDETRDecoder`, …; nil in exports before 2026.
    let head: String?
    /// How many classes the names are of.
    let classCount: Int?
    /// Of the input in pixels: for exports that leave it open.
    package let imageSize: (width: Int, height: Int)?

    /// Nil for models of other origin.
    package init?(_ properties: [String: String]) {
        guard properties["stride"] != nil, properties["names"] != nil || properties["task"] != nil else { return nil }
        (task, head) = (properties["task"], properties["head"])
        let all = properties["names"].flatMap(Self.names)
        classCount = all?.count
        // An export of a model that was made from its configuration alone names its classes '0', '1', ….
        names = all.flatMap { $0.indices.allSatisfy { index in all?[index] == String(index) } ? nil : $0 }
        let size = properties["imgsz"].flatMap(PythonLiteral.init)?.list?.compactMap(\.integer) ?? []
        imageSize = size.count == 2 && size.allSatisfy { (1...16384).contains($0) } ? (size[1], size[0]) : nil
    }

    /// A dict from class id to name in any order, or a list.
    private static func names(_ text: String) -> [String]? {
        switch PythonLiteral(text) {
        case .list(let items):
            let names = items.compactMap(\.string)
            return names.count == items.count ? names : nil
        case .dict(let entries):
            var names = [Int: String]()
            for entry in entries {
                guard let id = entry.key.integer, (0..<65536).contains(id), let name = entry.value.string else { return nil }
                names[id] = name
            }
            guard let last = names.keys.max() else { return nil }
            return (0...last).map { names[$0] ?? "class_\($0)" }
        default: return nil
        }
    }

    /// The card of a model with this metadata; nil where its shapes are left to be recognized.
    /// - Throws: `cardNeeded` for a task that deepvid has no head for, and for outputs that are not those of the task.
    func card(_ signature: ModelSignature) throws(VisionError) -> (card: ModelCard, description: String)? {
        var card: ModelCard
        switch task {
        case nil: return nil
        case "classify":
            card = ModelCard(head: .classification, input: InputCard(std: [255, 255, 255], resize: .centerCrop))
        case "detect":
            guard let output = signature.outputs.first, signature.outputs.count == 1 else { throw unread(signature) }
            if output.hasShape(1, nil, 6) {
                card = ModelCard(head: .endToEnd, input: HeadKind.endToEnd.input)
            } else if let classCount, output.hasShape(1, classCount + 4, nil) {
                card = ModelCard(head: .yolov8, input: HeadKind.yolov8.input)
            } else if let classCount, output.hasShape(1, nil, classCount + 4), head == nil || head == "RTDETRDecoder" {
                // RT-DETR. Ultralytics stretches its pictures, and reports from 0.25 on like all its models.
                card = ModelCard(head: .detr, input: HeadKind.detr.input)
                card.score = HeadKind.yolov8.defaults.score
            } else {
                throw unread(signature)
            }
        case .some: throw unread(signature)
        }
        card.labels = names.map { .names($0) }
        return (card, "Ultralytics export, task \(task ?? "detect"), head \(card.head.rawValue) (RGB/255)")
    }

    private func unread(_ signature: ModelSignature) -> VisionError {
        let outputs = signature.outputs.map(\.description).joined(separator: ", ")
        return VisionError(
            .cardNeeded,
            "the file says that it is an Ultralytics model for the task '\(task ?? "")' with \(classCount.map(String.init) ?? "unknown") classes; "
                + "deepvid reads 'detect' with an output 1×(4 + classes)×N or 1×N×6, and 'classify' (outputs: \(outputs)). "
                + "With a card of its own it is read as the card says")
    }
}
