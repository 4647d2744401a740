import Tensors

extension HeadKind {
    /// One [1, C, H, W] of class scores, or one [1, H, W] of class ids.
    public static let semantic = HeadKind(
        "semantic", "semantic segmentation: class scores [1, C, H, W], or class ids [1, H, W]", isDetector: false,
        keys: [.labels, .numClasses, .activation],
        input: InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .stretch),
        template: { $0.labels = .file("labels.txt") },
        known: [
            KnownModel(
                "torchvision segmentation, Pascal VOC (assumed: RGB, ImageNet mean and std, stretched)", labels: .carried(.voc21)
            ) { model in
                // As large as the input and with one score for each class of VOC: from no detector and no pose model.
                model.channels == 3 && model.outputs.count == 1 && model.outputs[0].hasShape(1, 21, model.height, model.width)
            }
        ],
        // 255 channels are more likely a raw grid of YOLOv5.
        resembles: { $0.count == 1 && $0[0].dims.count == 4 && ![0, 1, 255].contains($0[0].dims[1] ?? 0) && ($0[0].dims[3] ?? 0) >= 56 },
        makeHead: { card, settings throws(VisionError) in
            SemanticHead(settings: settings, activation: try card.elementwiseActivation())
        })
}

/// Semantic segmentation: the class with the highest score at each place of [1, C, H, W], or the ids of [1, H, W] and [1, 1, H, W] of whole
/// numbers. A single channel of scores is of one class, 1, before a background, 0: what is 0.5 or more.
struct SemanticHead: Head {
    let settings: HeadSettings
    /// Matters for a single channel only.
    let activation: Activation

    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult {
        guard let tensor = outputs.first?.tensor, let (channels, height, width) = Self.extents(tensor) else {
            throw settings.unexpected(reads: "one output 1×classes×H×W of scores, or 1×H×W of class ids", outputs)
        }
        let count = height * width
        func map(_ value: (Int) -> UInt16) -> HeadResult {
            .semantic(SemanticMap(PixelMap(height: height, width: width, placement: placement, value), settings.labels))
        }
        guard tensor.elementType == .float32 else {
            return map { tensor.integer(at: $0).flatMap { UInt16(exactly: $0) } ?? SemanticMap.nothing }
        }
        let scores = tensor.pointer(of: Float.self)
        guard channels > 1 else {
            try settings.check(classes: 2)
            let least: Float = activation == .sigmoid ? 0 : 0.5
            return map { scores[$0].isNaN ? SemanticMap.nothing : scores[$0] >= least ? 1 : 0 }
        }
        try settings.check(classes: channels)
        let best = Self.best(scores, channels, count)
        return map { best[$0] }
    }

    /// Channels are 1 where the values are ids.
    private static func extents(_ tensor: Tensor) -> (channels: Int, height: Int, width: Int)? {
        let dims = tensor.shape.dims, isFloat = tensor.elementType == .float32
        guard (3...4).contains(dims.count), dims[0] == 1, dims.allSatisfy({ $0 > 0 }) else { return nil }
        guard dims.count == 4 else { return isFloat ? nil : (1, dims[1], dims[2]) }
        guard isFloat ? dims[1] < Int(SemanticMap.nothing) : dims[1] == 1 else { return nil }
        return (dims[1], dims[2], dims[3])
    }

    /// The first of the channels with the greatest score at each place. A channel at a time, as they lie in memory.
    private static func best(_ scores: UnsafePointer<Float>, _ channels: Int, _ count: Int) -> [UInt16] {
        var (best, ids) = ([Float](repeating: -.infinity, count: count), [UInt16](repeating: SemanticMap.nothing, count: count))
        best.withUnsafeMutableBufferPointer { best in
            ids.withUnsafeMutableBufferPointer { ids in
                for channel in 0..<channels {
                    let row = scores + channel * count
                    for place in 0..<count where row[place] > best[place] { (best[place], ids[place]) = (row[place], UInt16(channel)) }
                }
            }
        }
        return ids
    }
}
