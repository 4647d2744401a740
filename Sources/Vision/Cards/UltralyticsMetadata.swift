/// What an export of Ultralytics says of itself in the ONNX file's metadata. It is believed: nothing is guessed against it.
///
/// YOLOv8 and later, RT-DETR and the rest of the package write `task`, `names`, `imgsz`, `stride` and, since 2025, `end2end`; the older
/// YOLOv5 repository writes `names` and `stride` only.
package struct UltralyticsMetadata {
    /// `detect`, `classify`, `segment`, `pose`, `obb`, …; nil in exports of the YOLOv5 repository.
    let task: String?
    /// By class id; nil where the export has none, or calls the classes by their numbers.
    package let names: [String]?
    /// The class of the model's last layer: `Detect`, `RTDETRDecoder`, …; nil in exports before 2026.
    let head: String?
    /// How many classes the names are of.
    let classCount: Int?
    /// Of pose models: names of the points, and how many values they have in all.
    let keypoints: [String]?
    let pointValues: Int?
    /// Of the input in pixels: for exports that leave it open.
    package let imageSize: (width: Int, height: Int)?
    /// How much of that its own program shows a model that leaves its input open; nil for tasks of which it shows all.
    package let shape: InputShape?

    /// Nil for models of other origin.
    package init?(_ properties: [String: String]) {
        guard properties["stride"] != nil, properties["names"] != nil || properties["task"] != nil else { return nil }
        (task, head) = (properties["task"], properties["head"])
        let all = properties["names"].flatMap(MetadataLabels.names)
        classCount = all?.count
        // An export of a model that was made from its configuration alone names its classes '0', '1', ….
        names = all.flatMap { $0.indices.allSatisfy { index in all?[index] == String(index) } ? nil : $0 }
        let shape = properties["kpt_shape"].flatMap(PythonLiteral.init)?.list?.compactMap(\.integer) ?? []
        let hasPoints = shape.count == 2 && (1...1024).contains(shape[0]) && (2...3).contains(shape[1])
        pointValues = hasPoints ? shape[0] * shape[1] : nil
        keypoints = hasPoints && shape[0] != RowTail.coco17.count ? (0..<shape[0]).map { "point_\($0)" } : nil
        let size = properties["imgsz"].flatMap(PythonLiteral.init)?.list?.compactMap(\.integer) ?? []
        imageSize = size.count == 2 && size.allSatisfy { (1...16384).contains($0) } ? (size[1], size[0]) : nil
        let isCut = task.flatMap(YOLOTask.init) != nil && head != "RTDETRDecoder"
        let stride = properties["stride"].flatMap(Int.init).flatMap { (1...1024).contains($0) ? $0 : nil }
        self.shape =
            if isCut, let imageSize, let stride { .cut(width: imageSize.width, height: imageSize.height, stride: stride) } else { nil }
    }

    /// The card of a model with this metadata; nil where its shapes are left to be recognized.
    /// - Throws: `cardNeeded` for a task that deepvid has no head for, and for outputs that fit no head of the task, or two.
    func card(_ signature: ModelSignature) throws(VisionError) -> (card: ModelCard, description: String)? {
        guard let task else { return nil }
        var card: ModelCard
        if task == "classify" {
            card = ModelCard(head: .classification, input: InputCard(std: [255, 255, 255], resize: .centerCrop))
        } else if let map = ["semantic": HeadKind.semantic, "depth": .depth][task] {
            card = ModelCard(head: map, input: HeadKind.yolov8.input)
            if map == .depth { return (card, "Ultralytics export, task depth (RGB/255)") }
        } else if task == "detect", head == "RTDETRDecoder", signature.outputs.count == 1, signature.outputs[0].hasShape(1, nil, 6) {
            // Since 8.4, which also names the head: the best queries, with their classes.
            card = ModelCard(head: .endToEnd, input: HeadKind.detr.input)
            card.decoded = false
        } else {
            guard let known = YOLOTask(rawValue: task) else { throw unread(signature, []) }
            let fitting = heads(known, signature)
            guard fitting.count == 1 else { throw unread(signature, fitting) }
            card = ModelCard(head: fitting[0], input: fitting[0].input)
            if known != .detect { card.task = known }
            if known == .pose { card.keypoints = keypoints }
            // Ultralytics reports from the same score on, whatever the model.
            card.score = fitting[0] == .detr ? HeadKind.yolov8.defaults.score : nil
        }
        card.labels = names.map { .names($0) }
        if card.head.isDetector { card.maxDetections = card.head.maxDetections }
        return (card, "Ultralytics export, task \(task), head \(card.head.rawValue) (RGB/255)")
    }

    /// The heads whose outputs these may be.
    private func heads(_ task: YOLOTask, _ signature: ModelSignature) -> [HeadKind] {
        guard let output = signature.outputs.first(where: { $0.dims.count == 3 }), signature.outputs.count == (task == .segment ? 2 : 1)
        else { return [] }
        let tail =
            switch task {
            case .detect: 0
            case .obb: 1
            case .pose: pointValues ?? 0
            case .segment: signature.outputs.first { $0.dims.count == 4 }?.dims[1] ?? 0
            }
        let isQueries = head.map { $0 == "RTDETRDecoder" }
        var fitting: [HeadKind] = []
        if let classCount, isQueries != true, output.hasShape(1, 4 + classCount + tail, nil) { fitting.append(.yolov8) }
        if isQueries != true, output.hasShape(1, nil, 6 + tail) { fitting.append(.endToEnd) }
        if let classCount, isQueries != false, task == .detect, output.hasShape(1, nil, 4 + classCount) { fitting.append(.detr) }
        return fitting
    }

    private func unread(_ signature: ModelSignature, _ fitting: [HeadKind]) -> VisionError {
        let outputs = signature.outputs.map(\.description).joined(separator: ", ")
        let classes = classCount.map(String.init) ?? "an unknown number of"
        let reason =
            fitting.isEmpty
            ? "deepvid reads the outputs of detect, segment, pose, obb and classify as the exporter has them, and these are none of them"
            : "its outputs may be those of " + fitting.map { "'\($0.rawValue)'" }.joined(separator: " and of ")
        return VisionError(
            .cardNeeded,
            "the file says that it is an Ultralytics model for the task '\(task ?? "")' with \(classes) classes (outputs: \(outputs)); "
                + "\(reason). With a card of its own it is read as the card says")
    }
}
