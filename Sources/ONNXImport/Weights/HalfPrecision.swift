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
