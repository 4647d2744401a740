import Tensors

/// Little-endian bytes to tensors. The byte count has been checked by the caller; alignment is not assumed.
enum RawDecoding {
    /// Nil for types that are no numbers of the engine's.
    static func tensor(_ bytes: UnsafeRawBufferPointer, _ type: DataType, _ shape: Shape) -> Tensor? {
        switch type.known {
        case .float16: Tensor(shape, of: Float.self) { HalfPrecision.widen(bytes, into: $0, by: HalfPrecision.widen(half:)) }
        case .bfloat16: Tensor(shape, of: Float.self) { HalfPrecision.widen(bytes, into: $0, by: HalfPrecision.widen(brain:)) }
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

/// Exact widening of 16-bit floats, eight at a time (the compiler has no vector form of a `Float16` conversion
/// without F16C, and one library call per element would dominate the load of a half-precision model).
enum HalfPrecision {
    typealias Words = SIMD8<UInt32>

    /// IEEE 754 binary16: subnormals are scaled by the subtraction trick, infinities and NaNs keep their payload.
    static func widen(half bits: Words) -> Words {
        let sign = (bits & 0x8000) &<< 16
        let magnitude = (bits & 0x7fff) &<< 13
        let normal = magnitude &+ 0x3800_0000
        let special = magnitude &+ 0x7000_0000
        let offset = SIMD8<Float>(repeating: Float(bitPattern: 0x3880_0000))
        let subnormal = unsafeBitCast(unsafeBitCast(magnitude &+ 0x3880_0000, to: SIMD8<Float>.self) - offset, to: Words.self)
        var result = normal.replacing(with: subnormal, where: magnitude .< 0x0080_0000)
        result.replace(with: special, where: magnitude .>= 0x0f80_0000)
        return result | sign
    }

    static func widen(brain bits: Words) -> Words { bits &<< 16 }

    /// Widens `target.count` values; `source` holds twice as many bytes, at any alignment.
    static func widen(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>, by rule: (Words) -> Words) {
        let whole = target.count & ~7
        let output = UnsafeMutableRawBufferPointer(target)
        for start in stride(from: 0, to: whole, by: 8) {
            let bits = source.loadUnaligned(fromByteOffset: start * 2, as: SIMD8<UInt16>.self)
            output.storeBytes(of: rule(Words(truncatingIfNeeded: bits)), toByteOffset: start * 4, as: Words.self)
        }
        for index in whole..<target.count {
            let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
            target[index] = Float(bitPattern: rule(Words(repeating: UInt32(bits)))[0])
        }
    }
}
