import Foundation
import Inference
import Models
import ONNXImport
import ONNXProto
import Tensors
import TestSupport

@testable import Tuning

/// A small network written as a file: conv 3×3 → relu → conv 1×1 (`between`) → relu → depthwise → conv 1×1.
struct ToyModel {
    static let (channels, between, outputs, side) = (6, 24, 5, 12)
    var file: ONNXFile

    /// - Parameter twins: of the channels between, those from here on repeat the earlier ones.
    init(twins: Int? = nil, rank: Int? = nil) throws {
        var dice = Dice(11)
        func weights(_ count: Int) -> [Float] { (0..<count).map { _ in 0.5 * dice.float() } }
        let (c, b, o) = (Self.channels, Self.between, Self.outputs)
        var model = ONNX_ModelProto()
        model.irVersion = 8
        var opset = ONNX_OperatorSetIdProto()
        opset.version = 13
        model.opsetImport = [opset]
        var middle = weights(b * c), middleBias = weights(b), depth = weights(b * 9)
        if let twins {
            for channel in twins..<b {
                let twin = channel % twins
                for i in 0..<c { middle[channel * c + i] = middle[twin * c + i] }
                middleBias[channel] = middleBias[twin]
                for i in 0..<9 { depth[channel * 9 + i] = depth[twin * 9 + i] }
            }
        }
        if let rank {
            let (left, right) = (weights(b * rank), weights(rank * c))
            for row in 0..<b {
                for column in 0..<c {
                    middle[row * c + column] = 0
                    for inner in 0..<rank { middle[row * c + column] += left[row * rank + inner] * right[inner * c + column] }
                }
            }
        }
        func add(_ name: String, _ dims: [Int], _ values: [Float]) {
            var tensor = ONNX_TensorProto()
            (tensor.name, tensor.dims, tensor.dataType) = (name, dims.map { Int64($0) }, 1)
            tensor.rawData = values.withUnsafeBytes { Data($0) }
            model.graph.initializer.append(tensor)
        }
        add("w1", [c, 3, 3, 3], weights(c * 27))
        add("w2", [b, c, 1, 1], middle)
        add("b2", [b], middleBias)
        add("w3", [b, 1, 3, 3], depth)
        add("w4", [o, b, 1, 1], weights(o * b))
        add("b4", [o], weights(o))
        func node(_ kind: String, _ inputs: [String], _ output: String, _ attributes: [ONNX_AttributeProto] = []) {
            var node = ONNX_NodeProto()
            (node.name, node.opType, node.input, node.output, node.attribute) = ("n_" + output, kind, inputs, [output], attributes)
            model.graph.node.append(node)
        }
        var group = ONNX_AttributeProto()
        (group.name, group.type, group.i) = ("group", .int, Int64(b))
        node("Conv", ["x", "w1"], "a", [.integers("pads", [1, 1, 1, 1])])
        node("Relu", ["a"], "ar")
        node("Conv", ["ar", "w2", "b2"], "m")
        node("Relu", ["m"], "mr")
        node("Conv", ["mr", "w3"], "d", [.integers("pads", [1, 1, 1, 1]), group])
        node("Conv", ["d", "w4", "b4"], "y")
        model.graph.input = [Self.port("x", [1, 3, Self.side, Self.side])]
        model.graph.output = [Self.port("y", [1, o, Self.side, Self.side])]
        file = try ONNXFile(bytes: try model.serializedBytes(partial: true), baseDirectory: nil)
    }

    private static func port(_ name: String, _ dims: [Int]) -> ONNX_ValueInfoProto {
        var port = ONNX_ValueInfoProto()
        port.name = name
        port.type.tensorType.elemType = 1
        port.type.tensorType.shape.dim = dims.map { extent in
            var dim = ONNX_TensorShapeProto.Dimension()
            dim.dimValue = Int64(extent)
            return dim
        }
        return port
    }

    /// What a network makes of a picture.
    static func run(_ network: Network, _ picture: Tensor, outputs names: [String] = []) throws -> [String: Tensor] {
        var network = network
        network.addOutputs(names)
        let plan = try Plan(ONNXModel.load(bytes: try network.bytes()).graph)
        let outputs = try Session(plan).run([picture])
        return Dictionary(uniqueKeysWithValues: zip(plan.outputs.map(\.name), outputs))
    }

    static func pictures(_ count: Int) -> [Tensor] {
        var dice = Dice(21)
        return (0..<count).map { _ in
            Tensor([1, 3, side, side], (0..<3 * side * side).map { _ in dice.float() })
        }
    }
}
