import ONNXProto
import Tensors

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Turns `TensorProto`s into tensors, wherever and however the values are stored.
struct WeightReader {
    /// More elements than any weight has; keeps all later size arithmetic far from overflow.
    static let largestElementCount = 1 << 40

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
        let shape = try Self.shape(proto.dims, of: name)
        if proto.dataLocation == .external || proto.hasRawData {
            return try fromBytes(proto, type, shape, name)
        }
        return try fromFields(proto, type, shape, name)
    }

    /// The shape, when its extents are not negative and their product (zeros counted as ones) stays sane.
    static func shape(_ dims: [Int64], of name: String) throws(ImportError) -> Shape {
        var product = 1
        for dim in dims {
            let (next, overflow) = product.multipliedReportingOverflow(by: max(1, Int(dim)))
            guard dim >= 0, !overflow, next <= largestElementCount else {
                throw ImportError(.invalidWeight, "weight '\(name)' has an impossible shape \(dims)")
            }
            product = next
        }
        return Shape(dims.map { Int($0) })
    }

    private func fromBytes(_ proto: ONNX_TensorProto, _ type: DataType, _ shape: Shape, _ name: String) throws(ImportError) -> Tensor {
        let expected = shape.elementCount * (type.byteCount ?? 0)
        let data = proto.dataLocation == .external ? try external.bytes(of: proto, named: name, byteCount: expected) : proto.rawData
        guard data.count == expected else {
            throw ImportError(
                .invalidWeight, "weight '\(name)' (\(type.name), \(shape)) needs \(expected) bytes, but has \(data.count)")
        }
        let tensor = data.withUnsafeBytes { bytes in RawDecoding.tensor(bytes, type, shape) }
        guard let tensor else { throw Self.outOfRange(name, type) }
        return tensor
    }

    private func fromFields(_ proto: ONNX_TensorProto, _ type: DataType, _ shape: Shape, _ name: String) throws(ImportError) -> Tensor {
        let count: Int
        let tensor: () -> Tensor?
        switch type.known {
        case .float:
            count = proto.floatData.count
            tensor = { Tensor(shape, proto.floatData) }
        case .double:
            count = proto.doubleData.count
            tensor = { Tensor(shape, proto.doubleData.map { Float($0) }) }
        case .int64:
            count = proto.int64Data.count
            tensor = { Tensor(shape, proto.int64Data) }
        case .uint32, .uint64:
            count = proto.uint64Data.count
            tensor = { FieldDecoding.unsigned(proto.uint64Data, type, shape) }
        default:
            count = proto.int32Data.count
            tensor = { FieldDecoding.small(proto.int32Data, type, shape) }
        }
        guard count == shape.elementCount else {
            throw ImportError(
                .invalidWeight, "weight '\(name)' (\(type.name), \(shape)) needs \(shape.elementCount) values, but has \(count)")
        }
        guard let tensor = tensor() else { throw Self.outOfRange(name, type) }
        return tensor
    }

    private static func outOfRange(_ name: String, _ type: DataType) -> ImportError {
        ImportError(.invalidWeight, "weight '\(name)' (\(type.name)) holds values too large for the engine's signed integers")
    }
}
