import Inference
import Tensors
import Vision

/// Runs a graph node by node with the operators' reference kernels. Slow: stands in until the engine's session lands.
struct InterpretedRunner: ModelRunner {
    private let typed: TypedGraph
    private let input: ModelInput
    private let normalization: Normalization

    init(_ model: LoadedModel) throws(PipelineError) {
        do throws(InferenceError) {
            typed = try TypedGraph(model.graph, inputShapes: [model.input.name: model.input.shape])
        } catch {
            throw PipelineError(code: "unusable_model", "\(model.name): \(error.description)")
        }
        (input, normalization) = (model.input, model.card.input.normalization)
    }

    mutating func run(_ picture: PixelBuffer) throws(PipelineError) -> [NamedTensor] {
        var values: [ValueID: Tensor] = [:]
        values[typed.graph.inputs[0].value] = tensor(of: picture)
        func value(_ id: ValueID) -> Tensor? { values[id] ?? typed[id]?.constant }
        for node in typed.graph.nodes {
            do throws(OperatorError) {
                let results = try node.op.evaluate(node.inputs.map { $0.flatMap(value) })
                for (id, result) in zip(node.outputs, results) { if let id { values[id] = result } }
            } catch {
                throw PipelineError(code: "model_failed", "node '\(node.name)': \(error)")
            }
        }
        return typed.graph.outputs.compactMap { output in value(output.value).map { NamedTensor(output.name, $0) } }
    }

    private func tensor(of picture: PixelBuffer) -> Tensor {
        Tensor(input.shape, of: Float.self) { floats in
            for channel in 0..<input.channels {
                for y in 0..<input.height {
                    let (row, start) = (picture.row(y), (channel * input.height + y) * input.width)
                    for x in 0..<input.width {
                        floats[start + x] = normalization.apply(row[x * input.channels + channel], channel: channel)
                    }
                }
            }
        }
    }
}
