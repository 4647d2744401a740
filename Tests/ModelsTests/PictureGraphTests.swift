import Foundation
import ONNXProto
import Tensors
import TestSupport
import Testing
import Vision

@testable import Models

/// Pictures whose channels come last or whose numbers are whole, and inputs besides the picture.
@Suite struct PictureGraphTests {
    /// The classifier of the other tests after `change`.
    private func model(_ input: [Int?] = [1, 3, 4, 6], _ change: (inout ONNX_ModelProto) -> Void) throws -> ModelFolder {
        var proto = try ONNX_ModelProto(serializedBytes: try classifier(input: input))
        change(&proto)
        return try ModelFolder(try proto.serializedData(), card: card(#", "activation": "none""#))
    }

    private func node(_ kind: String, _ inputs: [String], _ output: String, _ change: (inout ONNX_NodeProto) -> Void = { _ in })
        -> ONNX_NodeProto
    {
        var node = ONNX_NodeProto()
        (node.opType, node.input, node.output, node.name) = (kind, inputs, [output], output)
        change(&node)
        return node
    }

    private func ints(_ name: String, _ values: [Int64]) -> ONNX_AttributeProto {
        var attribute = ONNX_AttributeProto()
        (attribute.name, attribute.ints, attribute.type) = (name, values, .ints)
        return attribute
    }

    private func int(_ name: String, _ value: Int64) -> ONNX_AttributeProto {
        var attribute = ONNX_AttributeProto()
        (attribute.name, attribute.i, attribute.type) = (name, value, .int)
        return attribute
    }

    /// The outputs for a picture of 6×4 in which no two values are alike.
    private func outputs(_ folder: ModelFolder) throws -> [Float] {
        let model = try folder.load(), picture = PixelBuffer(width: 6, height: 4, channels: 3)
        for y in 0..<4 { for (x, place) in picture.row(y).indices.enumerated() { picture.row(y)[place] = UInt8(y * 18 + x + x % 3 * 60) } }
        return try DenseNetwork(model, threads: 1).run(picture)[0].tensor.elements(of: Float.self)
    }

    private func putsChannelsLast(_ proto: inout ONNX_ModelProto, type: ONNX_TensorProto.DataType = .float) {
        proto.graph.input[0].type.tensorType.elemType = Int32(type.rawValue)
        let dims = proto.graph.input[0].type.tensorType.shape.dim
        proto.graph.input[0].type.tensorType.shape.dim = [dims[0], dims[2], dims[3], dims[1]]
        proto.graph.node[0].input = ["first"]
        proto.graph.node.insert(node("Transpose", ["x"], "first") { $0.attribute = [ints("perm", [0, 3, 1, 2])] }, at: 0)
    }

    @Test func channelsMayComeLast() throws {
        let first = try outputs(model { _ in })
        let last = try model { putsChannelsLast(&$0) }
        #expect(try last.load().input.shape == [1, 3, 4, 6])
        #expect(try last.load().takesPixels, "the transposes should cancel each other")
        #expect(try outputs(last) == first)
    }

    @Test func anOpenSizeWithChannelsLastIsTold() throws {
        let folder = try model([1, 3, nil, nil]) { putsChannelsLast(&$0) }
        #expect(try folder.load { $0.inputSize = (6, 4) }.input.shape == [1, 3, 4, 6])
    }

    @Test(arguments: [true, false])
    func wholeNumbersAreTheBytesThemselves(_ isLast: Bool) throws {
        func folder(_ text: String) throws -> ModelFolder {
            var proto = try ONNX_ModelProto(serializedBytes: try classifier(input: [1, 3, 4, 6]))
            if isLast { putsChannelsLast(&proto, type: .uint8) }
            proto.graph.input[0].type.tensorType.elemType = Int32(ONNX_TensorProto.DataType.uint8.rawValue)
            proto.graph.node.insert(node("Cast", ["x"], "float") { $0.attribute = [int("to", 1)] }, at: 0)
            proto.graph.node[1].input = ["float"]
            return try ModelFolder(try proto.serializedData(), card: text)
        }
        let bytes =
            #"{"head": "classification", "activation": "none", "input": {"color": "rgb", "mean": 0, "std": 1, "resize": "stretch"}}"#
        let float = try ModelFolder(try classifier(input: [1, 3, 4, 6]), card: bytes)
        #expect(try outputs(folder(bytes)) == outputs(float))
        let error = #expect(throws: DeepVidError.self) { try folder(card()).load() }
        #expect(error?.message.contains(#"write "mean": 0"#) == true)
    }

    /// Adds an input of two numbers, whose sum is added to every output.
    private func withInput(_ name: String, type: ONNX_TensorProto.DataType = .float) throws -> ModelFolder {
        try model { proto in
            var info = proto.graph.input[0]
            info.name = name
            info.type.tensorType.elemType = Int32(type.rawValue)
            info.type.tensorType.shape.dim = [1, 2].map { (extent: Int64) in
                var dim = ONNX_TensorShapeProto.Dimension()
                dim.dimValue = extent
                return dim
            }
            proto.graph.input.append(info)
            proto.graph.node[2].output = ["scores"]
            proto.graph.node += [
                node("Cast", [name], "number") { $0.attribute = [int("to", 1)] },
                node("ReduceMean", ["number"], "mean") { $0.attribute = [ints("axes", [1])] }, node("Add", ["scores", "mean"], "y"),
            ]
        }
    }

    /// The input is 6 wide and 4 high.
    @Test(arguments: [
        ("im_shape", ONNX_TensorProto.DataType.float, Float(5)), ("scale_factor", .float, 1), ("orig_target_sizes", .int64, 5),
    ])
    func sizesOfPicturesAreFilledIn(_ name: String, _ type: ONNX_TensorProto.DataType, _ mean: Float) throws {
        let plain = try outputs(model { _ in }), folder = try withInput(name, type: type)
        #expect(try outputs(folder) == plain.map { $0 + mean })
        #expect(try folder.load().takesPixels)
        #expect(SideInput.names.contains(name))
    }

    @Test func otherInputsAreRefusedByName() throws {
        let error = #expect(throws: DeepVidError.self) { try withInput("prompt").load() }
        #expect(error?.code == .unsupportedModel)
        #expect(error?.message.contains("prompt") == true)
        #expect(error?.message.contains("im_shape") == true)
    }

    @Test func whatTheGraphDoesIsRead() throws {
        let folder = try model { proto in
            var half = ONNX_TensorProto()
            (half.name, half.dims, half.dataType, half.floatData) = ("half", [3, 1, 1], 1, [0.5, 0.25, 0.5])
            proto.graph.initializer.append(half)
            proto.graph.node[0].input = ["divided"]
            proto.graph.node.insert(node("Sub", ["x", "half"], "less"), at: 0)
            proto.graph.node.insert(node("Div", ["less", "half"], "divided"), at: 1)
            proto.graph.node[4].output = ["scores"]
            proto.graph.node.append(node("Softmax", ["scores"], "y"))
        }
        let file = try ModelFile(try #require(folder.options.model))
        let hints = PictureGraph(try LoadedModel.importing(file).graph).hints
        #expect(hints.ending == .softmax)
        #expect(hints.scaling == InputScaling(factors: [2, 4, 2], summands: [-1, -1, -1]))
    }
}
