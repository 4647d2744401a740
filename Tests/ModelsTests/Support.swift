import Foundation
import Models
import ONNXProto
import TestSupport

/// A model with one picture as its input, whose pixels are added up into `classes` equal values.
func classifier(
    input: [Int?] = [1, 3, 4, 4], inputs: [String] = ["x"], output: String = "y", classes: Int = 3, metadata: [String: String] = [:]
) throws -> Data {
    var model = ONNX_ModelProto()
    model.irVersion = 8
    var opset = ONNX_OperatorSetIdProto()
    opset.version = 13
    model.opsetImport = [opset]
    model.graph.input = inputs.map { value($0, input) }
    model.graph.output = [value(output, [1, classes])]
    model.graph.node = [
        node("GlobalAveragePool", ["x"], "pooled"), node("Flatten", ["pooled"], "flat"), node("MatMul", ["flat", "w"], output),
    ]
    var weights = ONNX_TensorProto()
    let channels = input.count > 1 ? input[1] ?? 3 : 3
    (weights.name, weights.dims, weights.dataType) = (
        "w", [Int64(channels), Int64(classes)], Int32(ONNX_TensorProto.DataType.float.rawValue)
    )
    weights.floatData = (0..<channels * classes).map { Float($0 % classes) }
    model.graph.initializer = [weights]
    model.metadataProps = metadata.map { key, value in
        var property = ONNX_StringStringEntryProto()
        (property.key, property.value) = (key, value)
        return property
    }
    return try model.serializedData()
}

private func value(_ name: String, _ dims: [Int?]) -> ONNX_ValueInfoProto {
    var info = ONNX_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = Int32(ONNX_TensorProto.DataType.float.rawValue)
    info.type.tensorType.shape.dim = dims.enumerated().map { axis, extent in
        var dim = ONNX_TensorShapeProto.Dimension()
        if let extent { dim.dimValue = Int64(extent) } else { dim.dimParam = "d\(axis)" }
        return dim
    }
    return info
}

private func node(_ kind: String, _ inputs: [String], _ output: String) -> ONNX_NodeProto {
    var node = ONNX_NodeProto()
    (node.opType, node.input, node.output, node.name) = (kind, inputs, [output], output)
    return node
}

/// A folder with a model, and perhaps a card beside it.
struct ModelFolder {
    let folder: TemporaryFolder
    var options = ModelOptions()

    init(_ model: Data? = nil, card: String? = nil) throws {
        folder = try TemporaryFolder()
        try (model ?? classifier()).write(to: URL(fileURLWithPath: folder.path("m.onnx")))
        if let card { try write(card, "m.json") }
        options.model = folder.path("m.onnx")
    }

    func write(_ text: String, _ name: String) throws { try text.write(toFile: folder.path(name), atomically: true, encoding: .utf8) }

    /// The model as loaded, after `change` of the options.
    func load(_ change: (inout ModelOptions) -> Void = { _ in }) throws -> LoadedModel {
        var options = options
        change(&options)
        return try LoadedModel(options)
    }
}

/// A classifier's card.
func card(_ more: String = "") -> String {
    #"{"head": "classification", "input": {"color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}\#(more)}"#
}
