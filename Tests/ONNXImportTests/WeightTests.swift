import Foundation
import ONNXImport
import ONNXProto
import Tensors
import Testing

/// Weights: every type in both storages, and every way of lying about them.
struct WeightTests {
    private typealias Kind = ONNX_TensorProto.DataType

    private func proto(_ type: Kind, _ dims: [Int]) -> ONNX_TensorProto {
        var tensor = ONNX_TensorProto()
        (tensor.name, tensor.dims, tensor.dataType) = ("w", dims.map { Int64($0) }, Int32(type.rawValue))
        return tensor
    }

    private func raw<T>(_ type: Kind, _ values: [T], dims: [Int]? = nil) -> ONNX_TensorProto {
        var tensor = proto(type, dims ?? [values.count])
        tensor.rawData = values.withUnsafeBytes { Data($0) }
        return tensor
    }

    private func load(_ weight: ONNX_TensorProto) throws -> Tensor {
        var model = TestModel()
        model.proto.graph.initializer = [weight]
        model.output("w")
        return try model.run()[0]
    }

    private func refusal(_ weight: ONNX_TensorProto) throws -> ImportError {
        try #require(throws: ImportError.self) { try load(weight) }
    }

    @Test func everyHalfWidensExactly() throws {
        let bits = (0...UInt16.max).map { $0 }
        for weight in [
            raw(.float16, bits),
            {
                var t = proto(.float16, [65536]); t.int32Data = bits.map { Int32($0) }; return t
            }(),
        ] {
            let widened = try load(weight).floats
            let wrong = bits.filter { bit in
                let expected = Float(Float16(bitPattern: bit))
                let got = widened[Int(bit)]
                return expected.isNaN ? !got.isNaN : got.bitPattern != expected.bitPattern
            }
            #expect(wrong.isEmpty)
        }
    }

    @Test func brainFloatsAndDoubles() throws {
        let values: [Float] = [1, -2.5, .infinity, 0, -0.0, 3.140625, 1e-40, 2, 3]
        let weight = raw(.bfloat16, values.map { UInt16($0.bitPattern >> 16) })
        #expect(try load(weight).floats.map(\.bitPattern) == values.map { $0.bitPattern & 0xffff_0000 })
        #expect(try load(raw(.double, [1.5, -2, 1e300])).floats == [1.5, -2, .infinity])
    }

    @Test func integersAndBools() throws {
        #expect(try load(raw(.int8, [Int8(-1), 5])).elements(of: Int8.self) == [-1, 5])
        #expect(try load(raw(.uint8, [UInt8(255), 5])).elements(of: UInt8.self) == [255, 5])
        #expect(try load(raw(.int16, [Int16(-300), 5])).elements(of: Int16.self) == [-300, 5])
        #expect(try load(raw(.uint16, [UInt16(65535)])).elements(of: UInt16.self) == [65535])
        #expect(try load(raw(.uint32, [UInt32.max])).elements(of: UInt32.self) == [.max])
        #expect(try load(raw(.uint64, [UInt64.max])).elements(of: UInt64.self) == [.max])
        #expect(try load(raw(.int32, [Int32.min])).elements(of: Int32.self) == [.min])
        #expect(try load(raw(.int64, [Int64.min])).elements(of: Int64.self) == [.min])
        #expect(try load(raw(.bool, [UInt8(0), 1, 2])).elements(of: Bool.self) == [false, true, true])
    }

    @Test func typedFields() throws {
        var weight = proto(.double, [1])
        weight.doubleData = [0.5]
        #expect(try load(weight).floats == [0.5])
        weight = proto(.uint32, [1])
        weight.uint64Data = [9]
        #expect(try load(weight).elements(of: UInt32.self) == [9])
        weight = proto(.bool, [2])
        weight.int32Data = [0, 1]
        #expect(try load(weight).elements(of: Bool.self) == [false, true])
        weight = proto(.int8, [1])
        weight.int32Data = [-3]
        #expect(try load(weight).elements(of: Int8.self) == [-3])
        #expect(try load(proto(.float, [0])).shape == [0])
    }

    @Test func wrongSizes() throws {
        let error = try refusal(raw(.float, [Float(1), 2], dims: [3]))
        #expect(error.code == .invalidWeight)
        #expect(error.message.contains("'w'"))
        #expect(error.message.contains("12 bytes, but has 8"))
        #expect(try refusal(TestModel.tensor("w", [2], [1])).code == .invalidWeight)
        #expect(try refusal(proto(.float, [])).code == .invalidWeight)
        #expect(try refusal(proto(.float, [-1])).code == .invalidWeight)
        #expect(try refusal(proto(.float, [1 << 62, 1 << 62])).code == .invalidWeight)
        #expect(try refusal(proto(.float, [0, 1 << 62, 1 << 62])).code == .invalidWeight)
        #expect(try refusal(proto(.float, [1 << 39])).code == .invalidWeight)
    }

    @Test func typesWithoutAHome() throws {
        #expect(try refusal(proto(.string, [1])).code == .unsupportedType)
        #expect(try refusal(proto(.complex64, [1])).code == .unsupportedType)
        var weight = proto(.float, [1])
        weight.dataType = 22
        #expect(try refusal(weight).message.contains("int4"))
        weight.dataType = 999
        #expect(try refusal(weight).message.contains("type 999"))
        weight = proto(.float, [1])
        weight.segment = .init()
        #expect(try refusal(weight).code == .invalidWeight)
    }

    @Test func unreadWeightsDoNotMatter() throws {
        var model = TestModel()
        model.input("x", [1])
        model.proto.graph.initializer = [proto(.string, [1])]
        model.output("x")
        #expect(try model.load().graph.constants.isEmpty)
    }
}
