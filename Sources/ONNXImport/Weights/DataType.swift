import ONNXProto
import Tensors

/// ONNX's element types, as far as they have a name; and what the engine keeps them as.
struct DataType: Hashable {
    let code: Int32

    init(_ code: Int32) { self.code = code }
    init(_ known: ONNX_TensorProto.DataType) { code = Int32(known.rawValue) }

    var known: ONNX_TensorProto.DataType? { ONNX_TensorProto.DataType(rawValue: Int(code)) }

    /// Bytes of one element in `raw_data`; nil for types that cannot be weights here.
    var byteCount: Int? {
        switch known {
        case .bool, .int8, .uint8: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float, .int32, .uint32: 4
        case .double, .int64, .uint64: 8
        default: nil
        }
    }

    /// What a tensor of this type becomes: 16-bit floats widen and doubles narrow to float32, small integers widen
    /// to int32. Nil when the engine has nothing to hold it.
    var elementType: ElementType? {
        switch known {
        case .float, .float16, .bfloat16, .double: .float32
        case .int32, .int8, .uint8, .int16, .uint16: .int32
        case .int64: .int64
        case .bool: .bool
        default: nil
        }
    }

    /// The name that ONNX's own tools use.
    var name: String {
        let names = [
            "undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "double",
            "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
            "float8e5m2fnuz", "uint4", "int4", "float4e2m1",
        ]
        return names.indices.contains(Int(code)) ? names[Int(code)] : "type \(code)"
    }
}
