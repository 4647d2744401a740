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

    func checkAllInputs() throws(ImportError) {
        guard inputs.allSatisfy({ $0 != nil }) else { throw error(.invalidGraph, "one of its inputs is missing") }
    }

    /// A node of its own before this one; returns its output.
    func before(_ kind: String, _ op: any Operator, _ inputs: [ValueID?]) -> ValueID {
        let value = graph.fresh("\(context.name).\(kind)")
        graph.nodes.append(Node(name: "\(context.name).\(kind)", kind: kind, op: op, inputs: inputs, outputs: [value]))
        return value
    }

    /// The value of an input that does not depend on the graph's inputs.
    func constant(_ index: Int) -> Tensor? { input(index).flatMap { graph.constants[$0] } }

    /// Sets input `index` to a constant: how attributes of old opsets take their newest form.
    mutating func setInput(_ index: Int, _ name: String, _ tensor: Tensor) {
        while inputs.count <= index { inputs.append(nil) }
        let id = graph.fresh("\(context.name).\(name)")
        graph.setConstant(tensor, for: id)
        inputs[index] = id
    }

    mutating func setInput(_ index: Int, _ name: String, ints: [Int]) {
        setInput(index, name, Tensor([ints.count], ints.map { Int64($0) }))
    }

    /// An attribute with integers that newer opsets have as an (int64) input.
    mutating func moveToInput(_ index: Int, attribute name: String, required: Bool = false) throws(ImportError) {
        guard input(index) == nil else {
            throw error(.invalidGraph, "\(name) is an attribute in opset \(opset), but given as an input")
        }
        let values = try attributes.ints(name)
        guard values != nil || !required else { throw error(.invalidGraph, "\(name) is missing") }
        if let values { setInput(index, name, ints: values) }
    }

    /// An omitted optional input may also be written as a constant without elements (Resize-11 does).
    mutating func dropEmptyConstant(_ index: Int) {
        if let tensor = constant(index), tensor.shape.elementCount == 0 { inputs[index] = nil }
    }
}

/// Which node is being imported: what every error about it says.
struct NodeContext {
    let name: String
    let kind: String
    let domain: String
    /// Version of the node's own domain.
    let opset: Int
    let sets: OperatorSets

    init(_ node: ONNX_NodeProto, sets: OperatorSets) {
        name = Self.displayName(node)
        kind = node.opType
        domain = OperatorRegistry.isDefault(domain: node.domain) ? "ai.onnx" : node.domain
        opset = sets.version(of: domain)
        self.sets = sets
    }

    func error(_ code: ImportError.Code, _ message: String, cause: (any Error)? = nil) -> ImportError {
        ImportError(code, "\(kind): \(message)", node: name, domain: domain, opset: opset, cause: cause)
    }

    /// Nodes need no name in ONNX; then what they produce names them.
    static func displayName(_ node: ONNX_NodeProto) -> String {
        node.name.isEmpty ? "\(node.opType) of \(node.output.first { !$0.isEmpty } ?? "nothing")" : node.name
    }
}

/// The graph while it grows: hands out values by name and keeps every name defined once.
final class GraphBuilder {
    var nodes: [Node] = []
    private(set) var constants: [ValueID: Tensor] = [:]
    private(set) var names: [String] = []
    private var ids: [String: ValueID] = [:]
    /// ONNX's own type of a value where it is plain to see; CastLike needs it.
    var types: [ValueID: DataType] = [:]
    /// Where a subgraph finds what it does not define itself.
    private let outer: GraphBuilder?
    /// Outer values that a subgraph has read so far, and what stands for them here.
    private(set) var captures: [(outer: ValueID, inner: ValueID)] = []

    /// How many graphs lie around this one.
    let depth: Int

    init(inside outer: GraphBuilder? = nil) {
        self.outer = outer
        depth = outer.map { $0.depth + 1 } ?? 0
    }

    /// The value of that name, when it has been defined: here, or around a subgraph, whose value it then becomes.
    func value(named name: String) -> ValueID? {
        if let id = ids[name] { return id }
        guard let outer, let source = outer.value(named: name) else { return nil }
        let id = fresh(name)
        ids[name] = id
        types[id] = outer.types[source]
        if let constant = outer.constants[source] { constants[id] = constant } else { captures.append((source, id)) }
        return id
    }

    /// Whether the name is taken in this graph itself.
    func defines(_ name: String) -> Bool { ids[name] != nil }

    /// A new value. Nil when the name is taken.
    func define(_ name: String, type: DataType? = nil) -> ValueID? {
        guard ids[name] == nil else { return nil }
        let id = fresh(name)
        ids[name] = id
        types[id] = type
        return id
    }

    /// A value of the importer's own.
    func fresh(_ name: String) -> ValueID {
        names.append(name)
        return ValueID(index: names.count - 1)
    }

    func setConstant(_ tensor: Tensor, for id: ValueID, type: DataType? = nil) {
        constants[id] = tensor
        if let type { types[id] = type }
    }
}
