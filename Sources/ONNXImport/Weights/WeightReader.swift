import FoundationEssentials
import ONNXProto
import Tensors

/// Turns `TensorProto`s into tensors, wherever and however the values are stored.
struct WeightReader {
    let external: ExternalData

    /// - Parameter name: for messages, when the proto itself has none (a node's attribute).
    func tensor(_ proto: ONNX_TensorProto, named fallback: String = "") throws(ImportError) -> Tensor {
        let name = proto.name.isEmpty ? fallback : proto.name
        let type = DataType(proto.dataType)
        guard type.byteCount != nil else {
            throw ImportError(
                .unsupportedType, "weight '\(name)' has elements of type \(type.name): export the model in float32 or float16")
        }
        guard !proto.hasSegment else {
            throw ImportError(.invalidWeight, "weight '\(name)' is split into segments, which no exporter should write")
        }
        guard let shape = Shape(declared: proto.dims) else {
            throw ImportError(.invalidWeight, "weight '\(name)' has an impossible shape \(proto.dims)")
        }
        let tensor: Tensor?
        if proto.dataLocation == .external || proto.hasRawData {
            let expected = shape.elementCount * (type.byteCount ?? 0)
            let data = proto.dataLocation == .external ? try external.bytes(of: proto, named: name, byteCount: expected) : proto.rawData
            guard data.count == expected else {
                throw ImportError(
                    .invalidWeight, "weight '\(name)' (\(type.name), \(shape)) needs \(expected) bytes, but has \(data.count)")
            }
            tensor = data.withUnsafeBytes { RawDecoding.tensor($0, type, shape) }
        } else {
            tensor = try fromFields(proto, type, shape, name)
        }
        guard let tensor else { throw ImportError(.unsupportedType, "weight '\(name)' has elements of type \(type.name)") }
        return tensor
    }

    /// From protobuf's typed arrays, in which ONNX keeps small types widened.
    private func fromFields(_ proto: ONNX_TensorProto, _ type: DataType, _ shape: Shape, _ name: String) throws(ImportError) -> Tensor? {
        func decode<Stored>(_ values: [Stored], as stored: DataType) throws(ImportError) -> Tensor? {
            guard values.count == shape.elementCount else {
                throw ImportError(
                    .invalidWeight, "weight '\(name)' (\(type.name), \(shape)) needs \(shape.elementCount) values, but has \(values.count)")
            }
            return values.withUnsafeBytes { RawDecoding.tensor($0, stored, shape) }
        }
        return switch type.known {
        case .float: try decode(proto.floatData, as: type)
        case .double: try decode(proto.doubleData, as: type)
        case .int64: try decode(proto.int64Data, as: type)
        case .uint64: try decode(proto.uint64Data, as: type)
        case .uint32: try decode(proto.uint64Data.map { UInt32(clamping: $0) }, as: type)
        case .bool: try decode(proto.int32Data.map { $0 != 0 }, as: type)
        case .float16, .bfloat16: try decode(proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }, as: type)
        case .int32: try decode(proto.int32Data, as: type)
        case .uint8, .int8: try decode(proto.int32Data.map { UInt8(truncatingIfNeeded: $0) }, as: type)
        case .uint16, .int16: try decode(proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }, as: type)
        default: nil
        }
    }
}

extension Shape {
    /// More elements than any tensor has; keeps all later size arithmetic far from overflow.
    private static let largestElementCount = 1 << 40

    /// What a file declares; nil when an extent is negative or the product (zeros counted as ones) is beyond all bounds.
    init?(declared dims: [Int64]) {
        var product = 1
        for dim in dims {
            let (next, overflow) = product.multipliedReportingOverflow(by: max(1, Int(dim)))
            guard dim >= 0, !overflow, next <= Self.largestElementCount else { return nil }
            product = next
        }
        self.init(dims.map { Int($0) })
    }
}
