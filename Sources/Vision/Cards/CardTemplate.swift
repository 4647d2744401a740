extension ModelCard {
    /// A complete card for a head, with the values of its published code, to be corrected by whoever knows the model.
    public static func template(for head: HeadKind, width: Int? = nil, height: Int? = nil) -> ModelCard {
        let mean = [123.675, 116.28, 103.53]
        let std = [58.395, 57.12, 57.375]
        let unit: [Double] = [255, 255, 255]
        var input =
            switch head {
            case .yolox: InputCard(color: .bgr, resize: .letterboxTopLeft)
            case .yolov5, .yolov8: InputCard(std: unit, resize: .letterbox)
            case .nanodet: InputCard(color: .bgr, mean: mean.reversed(), std: std.reversed(), resize: .letterbox, pad: 0)
            case .picodet: InputCard(mean: mean, std: std, resize: .stretch)
            case .fastestdet: InputCard(color: .bgr, std: unit, resize: .stretch)
            case .ssd: InputCard(mean: [127, 127, 127], std: [128, 128, 128], resize: .stretch)
            case .yunet: InputCard(color: .bgr, resize: .letterboxTopLeft, pad: 0)
            case .classification, .embedding: InputCard(mean: mean, std: std, resize: .centerCrop, cropResize: 256)
            }
        (input.width, input.height) = (width, height)
        var card = ModelCard(head: head, input: input)
        guard head.isDetector else {
            if head == .classification { (card.labels, card.topK) = (.file("labels.txt"), 5) } else { card.l2Normalize = true }
            return card
        }
        card.labels = head == .yunet || head == .ssd ? .names(["face"]) : .coco80
        (card.score, card.nmsIoU, card.maxDetections) = (head.defaults.score, head.defaults.nmsIoU, 100)
        switch head {
        case .nanodet: (card.strides, card.regMax, card.cellOffset) = ([8, 16, 32], 7, 0.5)
        case .picodet: (card.strides, card.regMax, card.cellOffset) = ([8, 16, 32, 64], 7, 0.5)
        case .yolox: (card.strides, card.decoded) = ([8, 16, 32], false)
        case .yunet: card.strides = [8, 16, 32]
        case .yolov5, .ssd: card.decoded = true
        default: break
        }
        return card
    }
}
