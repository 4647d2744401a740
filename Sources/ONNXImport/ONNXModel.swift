import FoundationEssentials
import Inference
import ONNXProto
import SwiftProtobuf

/// An ONNX file as a graph the engine can plan, free of ONNX's version differences.
public struct ONNXModel: Sendable {
    /// Operator sets of the default domain that are understood.
    public static let supportedOpsets = 7...24

    public let graph: Graph
    /// Version of the default operator set that the model was written against.
    public let opset: Int
    public let irVersion: Int
    /// Name and version of the exporter, as far as the file says.
    public let producer: String
    /// The model's own key-value properties (`names`, `stride`, … in many detector exports).
    public let metadata: [String: String]
    /// The capacity that the graph is of; nil of a file that was read as it is.
    public internal(set) var capacity: Capacities.Capacity?

    /// The capacities that the file holds; nil of one that has but its graph.
    public func capacities() throws(ImportError) -> Capacities? { try Capacities(metadata) }

    /// Reads a model file; weights in external files are looked for beside it.
    ///
    /// The file is mapped, not read: a weight is copied once into its message and once into its tensor, and the
    /// former is freed at once. Peak memory is about the model's size plus its largest weight.
    /// - Throws: `ImportError`; any bytes whatever give a model or an error, never a crash.
    public static func load(path: String) throws(ImportError) -> ONNXModel {
        let data = try MappedFile.read(path: path, role: "model")
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return try load(bytes: data, baseDirectory: folder)
    }

    /// The same for a model in memory. Without `baseDirectory`, a model with external data is refused.
    ///
    /// - Parameter capacity: one of those that the file holds; nil reads the graph as it is, which is the largest.
    public static func load(bytes: Data, baseDirectory: String? = nil, capacity: String? = nil) throws(ImportError) -> ONNXModel {
        guard !bytes.isEmpty else { throw ImportError(.truncated, "the model file is empty") }
        var proto = try ONNX_ModelProto(parsing: bytes)
        guard proto.hasGraph, !proto.graph.node.isEmpty || !proto.graph.output.isEmpty else {
            throw ImportError(.notONNX, "not an ONNX model: it holds no graph")
        }
        let opset = try Self.opset(of: proto)
        let metadata = Dictionary(proto.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        let chosen = try capacity.map { (name) throws(ImportError) in try Self.choose(name, metadata) }
        if let chosen { try CapacityCut(chosen).apply(to: &proto.graph) }
        let sets = try OperatorSets(main: opset, proto.opsetImport, functions: proto.functions)
        var importer = GraphImport(sets: sets, weights: WeightReader(external: ExternalData(directory: baseDirectory)))
        let graph = try importer.graph(of: &proto)
        return ONNXModel(
            graph: graph, opset: opset, irVersion: Int(proto.irVersion),
            producer: producer(of: proto),
            metadata: metadata, capacity: chosen)
    }

    private static func choose(_ name: String, _ metadata: [String: String]) throws(ImportError) -> Capacities.Capacity {
        guard let all = try Capacities(metadata) else {
            throw ImportError(.invalidCapacities, "the model has one size only, and no capacity '\(name)': leave --capacity out")
        }
        guard let capacity = all[name] else {
            throw ImportError(
                .invalidCapacities, "the model has no capacity '\(name)': it has \(all.all.map(\.name).joined(separator: ", "))")
        }
        return capacity
    }

    static func producer(of proto: ONNX_ModelProto) -> String {
        [proto.producerName, proto.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func opset(of proto: ONNX_ModelProto) throws(ImportError) -> Int {
        let versions = Set(proto.opsetImport.filter { OperatorRegistry.isDefault(domain: $0.domain) }.map(\.version))
        guard versions.count <= 1 else {
            throw ImportError(.invalidGraph, "the model imports the default operator set in several versions: \(versions.sorted())")
        }
        guard let version = versions.first ?? (proto.irVersion < 3 ? 1 : nil) else {
            throw ImportError(.unsupportedOpset, "the model does not say which operator set it uses", domain: "ai.onnx")
        }
        guard let opset = Int(exactly: version), supportedOpsets.contains(opset) else {
            let advice =
                version < supportedOpsets.lowerBound
                ? "export it again, or convert it with onnx.version_converter, to opset 11 or later"
                : "export it with opset_version=17, say, or convert it with onnx.version_converter"
            throw ImportError(
                .unsupportedOpset,
                "operator set \(version) is not supported (\(supportedOpsets.lowerBound) to \(supportedOpsets.upperBound) are): \(advice)",
                domain: "ai.onnx", opset: Int(version))
        }
        return opset
    }
}

extension Message {
    /// Parses a whole file. Fields outside our schema are dropped, not kept; weights are copied once.
    init(parsing data: Data) throws(ImportError) {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            self = try Self(serializedBytes: data, extensions: nil, partial: true, options: options)
        } catch BinaryDecodingError.truncated {
            let place = "after \(data.count) bytes"
            throw ImportError(.truncated, "the file ends in the middle of a field \(place): not ONNX, or cut short in a download or copy")
        } catch {
            throw data.count >= 0x7fff_ffff
                ? ImportError(.notONNX, "the file is larger than 2 GiB, which ONNX allows only with the weights in external files")
                : ImportError(.notONNX, "not an ONNX model, or a damaged one: is it the right file?", cause: error)
        }
    }
}
