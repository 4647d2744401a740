import CKernels

/// Weights of a rounded convolution, in the words of one or several numbers that its kernels read.
final class PackedWords: Sendable {
    private let memory: AlignedFloats
    private let precision: Precision
    let numbersPerWord: Int

    /// Zeros.
    init(words: Int, _ precision: Precision) {
        (memory, self.precision, numbersPerWord) = (AlignedFloats(count: words), precision, precision.numbersPerWord)
    }

    var base: UnsafePointer<Float> { UnsafePointer(memory.base) }

    /// Rounds a weight into its place; only while the kernel that owns the words is made. Of whole numbers it is one.
    func set(_ value: Float, word: Int, number: Int) {
        switch (precision, numbersPerWord) {
        case (.fp32, _): memory.base[word] = value
        case (.bf16, _):
            // To the nearest, halves to even, as the CPU rounds the sources. What is no number stays none.
            let bits = value.bitPattern
            let rounded = value.isNaN ? bits >> 16 | 0x40 : (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16
            numbers(of: UInt16.self)[word * 2 + number] = UInt16(truncatingIfNeeded: rounded)
        case (.int8, 4): numbers(of: Int8.self)[word * 4 + number] = Int8(value)
        case (.int8, _): numbers(of: Int16.self)[word * 2 + number] = Int16(value)
        }
    }

    func value(word: Int, number: Int) -> Float {
        switch (precision, numbersPerWord) {
        case (.fp32, _): memory.base[word]
        case (.bf16, _): Float(bitPattern: UInt32(numbers(of: UInt16.self)[word * 2 + number]) << 16)
        case (.int8, 4): Float(numbers(of: Int8.self)[word * 4 + number])
        case (.int8, _): Float(numbers(of: Int16.self)[word * 2 + number])
        }
    }

    private func numbers<Number>(of type: Number.Type) -> UnsafeMutablePointer<Number> {
        UnsafeMutableRawPointer(memory.base).assumingMemoryBound(to: type)
    }
}
