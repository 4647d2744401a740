import Foundation
import ONNXImport
import ONNXProto
import Tensors
import Testing
import TestSupport

/// Weights in files beside the model: the right ones are read, others never opened.
struct ExternalDataTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("model/sub"), withIntermediateDirectories: true)
        let data = [Float](arrayLiteral: 1, 2, 3, 4).withUnsafeBytes { Data($0) }
        for name in ["model/weights.bin", "model/sub/weights.bin", "outside.bin"] {
            try data.write(to: URL(fileURLWithPath: folder.path(name)))
        }
    }

    private func load(location: String, offset: String? = nil, length: String? = nil, count: Int = 2) throws -> [Float] {
        var model = TestModel()
        model.input("x", [1])
        var weight = ONNX_TensorProto()
        (weight.name, weight.dims, weight.dataType, weight.dataLocation) = ("w", [Int64(count)], 1, .external)
        weight.externalData = [("location", location), ("offset", offset), ("length", length)].compactMap { key, value in
            guard let value else { return nil }
            var entry = ONNX_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
        model.proto.graph.initializer = [weight]
        model.output("w")
        let path = folder.path("model/model.onnx")
        try (model.proto.serializedData(partial: true) as Data).write(to: URL(fileURLWithPath: path))
        let graph = try ONNXModel.load(path: path).graph
        return try #require(graph.constants[graph.outputs[0].value]).floats
    }

    private func refusal(location: String, offset: String? = nil, length: String? = nil, count: Int = 2) throws -> ImportError {
        try #require(throws: ImportError.self) { try load(location: location, offset: offset, length: length, count: count) }
    }

    @Test func reads() throws {
        #expect(try load(location: "weights.bin", count: 4) == [1, 2, 3, 4])
        #expect(try load(location: "weights.bin", offset: "4", length: "8") == [2, 3])
        #expect(try load(location: "./sub/weights.bin", offset: "8") == [3, 4])
    }

    @Test func mayLinkInsideTheFolder() throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path("model/link.bin"), withDestinationPath: "sub/weights.bin")
        #expect(try load(location: "link.bin") == [1, 2])
    }

    @Test func doesNotLeaveTheFolder() throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path("model/link.bin"), withDestinationPath: "../outside.bin")
        try FileManager.default.createSymbolicLink(atPath: folder.path("model/up"), withDestinationPath: "..")
        for location in [
            "../outside.bin", "sub/../../outside.bin", folder.path("outside.bin"), "link.bin", "up/outside.bin", "/etc/passwd",
        ] {
            let error = try refusal(location: location)
            #expect(error.code == .externalData, "\(location)")
            #expect(error.message.contains("outside the model's folder"), "\(location)")
        }
    }

    @Test func damage() throws {
        #expect(try refusal(location: "weights.bin", offset: "12").message.contains("too short"))
        #expect(try refusal(location: "weights.bin", offset: "\(Int.max)").code == .externalData)
        #expect(try refusal(location: "weights.bin", offset: "-4").code == .externalData)
        #expect(try refusal(location: "weights.bin", offset: "four").code == .externalData)
        #expect(try refusal(location: "weights.bin", length: "4").code == .invalidWeight)
        #expect(try refusal(location: "weights.bin", count: 5).code == .externalData)
        #expect(try refusal(location: "absent.bin").message.contains("missing"))
        #expect(try refusal(location: "sub").code == .externalData)
        #expect(try refusal(location: "").code == .externalData)
    }

    @Test func needsAFolder() throws {
        _ = try load(location: "weights.bin")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("model/model.onnx")))
        #expect(try #require(throws: ImportError.self) { try ONNXModel.load(bytes: bytes) }.code == .externalData)
    }
}
