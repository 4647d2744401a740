import Inference
import Models
import ONNXImport
import Tensors
import Vision

/// What `inspect` says of a model: also of one that cannot be run, as far as it can be read.
public struct ModelReport: Sendable {
    /// An input or output of the model.
    public struct Port: Sendable {
        /// As the file has it.
        public let name: String
        /// Such as `float32`.
        public let elementType: String
        /// Extents as text; the name where the model leaves one open.
        public let dims: [String]
    }

    /// File name, or `embedded`.
    public let name: String
    /// Of the file's bytes, in hexadecimal.
    public let sha256: String
    /// Size of the file, without weights that lie in others.
    public let byteCount: Int
    /// Version of ONNX's own operators that the file asks for.
    public let opset: Int
    /// What wrote the file, as it says; empty where it does not.
    public let producer: String
    /// In the file's order.
    public let inputs: [Port]
    /// In the file's order; with extents where the layers were worked out.
    public let outputs: [Port]
    /// Operators by number of uses, the commonest first.
    public let operators: [(kind: String, count: Int)]
    /// Those of them that are not supported, and that the outputs depend on.
    public let missing: [ModelOutline.MissingOperator]
    /// Numbers in the file's weights.
    public let parameters: Int
    /// Of a model that holds several, what each promises, the largest first; else empty.
    public let capacities: [(name: String, accuracy: Double)]
    /// Size that the layers were worked out for; nil when the model leaves it open and nothing says.
    public let inputSize: (width: Int, height: Int)?
    /// What is computed, step by step; empty when `inputSize` is nil.
    public let layers: [LayerSummary]
    /// Multiply-accumulates a frame.
    public let macs: Int
    /// Nil when `inputSize` is, or where the model cannot be run.
    let plan: Plan?
    /// The card in use, as JSON, and where it comes from; nil when `problem` says why not.
    public let card: (json: String, origin: String)?
    /// Why the model cannot be run as it is.
    public let problem: String?

    /// - Throws: `DeepVidError` when the file is no ONNX model.
    public init(_ options: ModelOptions) throws(DeepVidError) {
        let file = try ModelFile(options.model)
        let outline: ModelOutline
        do throws(ImportError) { outline = try ModelOutline(bytes: file.bytes) } catch {
            throw DeepVidError(.unusableModel, "\(file.name): \(error.description)", cause: error)
        }
        (name, sha256, byteCount) = (file.name, file.sha256, file.bytes.count)
        (opset, producer, parameters) = (outline.opset, outline.producer, outline.parameters)
        (operators, missing) = (outline.operators, outline.missing)

        var (card, problem): ((json: String, origin: String)?, String?)
        var planned: (plan: Plan, input: ModelInput)?, known: [(name: String, accuracy: Double)] = []
        do throws(DeepVidError) {
            let model = try LoadedModel.importing(file)
            do throws(ImportError) { known = try model.capacities()?.all.map { ($0.name, $0.accuracy) } ?? [] } catch {
                throw DeepVidError(.unusableModel, "\(file.name): \(error.description)", cause: error)
            }
            do throws(DeepVidError) {
                let loaded = try LoadedModel(options, file, model)
                card = (loaded.card.json(), loaded.cardOrigin)
                planned = (loaded.plan, loaded.input)
            } catch {
                problem = error.message
                // Without a card or a head, the layers can still be told if the model itself says its size.
                planned = Self.plan(model.graph, file, options.inputSize)
            }
        } catch {
            problem = error.message
        }
        (self.card, self.problem, capacities) = (card, problem, known)
        inputSize = planned.map { ($0.input.width, $0.input.height) }
        layers = planned?.plan.layers ?? []
        (macs, plan) = (planned?.plan.macs ?? 0, planned?.plan)
        let shapes = Dictionary(planned?.plan.outputs.map { ($0.name, $0.shape) } ?? [], uniquingKeysWith: { $1 })
        func port(_ port: ModelOutline.Port, _ shape: Shape? = nil) -> Port {
            Port(name: port.name, elementType: port.elementType ?? "?", dims: shape?.dims.map(String.init) ?? port.dims ?? ["?"])
        }
        inputs = outline.inputs.map { port($0) }
        outputs = outline.outputs.map { port($0, shapes[$0.name] ?? nil) }
    }

    private static func plan(
        _ graph: Graph, _ file: ModelFile, _ size: (width: Int, height: Int)?
    ) -> (plan: Plan, input: ModelInput)? {
        let graph = PictureGraph(graph)
        guard let input = try? ModelInput(of: graph, model: file.name, size: size, channels: nil),
            let plan = (try? LoadedModel.planning(graph.graph(for: input), input, file))?.plan
        else { return nil }
        return (plan, input)
    }
}
