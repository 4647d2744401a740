import Inference
import ONNXImport
import Tensors
import Vision

/// A model that is ready to be run: plan, card and head fit together, and were tried on its output shapes.
public struct LoadedModel: Sendable {
    public let profile: ModelProfile
    /// Shared with other models where the same is computed for several (`ModelSet`).
    package private(set) var plan: Plan
    /// Which of the plan's outputs are the model's.
    package private(set) var outputs: Range<Int>
    /// What the plan was made of; kept for being joined with others (`ModelOptions.keepsGraph`) and for being calibrated.
    private(set) var graph: TypedGraph?
    package let options: ModelOptions
    /// How its input follows the frames' shape; nil where it is of one size.
    private let shape: InputShape?
    package let input: ModelInput
    package let head: any Head
    /// What the head is asked for, by purpose.
    package let scores: ScoreThresholds

    public var name: String { profile.name }
    public var sha256: String { profile.sha256 }
    package var card: ModelCard { profile.card }
    package var labels: Labels { profile.labels }
    package var filter: ResultFilter { profile.filter }
    /// Least score of a reported object or class.
    package var score: Float { scores.reported }

    /// - Throws: `DeepVidError` saying what to do; nothing of the model has run yet.
    public init(_ options: ModelOptions) throws(DeepVidError) {
        let file = try ModelFile(options.model)
        try self.init(options, file, Self.importing(file, capacity: options.capacity.name))
    }

    package init(_ options: ModelOptions, _ file: ModelFile, _ model: ONNXModel) throws(DeepVidError) {
        try options.check()
        self.options = options
        let fitted = try FittedModel(options, file, model), found = fitted.found, input = fitted.input
        (plan, outputs) = (fitted.plan, fitted.plan.outputs.indices)
        graph = options.keepsGraph || fitted.precision == .int8 ? fitted.graph : nil
        var labels = try found.labels(options, file)

        var card = found.card
        try input.adapt(&card.input, of: file, isWritten: found.isWritten)
        card.score = options.score ?? card.score
        card.nmsIoU = options.nmsIoU ?? card.nmsIoU
        let topK = options.topK ?? card.topK
        // What --classes leaves out must not use up the places.
        card.topK = options.classes == nil ? topK : .max
        let final = card
        // What stretches or crops the picture shows it whatever its shape.
        shape = card.input.resize.isLetterbox ? fitted.shape : nil
        // Whoever chooses the head only has said nothing of the names, which the file has.
        if labels.names.isEmpty, options.head != nil, let names = fitted.names.map(Labels.init(names:)),
            (try? final.makeHead(labels: names, modelWidth: input.width, modelHeight: input.height).validate(fitted.outputs)) != nil
        {
            labels = names
        }
        let known = labels
        head = try vision(file) { () throws(VisionError) in
            do throws(VisionError) {
                let head = try final.makeHead(labels: known, modelWidth: input.width, modelHeight: input.height)
                try head.validate(fitted.outputs)
                if found.isWritten, known.names.isEmpty {
                    try final.checkFit(
                        fitted.outputs, classes: fitted.namedClasses, modelWidth: input.width, modelHeight: input.height)
                }
                return head
            } catch {
                throw fitted.advised(error)
            }
        }
        (self.input, scores) = (input, ScoreThresholds(reported: card.reportedScore))
        let count = final.classCount(fitted.outputs, labels: labels, modelWidth: input.width, modelHeight: input.height)
        var filtered = options
        // An embedding has no classes, and a map of depths neither: there is nothing to leave out.
        if ![.classification, .semantic].contains(card.head), !card.head.isDetector { filtered.classes = nil }
        let capacity = options.capacity.name
        profile = ModelProfile(
            name: file.name, sha256: file.sha256, card: card, labels: labels, width: input.width, height: input.height,
            classCount: count, filter: try ResultFilter(filtered, topK: topK, labels, of: file.name, count: count),
            cardOrigin: [found.origin, fitted.assumption].compactMap(\.self).joined(separator: "; "), capacity: capacity,
            precision: fitted.precision, lackedPrecision: fitted.lacked)
    }

    /// The model with other steps, of whose outputs those are its own. It is joined with no further ones.
    func running(_ plan: Plan, _ outputs: Range<Int>) -> LoadedModel {
        var model = self
        (model.plan, model.outputs, model.graph) = (plan, outputs, nil)
        return model
    }

    /// Whether its input takes the shape of the frames.
    package var followsFrames: Bool { shape != nil }

    /// What the model sees of such frames, in pixels.
    package func inputSize(for frame: (width: Int, height: Int)) -> (width: Int, height: Int) {
        guard let shape, frame.width > 0, frame.height > 0 else { return (input.width, input.height) }
        return shape.size(for: frame)
    }

    /// The model with an input in the shape of such frames; the same where its input is of one size, or is of this shape already.
    /// - Throws: what loading it throws; where the file is another one now.
    /// - Complexity: that of loading it.
    package func shaped(for frame: (width: Int, height: Int)) throws(DeepVidError) -> LoadedModel {
        let size = inputSize(for: frame)
        guard size != (input.width, input.height) else { return self }
        var options = options
        options.shapedSize = size
        let shaped = try LoadedModel(options)
        guard shaped.sha256 == sha256 else {
            throw DeepVidError(.unusableModel, "\(name): the file was changed while it was in use: start again")
        }
        return shaped
    }

    /// Its own outputs among those of a run, which has none where it was ended early.
    package func own(_ all: [NamedTensor]) -> [NamedTensor] {
        all.isEmpty || outputs.count == plan.outputs.count ? all : Array(all[outputs])
    }

    package var cardOrigin: String { profile.cardOrigin }

    /// Whether the first layer takes pixels itself, so that changed pixels can be followed through the layers.
    package var takesPixels: Bool { if case .spatial = plan.inputs[0].place { true } else { false } }

    /// One line for people.
    public var summary: String {
        let capacity = profile.capacity.map { ", capacity \($0)" } ?? ""
        let size =
            switch shape {
            case .pixels(let pixels): "of \(pixels) pixels in the frames' shape"
            case .cut(let width, let height, _): "up to \(width)x\(height) in the frames' shape"
            case nil: "\(input.width)x\(input.height)"
            }
        let precision = profile.precision == .fp32 ? "" : ", \(profile.precision.rawValue)"
        let lacked =
            profile.lackedPrecision.map {
                ", fp32 and not the card's \($0.rawValue): this CPU lacks the instructions (\($0.instructions))"
            } ?? ""
        return
            "\(name): input \(size) \(card.input.color.rawValue), head \(card.head.rawValue), card: \(cardOrigin)\(capacity)\(precision)\(lacked)"
    }

    /// - Parameter capacity: of those that the file holds; nil for its graph as it is.
    package static func importing(_ file: ModelFile, capacity: String? = nil) throws(DeepVidError) -> ONNXModel {
        do throws(ImportError) {
            return try ONNXModel.load(bytes: file.bytes, baseDirectory: file.folder, capacity: capacity)
        } catch {
            throw DeepVidError(.unusableModel, "\(file.name): \(error.description)", cause: error)
        }
    }

    package static func planning(
        _ graph: Graph, _ input: ModelInput, _ file: ModelFile, _ precision: Precision = .fp32, levels: [String: CardLevel]? = nil
    ) throws(DeepVidError) -> (plan: Plan, graph: TypedGraph) {
        do throws(InferenceError) {
            var typed = try TypedGraph(graph, inputShapes: [input.name: input.shape])
            typed.precision = precision
            typed.optimize()
            if precision == .int8, let levels { typed.use(levels.mapValues { ($0.scale, $0.zero) }) }
            return (try Plan(typed), typed)
        } catch {
            throw DeepVidError(.unusableModel, "\(file.name): \(error.description)\(Self.advice(error, graph, input))", cause: error)
        }
    }

    /// Networks that halve their input several times and join what comes of it want a size that can be halved so often.
    private static func advice(_ error: InferenceError, _ graph: Graph, _ input: ModelInput) -> String {
        let isOpen = graph.inputs.first?.dims.dropFirst(2).contains { if case .symbolic = $0 { true } else { false } } ?? false
        guard isOpen, error.code == .invalidGraph, !input.width.isMultiple(of: 32) || !input.height.isMultiple(of: 32) else { return "" }
        func next(_ extent: Int) -> Int { (extent + 31) / 32 * 32 }
        return "; its size \(input.width)x\(input.height) may not suit it: give a multiple of 32, such as "
            + "`inputSize` \(next(input.width))x\(next(input.height))"
    }
}

/// The least score that a head is asked for, 0…1, by what the answer is for.
package struct ScoreThresholds: Sendable {
    /// Of objects and classes that are reported.
    package let reported: Float
    /// Of what agreement is measured with: an object that only just misses the reported score is no disagreement (`Agreement`).
    package let audited: Float
    /// Of what reuse is careful about: no plausible error makes a reported object of what scores less.
    package let watched: Float
    /// Of what may still continue a track: ByteTrack's low threshold.
    package let tracked: Float

    /// Of what is compared by a rule.
    package func least(for rule: Agreement.Rule) -> Float { rule == .tracks ? min(audited, tracked) : audited }

    package init(reported: Double) {
        self.reported = Float(reported)
        audited = Float(reported * Double(Agreement.lenientShare))
        watched = Float(min(reported, 0.03))
        tracked = Float(min(reported, 0.1))
    }
}

/// What records and checks need to know of a model, or of a bundle of them, before anything is loaded.
public struct ModelProfile: Sendable {
    /// As the records name it.
    public let name: String
    /// Of the model file; of a bundle, of its manifest, which has those of all files.
    public let sha256: String
    /// With what the command line says on top.
    package let card: ModelCard
    package let labels: Labels
    /// Of the input, in pixels.
    package let width, height: Int
    /// Nil where it is not known.
    package let classCount: Int?
    package let filter: ResultFilter
    /// Where the card comes from: a path, or what the model was taken for and what was assumed.
    package let cardOrigin: String
    /// The one that was asked for by its name, of a model that has several; else nil.
    package let capacity: String?
    /// What it is computed in.
    package let precision: Precision
    /// What its card says instead, where this CPU lacks that.
    package let lackedPrecision: Precision?

    package init(
        name: String, sha256: String, card: ModelCard, labels: Labels, width: Int, height: Int, classCount: Int?, filter: ResultFilter,
        cardOrigin: String, capacity: String? = nil, precision: Precision = .fp32, lackedPrecision: Precision? = nil
    ) {
        (self.name, self.sha256, self.card, self.labels) = (name, sha256, card, labels)
        (self.width, self.height, self.classCount, self.filter, self.cardOrigin) = (width, height, classCount, filter, cardOrigin)
        (self.precision, self.lackedPrecision) = (precision, lackedPrecision)
        self.capacity = capacity
    }

    /// Least score of a reported object or class.
    package var score: Float { Float(card.reportedScore) }

    /// Whether it tells classes apart, and nobody has named them.
    package var lacksLabels: Bool {
        labels.names.isEmpty && (card.head.isDetector || card.head == .classification || card.head == .semantic)
    }
}
