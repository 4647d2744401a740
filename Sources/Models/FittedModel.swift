import Inference
import ONNXImport
import Vision

/// A model at one input size: its plan, and the card that its outputs are read by.
struct FittedModel {
    let input: ModelInput
    let plan: Plan
    /// What the plan was made of.
    let graph: TypedGraph
    let outputs: [TensorSignature]
    let found: WrittenCard
    /// How many classes the file has names or numbers for, and the names; nil where it has none.
    let namedClasses: Int?
    let names: [String]?
    /// What the plan is computed in, and what the card says instead where this CPU lacks it.
    let precision: Precision
    let lacked: Precision?
    /// The head that the model is recognised to have where another was chosen; nil where none was, or it is not recognised.
    let recognized: HeadKind?
    /// What was assumed of the input besides the card; nil where everything was said.
    private(set) var assumption: String?
    /// Where the file leaves the size open and nobody gave one: how the input follows the frames' shape, if it does.
    let shape: InputShape?

    /// What is assumed where neither options, card nor file say a size. Pixels.
    private enum AssumedSide {
        /// Ultralytics', PaddleDetection's and RT-DETR's usual one; a multiple of every common stride.
        static let detector = 640
        /// torchvision's and timm's usual one.
        static let wholeFrame = 224
    }

    /// - Throws: where the model leaves its size open, no size suits that is usual for such a model.
    init(_ options: ModelOptions, _ file: ModelFile, _ model: ONNXModel) throws(DeepVidError) {
        let written = try WrittenCard(for: file, options)
        let ultralytics = UltralyticsMetadata(model.metadata)
        do throws(DeepVidError) {
            let size = options.inputSize ?? options.shapedSize ?? written?.inputSize
            try self.init(options, file, model, written, ultralytics, size: size, usualSize: ultralytics?.imageSize)
        } catch  where error.code == .sizeNeeded {
            try self.init(assumingSizeOf: model, options, file, written, ultralytics)
        }
    }

    /// What to do about a head that does not fit: nothing has to be said of a model that is recognised.
    func advised(_ error: VisionError) -> VisionError {
        guard error.code == .unexpectedOutput, let recognized, recognized != found.card.head else { return error }
        return VisionError(error.code, "\(error.message); leave `head` out, or use '\(recognized.rawValue)'", cause: error.cause)
    }

    /// Which kind a model is shows only once its outputs have shapes, hence a second try.
    private init(
        assumingSizeOf model: ONNXModel, _ options: ModelOptions, _ file: ModelFile, _ written: WrittenCard?,
        _ ultralytics: UltralyticsMetadata?
    ) throws(DeepVidError) {
        func fit(_ side: Int) -> Result<FittedModel, DeepVidError> {
            Result { () throws(DeepVidError) in
                var fitted = try FittedModel(options, file, model, written, ultralytics, size: nil, usualSize: (side, side))
                fitted.assumption = "input size left open, \(fitted.input.width)x\(fitted.input.height) assumed (--input-size)"
                return fitted
            }
        }
        let first = fit(AssumedSide.detector)
        if let head = try? first.get().found.card.head, ![.classification, .embedding].contains(head) {
            self = try first.get()
        } else if let second = try? fit(AssumedSide.wholeFrame).get() {
            self = second
        } else {
            self = try first.get()
        }
    }

    private init(
        _ options: ModelOptions, _ file: ModelFile, _ model: ONNXModel, _ written: WrittenCard?, _ ultralytics: UltralyticsMetadata?,
        size: (width: Int, height: Int)?, usualSize: (width: Int, height: Int)?
    ) throws(DeepVidError) {
        let picture = PictureGraph(model.graph)
        input = try ModelInput(
            of: picture, model: file.name, size: size, usualSize: usualSize, channels: written?.card.input.color.channels)
        let wanted = options.precision ?? written.flatMap(\.precision) ?? .fp32
        (precision, lacked) = wanted.isAvailable ? (wanted, nil) : (.fp32, wanted)
        (plan, graph) = try LoadedModel.planning(picture.graph(for: input), input, file, precision, levels: written?.card.levels)
        outputs = plan.outputs.map { TensorSignature($0) }
        let wishes = written?.card.input.pixels.map { InputShape.pixels($0) } ?? ultralytics?.shape
        let isGiven = options.inputSize != nil || written?.card.input.width != nil || written?.card.input.height != nil
        shape = input.isOpen && !isGiven ? wishes : nil
        let signature = TensorSignature(input.name, input.shape.dims)
        let said = MetadataLabels.names(in: model.metadata)
        (namedClasses, names) = (said?.count, ultralytics == nil ? said : ultralytics?.names)
        recognized =
            options.head == nil
            ? nil
            : (try? KnownModels.find(
                inputs: [signature], outputs: outputs, metadata: model.metadata, ultralytics: ultralytics, hints: picture.hints))?.card.head
        found =
            if let written { written } else {
                try WrittenCard(
                    recognizing: file, [signature], outputs, model.metadata, ultralytics, picture.hints, labelsFile: options.labels)
            }
    }
}
