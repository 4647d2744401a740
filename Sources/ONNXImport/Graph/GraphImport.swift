import Inference
import ONNXProto
import Tensors

/// `GraphProto` → `Graph`.
struct GraphImport {
    let sets: OperatorSets
    let weights: WeightReader
    var builder = GraphBuilder()
    /// Names that some node reads or the graph gives out.
    var readNames: Set<String> = []
    /// Inputs of a body, whose types and shapes follow from what is handed in.
    var bodyInputs: [ValueID] = []

    mutating func graph(of model: inout ONNX_ModelProto) throws(ImportError) -> Graph {
        var graph = model.graph
        model.clearGraph()
        return try self.graph(of: &graph)
    }

    /// A graph inside of a node in the graph that `outer` builds. Its parameters are its `inputCount` inputs, then what stands for the outer
    /// values that it reads, which are returned too.
    static func subgraph(
        _ proto: ONNX_GraphProto, inputCount: Int = 0, sets: OperatorSets, weights: WeightReader, inside outer: GraphBuilder
    ) throws(ImportError) -> (graph: Subgraph, captures: [ValueID]) {
        guard outer.depth < NodeReads.deepestNesting else {
            throw ImportError(.invalidGraph, "graphs lie more than \(NodeReads.deepestNesting) deep in each other")
        }
        var (proto, importer) = (proto, GraphImport(sets: sets, weights: weights, builder: GraphBuilder(inside: outer)))
        let graph = try importer.graph(of: &proto)
        let inputs = importer.bodyInputs
        guard inputs.count == inputCount else {
            throw ImportError(.invalidGraph, "the graph inside has \(inputs.count) inputs instead of \(inputCount)")
        }
        let captures = importer.builder.captures
        let subgraph = Subgraph(
            nodes: graph.nodes, constants: graph.constants, parameters: inputs + captures.map(\.inner), outputs: graph.outputs.map(\.value),
            valueNames: graph.valueNames)
        return (subgraph, captures.map(\.outer))
    }

    /// Takes the weights out of `graph` one by one as it converts them, so that they are not in memory twice.
    private mutating func graph(of graph: inout ONNX_GraphProto) throws(ImportError) -> Graph {
        let nodes = try sets.functions.inlined(graph.node, sets: sets)
        let reads = nodes.map(NodeReads.names)
        let live = NodeReads.live(nodes, reads, outputs: graph.output.map(\.name))
        try OperatorRegistry.checkAllSupported(nodes.indices.filter { live[$0] }.map { nodes[$0] }, sets: sets)
        guard graph.sparseInitializer.isEmpty else {
            throw ImportError(.unsupportedType, "the model has sparse weights: export it with dense ones")
        }
        for index in nodes.indices where live[index] { readNames.formUnion(reads[index]) }
        for output in graph.output { readNames.insert(output.name) }

        var initializers = graph.initializer
        graph.initializer = []
        let inputs = try importInputs(graph.input, initializers: try importInitializers(&initializers))
        let producers = try producers(of: nodes)
        try checkInputsExist(nodes, producers: producers)
        for index in try TopologicalSort.order(nodes, reads: reads, producers: producers) where live[index] { try importNode(nodes[index]) }

        return Graph(
            inputs: inputs, outputs: try outputs(graph.output), nodes: builder.nodes, constants: builder.constants,
            valueNames: builder.names)
    }

    /// Returns the names.
    private func importInitializers(_ initializers: inout [ONNX_TensorProto]) throws(ImportError) -> Set<String> {
        var names: Set<String> = []
        for index in initializers.indices {
            let name = initializers[index].name
            names.insert(name)
            guard let id = builder.define(name, type: DataType(initializers[index].dataType)) else {
                throw ImportError(.invalidGraph, "weight '\(name)' is there twice")
            }
            // What nothing reads need not be of a type that the engine has.
            guard readNames.contains(name) else { continue }
            builder.setConstant(try weights.tensor(initializers[index]), for: id)
            initializers[index] = ONNX_TensorProto()
        }
        return names
    }

    private mutating func importInputs(_ inputs: [ONNX_ValueInfoProto], initializers: Set<String>) throws(ImportError) -> [InputDeclaration]
    {
        var declarations: [InputDeclaration] = []
        // Before IR version 4 weights were listed among the inputs, as defaults; they stay weights.
        for input in inputs where !initializers.contains(input.name) {
            guard !input.name.isEmpty, let id = builder.define(input.name, type: Self.type(of: input)) else {
                throw ImportError(.invalidGraph, "graph input '\(input.name)' is there twice or has no name")
            }
            guard builder.depth == 0 else {
                bodyInputs.append(id)
                continue
            }
            declarations.append(try InputImport.declaration(of: input, value: id))
        }
        return declarations
    }

    private static func type(of input: ONNX_ValueInfoProto) -> DataType? {
        input.type.tensorType.hasElemType ? DataType(input.type.tensorType.elemType) : nil
    }

    /// Which node makes each value; every value has one maker.
    private func producers(of nodes: [ONNX_NodeProto]) throws(ImportError) -> [String: Int] {
        var producers: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for output in node.output where !output.isEmpty {
                let taken = builder.defines(output) ? "is an input or a weight already" : "is produced twice"
                guard !builder.defines(output), producers.updateValue(index, forKey: output) == nil else {
                    throw NodeContext(node, sets: sets).error(.invalidGraph, "its output '\(output)' \(taken)")
                }
            }
        }
        return producers
    }

    private func checkInputsExist(_ nodes: [ONNX_NodeProto], producers: [String: Int]) throws(ImportError) {
        for node in nodes {
            for input in node.input where !input.isEmpty && producers[input] == nil && builder.value(named: input) == nil {
                throw NodeContext(node, sets: sets).error(.invalidGraph, "it reads '\(input)', which nothing produces")
            }
        }
    }

    private func importNode(_ proto: ONNX_NodeProto) throws(ImportError) {
        let context = NodeContext(proto, sets: sets)
        let entry = try OperatorRegistry.entry(for: context)
        var inputs: [ValueID?] = proto.input.map { $0.isEmpty ? nil : builder.value(named: $0) }
        while let last = inputs.last, last == nil { inputs.removeLast() }
        try entry.checkCounts(inputs, outputs: proto.output, context)

        var outputs: [ValueID?] = []
        for (index, name) in proto.output.enumerated() {
            let id = name.isEmpty ? nil : builder.define(name)
            outputs.append(index == 0 || readNames.contains(name) ? id : nil)
        }
        var node = NodeImport(
            context: context, attributes: try Attributes(proto, context, weights: weights), inputs: inputs, outputs: outputs,
            namedOutputCount: proto.output.count { !$0.isEmpty }, graph: builder)
        let op = try entry.build(&node)
        try node.attributes.checkAllRead()
        guard let op else { return }
        builder.nodes.append(Node(name: context.name, kind: context.kind, op: op, inputs: node.inputs, outputs: node.outputs))
    }

    private func outputs(_ outputs: [ONNX_ValueInfoProto]) throws(ImportError) -> [(name: String, value: ValueID)] {
        guard !outputs.isEmpty else { throw ImportError(.invalidGraph, "the graph has no outputs") }
        var seen: Set<String> = []
        return try outputs.map { output throws(ImportError) in
            guard let id = builder.value(named: output.name) else {
                throw ImportError(.invalidGraph, "nothing produces the graph output '\(output.name)'")
            }
            guard seen.insert(output.name).inserted else {
                throw ImportError(.invalidGraph, "the graph output '\(output.name)' is listed twice")
            }
            return (output.name, id)
        }
    }
}

/// What a model declares of an input.
enum InputImport {
    static func declaration(of input: ONNX_ValueInfoProto, value: ValueID) throws(ImportError) -> InputDeclaration {
        guard case .tensorType(let tensor) = input.type.value else {
            throw ImportError(.unsupportedType, "graph input '\(input.name)' is not a tensor")
        }
        let type = DataType(tensor.elemType)
        guard let elementType = type.elementType else {
            throw ImportError(
                .unsupportedType, "graph input '\(input.name)' has elements of type \(type.name), which the engine does not compute in")
        }
        guard tensor.hasShape else {
            throw ImportError(
                .invalidGraph, "graph input '\(input.name)' declares no shape: export it with one (unknown extents may be symbolic)")
        }
        let dims = tensor.shape.dim.enumerated().map { axis, dim -> Dimension in
            switch dim.value {
            case .dimValue(let extent) where extent >= 0: .fixed(Int(extent))
            case .dimParam(let name) where !name.isEmpty: .symbolic(name)
            // −1 or nothing: unknown, and not tied to any other extent.
            default: .symbolic("\(input.name).\(axis)")
            }
        }
        guard Shape(declared: tensor.shape.dim.map { max($0.dimValue, 0) }) != nil else {
            throw ImportError(.invalidGraph, "graph input '\(input.name)' is impossibly large")
        }
        return InputDeclaration(value: value, name: input.name, elementType: elementType, dims: dims)
    }
}
