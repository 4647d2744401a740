import Models
import Inference
import Tensors
import Vision

/// What `inspect` says of a model: also of one that cannot be run, as far as it can be read.
public struct ModelReport: Sendable {
    public struct Port: Sendable {
        public let name: String
        public let elementType: String
        /// Extents as text; the name where the model leaves one open.
        public let dims: [String]
    }

    public let name: String
    public let sha256: String
    public let byteCount: Int
    public let opset: Int
    public let producer: String
    public let inputs: [Port]
    public let outputs: [Port]
    /// Operators by number of uses, the commonest first.
    public let operators: [(kind: String, count: Int)]
    public let parameters: Int
    /// Size that the layers were worked out for; nil when the model leaves it open and nothing says.
    public let inputSize: (width: Int, height: Int)?
    /// Empty when `inputSize` is nil.
    public let layers: [LayerSummary]
    /// Multiply-accumulates a frame.
    public let macs: Int
    /// The card in use, as JSON, and where it comes from; nil when `problem` says why not.
    public let card: (json: String, origin: String)?
    /// Why the model cannot be run as it is.
    public let problem: String?

    /// - Throws: `DeepVidError` when the file is no model that can be imported; the message names unsupported operators.
    public init(_ options: ModelOptions) throws(DeepVidError) {
        let file = try ModelFile(options.model)
        let model = try LoadedModel.importing(file)
        let graph = model.graph
        (name, sha256, byteCount) = (file.name, file.sha256, file.bytes.count)
        (opset, producer) = (model.opset, model.producer)
        inputs = graph.inputs.map { input in
            Port(
                name: input.name, elementType: input.elementType.rawValue,
                dims: input.dims.map { dim in
                    switch dim {
                    case .fixed(let extent): String(extent)
                    case .symbolic(let name): name.isEmpty ? "?" : name
                    }
                })
        }
        operators = Dictionary(grouping: graph.nodes, by: \.kind).map { (kind: $0.key, count: $0.value.count) }
            .sorted { ($1.count, $0.kind) < ($0.count, $1.kind) }
        parameters = graph.constants.values.reduce(0) { $0 + ($1.elementType == .float32 ? $1.shape.elementCount : 0) }

        var (card, problem): ((json: String, origin: String)?, String?)
        var planned: (plan: Plan, input: ModelInput)?
        do throws(DeepVidError) {
            let loaded = try LoadedModel(options, file, model)
            card = (loaded.card.json(), loaded.cardOrigin)
            planned = (loaded.plan, loaded.input)
        } catch {
            problem = error.message
            // Without a card or a head, the layers can still be told if the model itself says its size.
            planned = Self.plan(graph, file, options.inputSize)
        }
        (self.card, self.problem) = (card, problem)
        inputSize = planned.map { ($0.input.width, $0.input.height) }
        layers = planned?.plan.layers ?? []
        macs = planned?.plan.macs ?? 0
        let shapes = Dictionary(planned?.plan.outputs.map { ($0.name, $0) } ?? [], uniquingKeysWith: { $1 })
        outputs = graph.outputs.map { output in
            let known = shapes[output.name]
            return Port(
                name: output.name, elementType: known?.elementType.rawValue ?? "?", dims: known?.shape?.dims.map(String.init) ?? ["?"])
        }
    }

    private static func plan(
        _ graph: Graph, _ file: ModelFile, _ size: (width: Int, height: Int)?
    ) -> (plan: Plan, input: ModelInput)? {
        guard let input = try? ModelInput(of: graph, model: file.name, size: size, channels: nil),
            let plan = try? LoadedModel.planning(graph, input, file)
        else { return nil }
        return (plan, input)
    }
}
