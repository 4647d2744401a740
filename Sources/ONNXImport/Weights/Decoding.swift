import Tensors

/// Little-endian bytes to tensors. The byte count has been checked by the caller; alignment is not assumed.
enum RawDecoding {
    /// Nil for types that are no numbers of the engine's.
    static func tensor(_ bytes: UnsafeRawBufferPointer, _ type: DataType, _ shape: Shape) -> Tensor? {
        switch type.known {
        case .float16: convert(bytes, shape, from: UInt16.self) { HalfPrecision.widen(half: $0) }
        case .bfloat16: convert(bytes, shape, from: UInt16.self) { HalfPrecision.widen(brain: $0) }
        case .double: convert(bytes, shape, from: Double.self) { Float($0) }
        case .bool: convert(bytes, shape, from: UInt8.self) { $0 != 0 }
        default: type.elementType.map { Tensor(copying: bytes, shape, $0) }
        }
    }

    @inline(__always)
    private static func convert<Source: BitwiseCopyable, Element: TensorElement>(
        _ bytes: UnsafeRawBufferPointer, _ shape: Shape, from: Source.Type, _ rule: (Source) -> Element
    ) -> Tensor {
        Tensor(shape, of: Element.self) { target in
            for index in target.indices {
                target[index] = rule(bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Source>.stride, as: Source.self))
            }
        }
    }
}

/// Exact widening of 16-bit floats, by integer arithmetic without branches: compilers make vectors of a loop over it, and without F16C would
/// call a library function for each `Float16`.
enum HalfPrecision {
    /// IEEE 754 binary16: subnormals are scaled by the subtraction trick, infinities and NaNs keep their payload.
    @inline(__always)
    static func widen(half: UInt16) -> Float {
        let bits = UInt32(half), sign = (bits & 0x8000) &<< 16, magnitude = (bits & 0x7fff) &<< 13
        let normal = magnitude &+ (magnitude >= 0x0f80_0000 ? 0x7000_0000 : 0x3800_0000)
        let subnormal = Float(bitPattern: magnitude &+ 0x3880_0000) - Float(bitPattern: 0x3880_0000)
        return Float(bitPattern: sign | (magnitude < 0x0080_0000 ? subnormal.bitPattern : normal))
    }

    @inline(__always)
    static func widen(brain: UInt16) -> Float { Float(bitPattern: UInt32(brain) &<< 16) }
}
