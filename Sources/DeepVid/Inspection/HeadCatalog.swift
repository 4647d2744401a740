import Vision

/// The heads, for people.
public enum HeadCatalog {
    public static let heads: [(name: String, summary: String)] = HeadKind.allCases.map { ($0.rawValue, summary(of: $0)) }

    /// A card for a head, as JSON; nil when there is no such head.
    public static func card(for name: String) -> String? {
        HeadKind(rawValue: name).map { ModelCard.template(for: $0).json() }
    }

    private static func summary(of head: HeadKind) -> String {
        switch head {
        case .yolox: "YOLOX: one output [1, N, 5+C], boxes in grid cells, objectness"
        case .yolov5: "YOLOv5, YOLOv7: one output [1, N, 5+C], or raw grids with anchors"
        case .yolov8: "YOLOv8, YOLO11: one output [1, 4+C, N]"
        case .nanodet: "NanoDet, NanoDet-Plus: scores and box distributions for three strides"
        case .picodet: "PicoDet: scores and box distributions for four strides"
        case .fastestdet: "FastestDet: one output [1, 5+C, H, W]"
        case .ssd: "SSD, UltraFace: scores [1, N, C] with background first, boxes [1, N, 4]"
        case .yunet: "YuNet: class, objectness and box for each stride"
        case .classification: "any classifier: one output [1, C], logits or probabilities"
        case .embedding: "any embedding: one vector"
        }
    }
}
