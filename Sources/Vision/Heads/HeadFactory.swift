extension ModelCard {
    /// The head that reads the model's outputs as the card says.
    ///
    /// - Parameters:
    ///   - labels: as resolved from the card or given instead.
    ///   - modelWidth: the model's input width in pixels; `modelHeight` likewise.
    public func makeHead(labels: Labels, modelWidth: Int, modelHeight: Int) throws(VisionError) -> any Head {
        let usual = head.defaults
        let settings = DetectionSettings(
            labels: labels, threshold: Float(score ?? usual.score),
            suppression: Suppression(intersectionOverUnion: Float(nmsIoU ?? usual.nmsIoU), limit: maxDetections ?? 100),
            classCount: numClasses, modelWidth: modelWidth, modelHeight: modelHeight)
        func grid(_ usual: [Int]) -> GridLevels {
            GridLevels(strides: strides ?? usual, modelWidth: modelWidth, modelHeight: modelHeight)
        }
        func scan(_ usual: Activation = .none) throws(VisionError) -> ScoreScan {
            if activation == .softmax {
                throw VisionError(.invalidCard, "'activation': head '\(head.rawValue)' has no softmax: write \"none\" or \"sigmoid\"")
            }
            return ScoreScan(threshold: settings.threshold, activation: activation ?? usual)
        }
        switch head {
        case .yolox:
            return ObjectnessHead(kind: head, settings: settings, scan: try scan(), grid: decoded == true ? nil : grid([8, 16, 32]))
        case .yolov5:
            guard decoded == false else { return ObjectnessHead(kind: head, settings: settings, scan: try scan(), grid: nil) }
            return try anchorHead(settings, try scan(.sigmoid))
        case .yolov8: return ChannelMajorHead(settings: settings, scan: try scan())
        case .nanodet, .picodet:
            return DistributionHead(
                kind: head, settings: settings, scan: try scan(), grid: grid(head == .nanodet ? [8, 16, 32] : [8, 16, 32, 64]),
                bins: (regMax ?? 7) + 1, cellOffset: Float(cellOffset ?? 0.5))
        case .fastestdet: return FastestDetHead(settings: settings)
        case .ssd:
            return SSDHead(
                settings: settings, activation: activation ?? .none, priors: try priorBoxes(modelWidth, modelHeight),
                decoded: decoded ?? (priors == nil ? true : nil), scoresName: outputs?["scores"], boxesName: outputs?["boxes"])
        case .yunet:
            return YuNetHead(settings: settings, activation: try scan().activation, grid: grid([8, 16, 32]), names: outputs ?? [:])
        case .classification:
            return ClassificationHead(
                labels: labels, classCount: numClasses, threshold: Float(score ?? 0), topK: topK ?? 5, activation: activation)
        case .embedding: return EmbeddingHead(l2Normalize: l2Normalize ?? true)
        }
    }

    private func anchorHead(_ settings: DetectionSettings, _ scan: ScoreScan) throws(VisionError) -> AnchorHead {
        let strides = strides ?? [8, 16, 32]
        guard let anchors, anchors.count == strides.count else {
            throw VisionError(
                .invalidCard, "\"decoded\": false needs 'anchors': write \(CodingKeys.anchors.expected), for the strides \(strides)")
        }
        let sizes = anchors.map { list in
            stride(from: 0, to: list.count, by: 2).map { (width: Float(list[$0]), height: Float(list[$0 + 1])) }
        }
        return AnchorHead(settings: settings, scan: scan, strides: strides, anchors: sizes)
    }

    private func priorBoxes(_ modelWidth: Int, _ modelHeight: Int) throws(VisionError) -> PriorBoxes? {
        guard decoded == false || (decoded == nil && priors != nil) else { return nil }
        guard let priors, let strides, priors.count == strides.count else {
            throw VisionError(.invalidCard, "raw SSD boxes need 'strides' and 'priors', as many of one as of the other")
        }
        return PriorBoxes(
            sides: priors, strides: strides, variances: variances ?? [0.1, 0.2], modelWidth: modelWidth, modelHeight: modelHeight)
    }
}

extension HeadKind {
    /// The values of the published code, which a card may override.
    public var defaults: (score: Double, nmsIoU: Double) {
        switch self {
        case .yolox: (0.3, 0.45)
        case .yolov5: (0.25, 0.45)
        case .yolov8: (0.25, 0.7)
        case .nanodet: (0.3, 0.6)
        case .picodet: (0.4, 0.6)
        case .fastestdet: (0.65, 0.45)
        case .ssd: (0.5, 0.45)
        case .yunet: (0.6, 0.3)
        case .classification, .embedding: (0, 1)
        }
    }
}
