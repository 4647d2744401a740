import Foundation
import Inference
import ONNXImport
import ONNXProto
import Tensors
import TestSupport

/// Makes ONNX models in memory, a line per part.
struct TestModel {
    var proto = ONNX_ModelProto()

    init(opset: Int = 13, irVersion: Int = 8) {
        proto.irVersion = Int64(irVersion)
        var entry = ONNX_OperatorSetIdProto()
        entry.version = Int64(opset)
        proto.opsetImport = [entry]
        proto.graph = ONNX_GraphProto()
    }

    /// A nil extent is symbolic.
    mutating func input(_ name: String, _ dims: [Int?], _ type: ONNX_TensorProto.DataType = .float) {
        proto.graph.input.append(Self.valueInfo(name, dims, type))
    }

    mutating func output(_ names: String...) {
        for name in names { proto.graph.output.append(Self.valueInfo(name, [], .float)) }
    }

    mutating func node(
        _ kind: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
        _ attributes: KeyValuePairs<String, AttributeValue> = [:]
    ) {
        var node = ONNX_NodeProto()
        (node.opType, node.input, node.output, node.name, node.domain) = (kind, inputs, outputs, name, domain)
        node.attribute = attributes.map { $1.proto(named: $0) }
        proto.graph.node.append(node)
    }

    mutating func weight(_ name: String, _ dims: [Int], _ values: [Float]) {
        proto.graph.initializer.append(Self.tensor(name, dims, values))
    }

    mutating func weight(_ name: String, _ dims: [Int], ints: [Int]) {
        var tensor = ONNX_TensorProto()
        (tensor.name, tensor.dims) = (name, dims.map { Int64($0) })
        tensor.dataType = Int32(ONNX_TensorProto.DataType.int64.rawValue)
        tensor.int64Data = ints.map { Int64($0) }
        proto.graph.initializer.append(tensor)
    }

    /// Elements of any type that is as wide as ONNX has it.
    mutating func weight<Element>(_ name: String, _ dims: [Int], _ type: ONNX_TensorProto.DataType, _ values: [Element]) {
        var tensor = ONNX_TensorProto()
        (tensor.name, tensor.dims, tensor.dataType) = (name, dims.map { Int64($0) }, Int32(type.rawValue))
        tensor.rawData = values.withUnsafeBytes { Data($0) }
        proto.graph.initializer.append(tensor)
    }

    func load() throws -> ONNXModel { try ONNXModel.load(bytes: proto.serializedData(partial: true) as Data) }

    /// Imports the model and computes its outputs from float inputs, in the order of the graph's inputs.
    func run(_ inputs: Tensor...) throws -> [Tensor] {
        let graph = try load().graph
        return try Interpreter(graph: graph).run(Dictionary(uniqueKeysWithValues: zip(graph.inputs.map(\.name), inputs)))
    }

    static func tensor(_ name: String, _ dims: [Int], _ values: [Float]) -> ONNX_TensorProto {
        var tensor = ONNX_TensorProto()
        (tensor.name, tensor.dims) = (name, dims.map { Int64($0) })
        tensor.dataType = Int32(ONNX_TensorProto.DataType.float.rawValue)
        tensor.floatData = values
        return tensor
    }

    private static func valueInfo(_ name: String, _ dims: [Int?], _ type: ONNX_TensorProto.DataType) -> ONNX_ValueInfoProto {
        var info = ONNX_ValueInfoProto()
        info.name = name
        var tensor = ONNX_TypeProto.Tensor()
        tensor.elemType = Int32(type.rawValue)
        tensor.shape = ONNX_TensorShapeProto()
        tensor.shape.dim = dims.map { extent in
            var dim = ONNX_TensorShapeProto.Dimension()
            if let extent { dim.dimValue = Int64(extent) } else { dim.dimParam = "N" }
            return dim
        }
        info.type.tensorType = tensor
        return info
    }
}

enum AttributeValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral {
    case int(Int), ints([Int]), float(Float), floats([Float]), string(String), tensor(ONNX_TensorProto), graph
    case strings([String]), subgraph(TestModel)

    init(integerLiteral value: Int) { self = .int(value) }
    init(floatLiteral value: Float) { self = .float(value) }
    init(stringLiteral value: String) { self = .string(value) }

    func proto(named name: String) -> ONNX_AttributeProto {
        var attribute = ONNX_AttributeProto()
        attribute.name = name
        switch self {
        case .int(let value): (attribute.i, attribute.type) = (Int64(value), .int)
        case .ints(let values): (attribute.ints, attribute.type) = (values.map { Int64($0) }, .ints)
        case .float(let value): (attribute.f, attribute.type) = (value, .float)
        case .floats(let values): (attribute.floats, attribute.type) = (values, .floats)
        case .string(let value): (attribute.s, attribute.type) = (Data(value.utf8), .string)
        case .tensor(let value): (attribute.t, attribute.type) = (value, .tensor)
        case .strings(let values): (attribute.strings, attribute.type) = (values.map { Data($0.utf8) }, .strings)
        case .subgraph(let model):
            (attribute.g, attribute.type) = ((try? model.proto.graph.serializedData(partial: true)) ?? Data(), .graph)
        case .graph: (attribute.g, attribute.type) = (Data(), .graph)
        }
        return attribute
    }
}

extension Tensor {
    /// 0, 1, 2, … in that shape.
    static func counting(_ dims: Int...) -> Tensor {
        let shape = Shape(dims)
        return Tensor(shape, (0..<shape.elementCount).map { Float($0) })
    }

    var floats: [Float] { elements() }
}
