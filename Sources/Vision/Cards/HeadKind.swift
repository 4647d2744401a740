/// The kinds of model output that deepvid can read.
public enum HeadKind: String, Sendable, Codable, CaseIterable {
    /// One [1, N, 5+C]: boxes as offsets in grid cells (or decoded), objectness, class scores.
    case yolox
    /// YOLOv5 and v7: one [1, N, 5+C] with decoded boxes, or one raw [1, A·(5+C), H, W] or [1, A, H, W, 5+C] for each stride.
    case yolov5
    /// YOLOv8 and v11: one [1, 4+C, N].
    case yolov8
    /// For each stride scores [1, N, C] and box distributions [1, N, 4·(reg_max+1)]; or one tensor with both side by side.
    case nanodet
    /// The same outputs as `nanodet`, with four strides.
    case picodet
    /// One [1, 5+C, H, W].
    case fastestdet
    /// Scores [1, N, C] with background first, boxes [1, N, 4].
    case ssd
    /// cls, obj and bbox for each stride.
    case yunet
    /// One [1, C] (or [1, C, 1, 1]).
    case classification
    /// One vector.
    case embedding

    public var isDetector: Bool { self != .classification && self != .embedding }

    /// The card keys that this head reads, besides those that every head reads.
    var parameters: Set<ModelCard.CodingKeys> {
        let detection: Set<ModelCard.CodingKeys> = [.labels, .score, .nmsIoU, .maxDetections, .numClasses]
        return switch self {
        case .yolox: detection.union([.strides, .decoded, .activation])
        case .yolov5: detection.union([.strides, .decoded, .activation, .anchors])
        case .yolov8: detection.union([.activation])
        case .nanodet, .picodet: detection.union([.strides, .regMax, .activation, .cellOffset])
        case .fastestdet: detection
        case .ssd: detection.union([.decoded, .activation, .priors, .variances, .strides, .outputs])
        case .yunet: detection.union([.strides, .activation, .outputs])
        case .classification: [.labels, .score, .numClasses, .activation, .topK]
        case .embedding: [.l2Normalize]
        }
    }
}

/// What is still to be applied to a model's scores.
public enum Activation: String, Sendable, Codable, CaseIterable { case none, sigmoid, softmax }
