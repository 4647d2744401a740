import FoundationEssentials
import ONNXProto

/// What an ONNX file says of itself, also of a model that cannot be imported.
public struct ModelOutline: Sendable {
    /// An input or output as it is declared.
    public struct Port: Sendable {
        public let name: String
        /// As ONNX's tools call it; nil where the file does not say.
        public let elementType: String?
        /// Extents as text, the name where the model leaves one open, "?" where it has none; nil where the file does not say.
        public let dims: [String]?
    }

    /// An operator that the outputs depend on and that is not supported.
    public struct MissingOperator: Sendable, Hashable {
        public let kind: String
        public let domain: String
        /// Version of the domain.
        public let opset: Int
        public let count: Int
    }

    /// Version of ONNX's own operators; 0 where the file does not say.
    public let opset: Int
    public let producer: String
    public let inputs: [Port]
    public let outputs: [Port]
    /// Operators by number of uses, the commonest first; those of other domains after the domain's name and a dot.
    public let operators: [(kind: String, count: Int)]
    public let missing: [MissingOperator]
    /// Numbers in weights: of floating point, and of 8-bit integers with several axes, which the zero points of quantised models lack.
    public let parameters: Int

    /// - Throws: `ImportError` when the bytes are no ONNX model.
    public init(bytes: Data) throws(ImportError) {
        let proto = try ONNX_ModelProto(parsing: bytes)
        guard proto.hasGraph else { throw ImportError(.notONNX, "not an ONNX model: it holds no graph") }
        let graph = proto.graph
        let version = proto.opsetImport.first { OperatorRegistry.isDefault(domain: $0.domain) }?.version ?? 0
        opset = Int(clamping: version)
        producer = ONNXModel.producer(of: proto)
        let weights = Set(graph.initializer.map(\.name))
        inputs = graph.input.filter { !weights.contains($0.name) }.map(Self.port)
        outputs = graph.output.map(Self.port)
        let kinds = graph.node.map { OperatorRegistry.isDefault(domain: $0.domain) ? $0.opType : "\($0.domain).\($0.opType)" }
        operators = Dictionary(grouping: kinds) { $0 }.map { (kind: $0.key, count: $0.value.count) }
            .sorted { ($1.count, $0.kind) < ($0.count, $1.kind) }
        missing = try Self.missing(graph, OperatorSets(main: opset, proto.opsetImport))
        parameters = graph.initializer.reduce(0) { sum, weight in
            let type = DataType(weight.dataType).name
            guard Self.floats.contains(type) || Self.quantised.contains(type) && weight.dims.count > 1, let count = Self.count(weight.dims)
            else { return sum }
            return sum.addingReportingOverflow(count).partialValue
        }
    }

    private static let floats: Set = ["float", "float16", "bfloat16", "double"]
    private static let quantised: Set = ["int8", "uint8"]

    private static func count(_ dims: [Int64]) -> Int? {
        var count = 1
        for dim in dims {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(clamping: dim))
            guard dim >= 0, !overflow else { return nil }
            count = product
        }
        return count
    }

    private static func missing(_ graph: ONNX_GraphProto, _ sets: OperatorSets) -> [MissingOperator] {
        let nodes = graph.node
        let live = NodeReads.live(nodes, nodes.map(NodeReads.names), outputs: graph.output.map(\.name))
        let missing = OperatorRegistry.missing(nodes.indices.filter { live[$0] }.map { nodes[$0] }, sets: sets)
        return Dictionary(grouping: missing) { [$0.domain, $0.kind] }.values
            .map { MissingOperator(kind: $0[0].kind, domain: $0[0].domain, opset: $0[0].opset, count: $0.count) }
            .sorted { ($1.count, $0.domain, $0.kind) < ($0.count, $1.domain, $1.kind) }
    }

    private static func port(_ info: ONNX_ValueInfoProto) -> Port {
        guard case .tensorType(let tensor) = info.type.value else { return Port(name: info.name, elementType: nil, dims: nil) }
        let dims = tensor.shape.dim.map { dim -> String in
            switch dim.value {
            case .dimValue(let extent) where extent >= 0: String(extent)
            case .dimParam(let name) where !name.isEmpty: name
            default: "?"
            }
        }
        return Port(
            name: info.name, elementType: tensor.elemType == 0 ? nil : DataType(tensor.elemType).name, dims: tensor.hasShape ? dims : nil)
    }
}
