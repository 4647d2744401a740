import Inference
import ONNXImport
import Tensors
import Vision

/// A model that is ready to be run: plan, card and head fit together, and were tried on its output shapes.
public struct LoadedModel: Sendable {
    public let name: String
    public let sha256: String
    package let plan: Plan
    package let input: ModelInput
    package let card: ModelCard
    package let labels: Labels
    package private(set) var head: any Head
    /// The same head down to three quarters of the score: what agreement is measured with.
    package let auditHead: any Head
    /// The same head down to scores that could become an object's: what reuse is careful about.
    package let watchHead: any Head
    /// The same head down to scores that can still continue a track.
    package let trackHead: any Head
    package let filter: ResultFilter
    package let cardOrigin: String

    /// - Throws: `DeepVidError` saying what to do; nothing of the model has run yet.
    public init(_ options: ModelOptions) throws(DeepVidError) {
        let file = try ModelFile(options.model)
        try self.init(options, file, Self.importing(file))
    }

    package init(_ options: ModelOptions, _ file: ModelFile, _ model: ONNXModel) throws(DeepVidError) {
        let written = try CardChoice.written(for: file, options)
        let size =
            options.inputSize ?? written.flatMap { card in card.card.input.width.flatMap { w in card.card.input.height.map { (w, $0) } } }
        let input = try ModelInput(of: model.graph, model: file.name, size: size, channels: written?.card.input.color.channels)
        plan = try Self.planning(model.graph, input, file, sharesMemory: !options.keepsActivations)
        let outputs = plan.outputs.map { TensorSignature($0.name, $0.shape?.dims ?? []) }
        let signature = TensorSignature(input.name, input.shape.dims)
        let choice = try CardChoice(for: file, written: written, options, inputs: [signature], outputs: outputs)

        var card = choice.card
        card.score = options.score ?? card.score
        card.nmsIoU = options.nmsIoU ?? card.nmsIoU
        let topK = options.topK ?? card.topK
        // What --classes leaves out must not use up the places.
        card.topK = options.classes == nil ? topK : .max
        let final = card
        func makeHead(_ card: ModelCard) throws(DeepVidError) -> any Head {
            try vision(file) { () throws(VisionError) in
                let head = try card.makeHead(labels: choice.labels, modelWidth: input.width, modelHeight: input.height)
                try head.validate(outputs)
                return head
            }
        }
        head = try makeHead(final)
        var lenient = final
        lenient.score = (final.score ?? final.head.defaults.score) * 0.75
        auditHead = try makeHead(lenient)
        lenient.score = min(final.score ?? final.head.defaults.score, Self.watchedScore)
        watchHead = try makeHead(lenient)
        lenient.score = min(final.score ?? final.head.defaults.score, Self.trackedScore)
        trackHead = try makeHead(lenient)
        filter = try ResultFilter(options, topK: topK, choice.labels)
        (name, sha256, self.input) = (file.name, file.sha256, input)
        (self.card, labels, cardOrigin) = (card, choice.labels, choice.origin)
    }

    /// No plausible change makes an object of what scores less.
    package static let watchedScore = 0.03

    /// A followed object may score as little as this (ByteTrack's low threshold).
    package static let trackedScore = 0.1

    /// Least score of a reported object.
    package var score: Float { Float(card.score ?? card.head.defaults.score) }

    /// The same model, whose answers go down to three quarters of the score: as agreement wants them.
    package var lenient: LoadedModel {
        var copy = self
        copy.head = auditHead
        return copy
    }

    /// For `--verbose`.
    public var summary: String {
        "\(name): input \(input.width)x\(input.height) \(card.input.color.rawValue), head \(card.head.rawValue), card: \(cardOrigin)"
    }

    package static func importing(_ file: ModelFile) throws(DeepVidError) -> ONNXModel {
        do throws(ImportError) {
            return try ONNXModel.load(bytes: file.bytes, baseDirectory: file.folder)
        } catch {
            throw DeepVidError(.unusableModel, "\(file.name): \(error.description)")
        }
    }

    package static func planning(
        _ graph: Graph, _ input: ModelInput, _ file: ModelFile, sharesMemory: Bool = true
    ) throws(DeepVidError) -> Plan {
        do throws(InferenceError) {
            return try Plan(graph, inputShapes: [input.name: input.shape], sharesMemory: sharesMemory)
        } catch {
            throw DeepVidError(.unusableModel, "\(file.name): \(error.description)")
        }
    }
}
