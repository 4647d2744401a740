import Inference
import ONNXProto
import Tensors

/// One node on its way into the graph: what an operator's importer sees and may rewrite.
struct NodeImport {
    let context: NodeContext
    var attributes: Attributes
    var inputs: [ValueID?]
    /// Nil where the model leaves the output out, or nobody reads it (never for output 0).
    var outputs: [ValueID?]
    /// Outputs that the model names, whether read or not.
    let namedOutputCount: Int
    let graph: GraphBuilder

    var opset: Int { context.opset }

    func error(_ code: ImportError.Code, _ message: String) -> ImportError { context.error(code, message) }

    func input(_ index: Int) -> ValueID? { index < inputs.count ? inputs[index] : nil }

    func wants(output index: Int) -> Bool { index < outputs.count && outputs[index] != nil }

    /// The value of an input that does not depend on the graph's inputs.
    func constant(_ index: Int) -> Tensor? { input(index).flatMap { graph.constants[$0] } }

    /// Sets input `index` to a constant, or to nothing: how attributes of old opsets take their newest form.
    mutating func setInput(_ index: Int, _ name: String, _ tensor: Tensor?) {
        while inputs.count <= index { inputs.append(nil) }
        inputs[index] = tensor.map { tensor in
            let id = graph.fresh("\(context.name).\(name)")
            graph.setConstant(tensor, for: id)
            return id
        }
    }

    mutating func setInput(_ index: Int, _ name: String, ints: [Int]?) {
        setInput(index, name, ints.map { Tensor([$0.count], $0.map { Int64($0) }) })
    }

    /// An omitted optional input may also be written as a constant without elements (Resize-11 does).
    mutating func dropEmptyConstant(_ index: Int) {
        if let tensor = constant(index), tensor.shape.elementCount == 0 { inputs[index] = nil }
    }
}
