import ONNXProto
import Tensors

/// ONNX's element types, as far as they have a name; and what the engine keeps them as.
struct DataType: Hashable {
    let code: Int32

    init(_ code: Int32) { self.code = code }
    init(_ known: ONNX_TensorProto.DataType) { code = Int32(known.rawValue) }

    var known: ONNX_TensorProto.DataType? { ONNX_TensorProto.DataType(rawValue: Int(code)) }

    /// By code: the name that ONNX's own tools use, the bytes of one element in `raw_data`, and what a tensor of this type becomes.
    private static let kinds: [(name: String, byteCount: Int?, elementType: ElementType?)] = [
        ("undefined", nil, nil), ("float", 4, .float32), ("uint8", 1, .uint8), ("int8", 1, .int8), ("uint16", 2, .uint16),
        ("int16", 2, .int16), ("int32", 4, .int32), ("int64", 8, .int64), ("string", nil, nil), ("bool", 1, .bool),
        ("float16", 2, .float32), ("double", 8, .float32), ("uint32", 4, .uint32), ("uint64", 8, .uint64), ("complex64", nil, nil),
        ("complex128", nil, nil), ("bfloat16", 2, .float32), ("float8e4m3fn", nil, nil), ("float8e4m3fnuz", nil, nil),
        ("float8e5m2", nil, nil), ("float8e5m2fnuz", nil, nil), ("uint4", nil, nil), ("int4", nil, nil), ("float4e2m1", nil, nil),
    ]

    private var kind: (name: String, byteCount: Int?, elementType: ElementType?) {
        Self.kinds.indices.contains(Int(code)) ? Self.kinds[Int(code)] : ("type \(code)", nil, nil)
    }

    var name: String { kind.name }

    /// Nil for types that cannot be weights here.
    var byteCount: Int? { kind.byteCount }

    /// 16-bit floats widen and doubles narrow to float32. Nil when the engine has nothing to hold it.
    var elementType: ElementType? { kind.elementType }
}
