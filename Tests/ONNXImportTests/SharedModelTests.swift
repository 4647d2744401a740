import Foundation
import Inference
import ONNXImport
import Testing
import TestSupport

/// Real models, as they are published.
@Suite(.enabled(if: !Files.sharedModels.isEmpty, "../shared/models is not there"))
struct SharedModelTests {
    @Test(arguments: Files.sharedModels.filter { !$0.hasSuffix("fns_candy.onnx") })
    func loads(path: String) throws {
        let model = try ONNXModel.load(path: path)
        #expect(ONNXModel.supportedOpsets.contains(model.opset))
        #expect(model.graph.inputs.count == 1)
        #expect(!model.graph.outputs.isEmpty)
        #expect(model.graph.inputs[0].elementType == .float32)
        // Whatever a node reads is given or made by an earlier one.
        var known = Set(model.graph.constants.keys).union(model.graph.inputs.map(\.value))
        for node in model.graph.nodes {
            for case let input? in node.inputs { #expect(known.contains(input), "\(node.name)") }
            for case let output? in node.outputs { #expect(known.insert(output).inserted) }
        }
        for output in model.graph.outputs { #expect(known.contains(output.value)) }
    }

    @Test func refusesExperimentalOperatorsByName() throws {
        let path = try #require(Files.sharedModels.first { $0.hasSuffix("fns_candy.onnx") })
        let error = try #require(throws: ImportError.self) { try ONNXModel.load(path: path) }
        #expect(error.code == .unsupportedOperator)
        #expect(error.message.contains("Affine, Crop, ImageScaler (domain ai.onnx, opset 7)"))
        #expect(error.domain == "ai.onnx")
        #expect(error.opset == 7)
        #expect(error.node?.isEmpty == false)
    }
}
