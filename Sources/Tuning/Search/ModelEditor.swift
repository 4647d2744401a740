import DeepVid
import FoundationEssentials
import Inference
import Models
import ONNXImport
import Tensors
import Video
import Vision

/// Makes models, one for each combination. What belongs to an input size is made once: calibration takes longer than all that is done with it.
final class ModelEditor {
    let original: LoadedModel
    private let network: Network
    private let graph: Graph
    /// Whether the file takes its picture with the channels last.
    private let isChannelsLast: Bool
    private let card: ModelCard
    private let frames: [Frame]
    private let threads: Int
    private let isStopped: () -> Bool
    private var sized: [[Int]: Sized] = [:]
    /// With thinner layers, in floats.
    private var thinned: [Combination: Network] = [:]
    /// Of those in whole numbers that were made so far.
    private var levels: [Combination: [String: CardLevel]] = [:]

    /// The untouched classifier's scores of the frames, before they are made probabilities; found when first needed.
    private var wantedScores: [[Float]]?

    /// Frames that levels are found on: four runs each.
    private static let levelFrames = 24

    /// A model that a combination makes, and its file.
    struct Product {
        let bytes: Data
        let model: LoadedModel
        let card: ModelCard

        /// What it holds while it runs: activations, and weights as large as in the file.
        var memoryBytes: Int { model.plan.activationBytes + bytes.count }
    }

    /// The network at an input size, with what may be done to its layers.
    private final class Sized {
        let network: Network
        let model: LoadedModel
        var calibration: Calibration?
        var costs: LayerCosts?
        lazy var pruning = ChannelPruning(network, calibration!, costs!)
        lazy var lowRank = LowRank(network, calibration!, costs!)

        init(_ network: Network, _ model: LoadedModel) { (self.network, self.model) = (network, model) }
    }

    /// - Parameters:
    ///   - options: as `infer` has them.
    ///   - frames: that layers are fitted on.
    /// - Throws: for a model that cannot be tuned, saying why.
    init(_ options: ModelOptions, threads: Int) throws(DeepVidError) {
        let file = try ModelFile(options.model)
        // Precision is among what is tried: what agreement is measured with is in floats, whatever the card says.
        var exact = options
        exact.precision = .fp32
        original = try LoadedModel(exact)
        guard original.takesPixels, original.input.elementType == .float32 else {
            throw DeepVidError(
                .unsupportedModel,
                "\(file.name): its first layer is none over pictures of 32-bit floats; 'tune' changes the layers of such models only")
        }
        do throws(ImportError) {
            network = Network(try ONNXFile(bytes: file.bytes, baseDirectory: file.folder))
        } catch { throw DeepVidError(.unusableModel, "\(file.name): \(error.description)", cause: error) }
        let model = try LoadedModel.importing(file), picture = PictureGraph(model.graph)
        let name = original.input.name
        isChannelsLast = model.graph.inputs.first { $0.name == name }?.dims != picture.graph(for: original.input).inputs[0].dims
        graph = picture.graph(for: original.input)
        var card = original.card
        if case .carried = card.labels {} else if !original.labels.names.isEmpty { card.labels = .names(original.labels.names) }
        (card.precision, card.levels, card.targetAgreement) = (nil, nil, nil)
        self.card = card
        self.threads = threads
        (frames, isStopped) = ([], { false })
    }

    private init(_ other: ModelEditor, _ frames: [Frame], _ isStopped: @escaping () -> Bool) {
        (original, network, graph, isChannelsLast) = (other.original, other.network, other.graph, other.isChannelsLast)
        (card, threads, self.frames, self.isStopped) = (other.card, other.threads, frames, isStopped)
    }

    /// The same of the model as it runs over such frames.
    func shaped(for frame: (width: Int, height: Int)) throws(DeepVidError) -> ModelEditor {
        guard original.followsFrames else { return self }
        return try ModelEditor(original.shaped(for: frame).options, threads: threads)
    }

    /// The same with frames to fit layers on.
    func fitting(on frames: [Frame], isStopped: @escaping () -> Bool) -> ModelEditor { ModelEditor(self, frames, isStopped) }

    /// The combination that changes nothing.
    var nothing: Combination { Combination(width: original.input.width, height: original.input.height) }

    /// - Parameter score: least score of a reported object, for its card; nil keeps the untouched model's.
    /// - Throws: where the model cannot have such a size.
    func make(_ combination: Combination, score: Double? = nil) throws(DeepVidError) -> Product {
        let sized = try sized(combination)
        var network = sized.network
        if combination.pruning > 0 || combination.lowRank > 0 { network = try thinned(combination, sized) }
        let made = try load(network, combination, score: score)
        guard combination != nothing, card.head == .classification, try fitLastLayer(of: &network, made.model) else { return made }
        return try load(network, combination, score: score)
    }

    /// The network with thinner layers, each fitted to what it made in the untouched one.
    private func thinned(_ combination: Combination, _ sized: Sized) throws(DeepVidError) -> Network {
        var own = combination
        own.precision = .fp32
        if let known = thinned[own] { return known }
        try calibrate(sized)
        var network = sized.network
        let losses = own.pruning > 0 ? sized.pruning.apply(own.pruning, to: &network) : ChannelPruning.Losses()
        if own.lowRank > 0 { sized.lowRank.apply(own.lowRank, to: &network, except: losses.nodes) }
        let reconstruction = Reconstruction(of: network, from: sized.network, losses)
        for step in reconstruction.steps where !isStopped() {
            let before = try values(of: [step.wanted], in: sized.network, sized.model)
            _ = reconstruction.fit(step, before, try values(of: step.read, in: network, sized.model), to: &network)
        }
        if !isStopped() { thinned[own] = network }
        return network
    }

    /// Fits a classifier's last layer to the untouched model's scores.
    ///
    /// - Parameter model: the network, loaded.
    /// - Returns: whether there is such a layer.
    private func fitLastLayer(of network: inout Network, _ model: LoadedModel) throws(DeepVidError) -> Bool {
        guard original.plan.outputs.count == 1, let layer = LastLayer(network, output: original.plan.outputs[0].name),
            let own = LastLayer(self.network, output: original.plan.outputs[0].name)
        else { return false }
        func elements(_ name: String, _ network: Network, _ model: LoadedModel) throws(DeepVidError) -> [[Float]] {
            try values(of: [name], in: network, model).map { $0[name]?.elements() ?? [] }
        }
        if wantedScores == nil { wantedScores = try elements(own.scores, self.network, original) }
        layer.fit(try elements(layer.features, network, model), wantedScores!, to: &network)
        return true
    }

    /// What a network computes for each of the frames, by name.
    ///
    /// - Parameter model: of its input's size, and in the precision that it is to be computed in.
    private func values(of names: Set<String>, in network: Network, _ model: LoadedModel) throws(DeepVidError) -> [[String: Tensor]] {
        var watched = declaring(model.input.width, model.input.height, network)
        watched.giveOut(only: names.sorted())
        let file = ModelFile(name: model.name, bytes: try watched.bytes(), sha256: "")
        let picture = PictureGraph(try LoadedModel.importing(file).graph)
        let plan = try LoadedModel.planning(
            picture.graph(for: model.input), model.input, file, model.profile.precision, levels: model.card.levels
        ).plan
        let session = Session(plan, threads: threads), preparer = try FramePreparer(model.profile)
        let normalization = model.card.input.normalization
        var all: [[String: Tensor]] = []
        for frame in frames where !isStopped() {
            let pixels = try preparer.prepare(frame).pixels
            do throws(InferenceError) {
                let outputs = try session.run(
                    pixels: pixels.base, rowBytes: pixels.rowBytes, scale: normalization.scale, bias: normalization.bias)
                all.append(Dictionary(uniqueKeysWithValues: zip(plan.outputs.map(\.name), outputs)))
            } catch { throw DeepVidError(.modelFailed, "\(model.name): \(error.description)", cause: error) }
        }
        return all
    }

    /// What a technique saves at a price at the model's own size, as a share of its time.
    func saving(_ technique: Technique, _ price: Double) throws(DeepVidError) -> Double {
        let sized = try sized(nothing)
        try calibrate(sized)
        return switch technique {
        case .inputSize: 0
        case .channelPruning: sized.pruning.saving(price)
        case .lowRank: sized.lowRank.saving(price)
        case .precision: 0
        }
    }

    private func sized(_ combination: Combination) throws(DeepVidError) -> Sized {
        if let known = sized[[combination.width, combination.height]] { return known }
        var network = network
        try InputSize.apply(combination.width, combination.height, to: &network, graph, original.input, model: original.name)
        let plain = Combination(width: combination.width, height: combination.height)
        let made = Sized(
            network,
            combination.width == original.input.width && combination.height == original.input.height
                ? original : try load(network, plain).model)
        sized[[combination.width, combination.height]] = made
        return made
    }

    private func calibrate(_ sized: Sized) throws(DeepVidError) {
        guard sized.calibration == nil else { return }
        sized.costs = try LayerCosts(sized.network, sized.model, threads: threads)
        sized.calibration = try Calibration(
            declaring(sized.model.input.width, sized.model.input.height, sized.network), sized.model, frames, threads: threads,
            isStopped: isStopped)
    }

    private func declaring(_ width: Int, _ height: Int, _ network: Network) -> Network {
        var network = network
        let channels = original.input.channels
        network.declare(input: original.input.name, dims: isChannelsLast ? [1, height, width, channels] : [1, channels, height, width])
        return network
    }

    /// Some of the frames, as a model sees them.
    private func pictures(for model: LoadedModel) throws(DeepVidError) -> [PixelBuffer] {
        let preparer = try FramePreparer(model.profile), every = max(1, frames.count / Self.levelFrames)
        var pictures: [PixelBuffer] = []
        for index in stride(from: 0, to: frames.count, by: every) where !isStopped() {
            pictures.append(try preparer.prepare(frames[index], into: preparer.makeBuffers()).pixels)
        }
        return pictures
    }

    private func load(_ network: Network, _ combination: Combination, score: Double? = nil) throws(DeepVidError) -> Product {
        var network = declaring(combination.width, combination.height, network), card = card
        (card.input.width, card.input.height, card.input.pixels) = (combination.width, combination.height, nil)
        if let score, card.head.isDetector { card.score = score }
        if let crop = card.input.cropResize {
            // As much of the picture as before.
            card.input.cropResize = max(1, Int((Double(crop) * Double(combination.width) / Double(original.input.width)).rounded()))
        }
        if combination.precision != .fp32 { card.precision = CardPrecision(rawValue: combination.precision.rawValue) }
        card.levels = levels[combination]
        let file = ModelFile(name: original.name, bytes: try network.bytes(), sha256: "")
        func loaded() throws(DeepVidError) -> LoadedModel {
            var options = ModelOptions()
            options.bundleCard = card
            return try LoadedModel(options, file, try LoadedModel.importing(file))
        }
        var model = try loaded()
        if model.wantsCalibration {
            card.levels = try model.levels(on: pictures(for: model), threads: threads)
            levels[combination] = card.levels
            model = try loaded()
        }
        // What shapes the outputs have, the plan tells: nothing of what is computed depends on it.
        for output in model.plan.outputs { network.declare(output: output.name, dims: output.shape?.dims) }
        return Product(bytes: try network.bytes(), model: model, card: card)
    }
}
