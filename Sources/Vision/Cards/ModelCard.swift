import FileNames
import Foundation

/// What a model file does not say of itself: how to prepare its input and how to read its outputs.
///
/// Lives beside the model as `<model>.json`. Everything past `head` and `input` is optional; nil means the head's usual value.
public struct ModelCard: Sendable, Hashable {
    public var head: HeadKind
    public var input: InputCard
    public var labels: LabelSource?

    /// Lowest score that is reported, 0…1.
    public var score: Double?
    /// Added to the log-odds of the scores of classes, by name, so that one least score suits all.
    public var scoreShifts: [String: Double]?
    /// Of two boxes of a class that overlap by more than this, the better one stays.
    public var nmsIoU: Double?
    public var maxDetections: Int?
    /// Classes reported for a frame, the most probable ones.
    public var topK: Int?

    /// Number of classes; nil reads it off the output's shape.
    public var numClasses: Int?
    /// Model pixels per grid cell, finest first.
    public var strides: [Int]?
    /// Largest distance that a box distribution can say, in strides.
    public var regMax: Int?
    /// Where in its cell a prediction is centred: 0.5, or 0 for NanoDet-Plus.
    public var cellOffset: Double?
    /// Whether boxes come out in model pixels (`ssd`: as corners in 0…1) rather than as raw predictions; nil for an
    /// `ssd` with priors finds out.
    public var decoded: Bool?
    /// What is still to be applied to the scores; nil for classification finds out.
    public var activation: Activation?
    /// For each stride the anchors' width, height, width, height, … in model pixels.
    public var anchors: [[Double]]?
    /// SSD: how strongly offsets and sizes were scaled in training.
    public var variances: [Double]?
    /// SSD: for each stride the sides of its square priors, in model pixels.
    public var priors: [[Double]]?
    /// Which output plays which role (`scores`, `boxes`; `cls_8`, `obj_8`, `bbox_8`, …), where names do not tell.
    public var outputs: [String: String]?
    /// Embedding: scale to length 1.
    public var l2Normalize: Bool?
    /// What YOLO rows have besides boxes and classes; nil: nothing.
    public var task: YOLOTask?
    /// Pose: the names of the points; nil: the 17 of COCO's persons.
    public var keypoints: [String]?
    /// What the model is computed in where the CPU can; nil: 32-bit floats.
    public var precision: CardPrecision?
    /// Of `int8`: the levels of values, by their names in the network; nil finds them on the first frames of an input.
    public var levels: [String: CardLevel]?
    /// The agreement with dense inference that reuse holds where nobody asks for another, 0.5…1; nil: the tool's own.
    public var targetAgreement: Double?

    public init(head: HeadKind, input: InputCard, labels: LabelSource? = nil) {
        (self.head, self.input, self.labels) = (head, input, labels)
    }

    /// A complete card for a head, with the values of its published code, to be corrected by whoever knows the model.
    public static func template(for head: HeadKind, width: Int? = nil, height: Int? = nil) -> ModelCard {
        var card = ModelCard(head: head, input: head.input)
        (card.input.width, card.input.height) = (width, height)
        if head.isDetector {
            (card.score, card.nmsIoU, card.maxDetections) = (head.defaults.score, head.defaults.nmsIoU, head.maxDetections)
        }
        head.template(&card)
        return card
    }

    /// The lowest score that is reported: the card's, else the head's usual one.
    public var reportedScore: Double { score ?? head.defaults.score }

    /// The overlap above which the weaker of two boxes goes, likewise; 1 where none does.
    public var suppressedOverlap: Double { nmsIoU ?? head.defaults.nmsIoU }

    /// The head that reads the model's outputs as the card says.
    ///
    /// - Parameters:
    ///   - labels: as resolved from the card or given instead.
    ///   - modelWidth: the model's input width in pixels; `modelHeight` likewise.
    /// - Throws: code `invalidCard` for keys that contradict each other.
    public func makeHead(labels: Labels, modelWidth: Int, modelHeight: Int) throws(VisionError) -> any Head {
        let suppression = Suppression(intersectionOverUnion: Float(suppressedOverlap), limit: maxDetections ?? head.maxDetections)
        let settings = HeadSettings(
            kind: head, labels: labels, suppression: suppression, classCount: numClasses, modelWidth: modelWidth, modelHeight: modelHeight)
        let made = try head.makeHead(self, settings)
        guard let scoreShifts else { return made }
        return try ShiftedHead(made, scoreShifts, labels: ownLabels ?? labels)
    }

    /// As the card has them, whatever is given instead; nil where they are in another file.
    private var ownLabels: Labels? {
        switch labels {
        case .names(let names): Labels(names: names)
        case .carried(let list): Labels(names: list.names)
        case .file, nil: nil
        }
    }
}

/// What convolutions and products with constants are computed in.
public enum CardPrecision: String, Sendable, Hashable, Codable, CaseIterable {
    case fp32, bf16, int8
}

/// How 256 levels stand for a value's numbers: (level − zero) · scale.
public struct CardLevel: Sendable, Hashable, Codable {
    public let scale: Float
    public let zero: UInt8

    public init(scale: Float, zero: UInt8) { (self.scale, self.zero) = (scale, zero) }
}

extension ModelCard: Codable {
    enum CodingKeys: String, CardKey {
        case head, input, labels, score, strides, decoded, activation, anchors, variances, priors, outputs, task, keypoints, precision,
            levels
        case scoreShifts = "score_shifts"
        case targetAgreement = "target_agreement"
        case nmsIoU = "nms_iou"
        case maxDetections = "max_detections"
        case topK = "top_k"
        case numClasses = "num_classes"
        case regMax = "reg_max"
        case cellOffset = "cell_offset"
        case l2Normalize = "l2_normalize"

        var expected: String {
            switch self {
            case .head: "one of " + HeadKind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            case .input: "an object with color, mean, std and resize"
            case .labels:
                "a list of names, \(CarriedLabels.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")), "
                    + "or the path of a text file with a name on each line"
            case .score, .nmsIoU: "a number from 0 to 1"
            case .scoreShifts:
                "an object from names of classes to what is added to their log-odds, from -20 to 20, such as {\"person\": -0.4}"
            case .targetAgreement: "a number from 0.5 to 1, such as 0.97"
            case .maxDetections, .topK, .numClasses: "a whole number above 0"
            case .strides: "a list of whole numbers above 0, such as [8, 16, 32]"
            case .regMax: "a whole number from 1 to 64, such as 7"
            case .cellOffset: "a number from 0 to 1, such as 0.5"
            case .decoded, .l2Normalize: "true or false"
            case .activation: "\"none\", \"sigmoid\" or \"softmax\": what is still to be applied to the scores"
            case .anchors: "a list of width, height pairs for each stride, such as [[10, 13, 16, 30, 33, 23], …]"
            case .variances: "two numbers above 0, such as [0.1, 0.2]"
            case .task: "\"detect\", \"segment\", \"pose\" or \"obb\": what the model was trained for"
            case .precision: "\"fp32\", \"bf16\" or \"int8\""
            case .levels:
                "an object from names of values to {\"scale\": …, \"zero\": …}, as 'tune' writes it; only with \"precision\": \"int8\""
            case .keypoints: "a list of names, one for each point, such as [\"nose\", \"tail\"]"
            case .priors: "a list of sides in pixels for each stride, such as [[10, 16, 24], [32, 48], …]"
            case .outputs: "an object from role to output name, such as {\"scores\": \"confidences\", \"boxes\": \"loc\"}"
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        let card = try CardReader<CodingKeys>(decoder)
        head = try card.required(.head)
        input = try card.required(.input)
        let share = { (value: Double) in (0...1).contains(value) }
        let count = { (value: Int) in (1...1_000_000).contains(value) }
        let sizes = { (lists: [[Double]]) in !lists.isEmpty && lists.joined().allSatisfy { $0.isFinite && $0 > 0 } }
        labels = try card.optional(.labels)
        score = try card.optional(.score, where: share)
        scoreShifts = try card.optional(.scoreShifts, where: { $0.values.allSatisfy { (-20...20).contains($0) } })
        nmsIoU = try card.optional(.nmsIoU, where: share)
        maxDetections = try card.optional(.maxDetections, where: count)
        topK = try card.optional(.topK, where: count)
        numClasses = try card.optional(.numClasses, where: count)
        strides = try card.optional(.strides, where: { !$0.isEmpty && $0.allSatisfy { (1...4096).contains($0) } })
        regMax = try card.optional(.regMax, where: { (1...64).contains($0) })
        cellOffset = try card.optional(.cellOffset, where: share)
        decoded = try card.optional(.decoded)
        activation = try card.optional(.activation)
        anchors = try card.optional(.anchors, where: { sizes($0) && $0.allSatisfy { $0.count.isMultiple(of: 2) } })
        variances = try card.optional(.variances, where: { $0.count == 2 && $0.allSatisfy { $0.isFinite && $0 > 0 } })
        priors = try card.optional(.priors, where: sizes)
        outputs = try card.optional(.outputs)
        l2Normalize = try card.optional(.l2Normalize)
        task = try card.optional(.task)
        keypoints = try card.optional(.keypoints, where: { !$0.isEmpty && $0.count <= 1024 })
        precision = try card.optional(.precision)
        levels = try card.optional(.levels, where: { levels in levels.values.allSatisfy { $0.scale > 0 && $0.scale.isFinite } })
        targetAgreement = try card.optional(.targetAgreement, where: { (0.5...1).contains($0) })
        if levels != nil, precision != .int8 { throw card.error(.levels) }
        let general: Set<CodingKeys> = [.head, .input, .precision, .levels, .targetAgreement]
        for key in CodingKeys.allCases where card.has(key) && !general.contains(key) && !head.keys.contains(key) {
            throw VisionError(.invalidCard, "'\(key.rawValue)' means nothing to head '\(head.rawValue)': remove it")
        }
    }
}

extension ModelCard {
    /// Reads a card; errors name the file, the key, and what to write there.
    public init(file path: String) throws(VisionError) {
        guard let bytes = readFile(path) else {
            throw VisionError(.invalidCard, "cannot read the model card \(path): \(String(cString: strerror(errno))); check the path")
        }
        try self.init(json: Data(bytes), name: path)
    }

    /// - Parameter name: what errors call the card.
    public init(json: Data, name: String = "card") throws(VisionError) {
        do { self = try JSONDecoder().decode(ModelCard.self, from: json) } catch let error as VisionError {
            throw VisionError(error.code, "\(name): \(error.message)", cause: error.cause)
        } catch {
            throw VisionError.notJSON(name, error, in: json)
        }
    }

    /// As it would stand in a file: keys sorted, floats short.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Encoding plain values cannot fail: no number in a card is infinite or undefined.
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }
}
