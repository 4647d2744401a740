import CKernels

/// What the numbers are rounded to that convolutions and products with constant matrices multiply. Images between layers, and whatever else is
/// computed, stay 32-bit floats.
public enum Precision: String, Sendable, Hashable, CaseIterable, Codable {
    /// Not at all.
    case fp32
    /// 8 significant bits: half the width, the range of floats. Sums are floats.
    case bf16
    /// 256 levels of the sources of a layer, and 255 of the weights of each of its output channels. Sums are exact.
    case int8

    /// Whether this CPU multiplies such numbers, with the instruction set that is in use.
    public var isAvailable: Bool { numbersPerWord > 0 }

    /// The instructions that it takes, for people.
    public var instructions: String {
        switch self {
        case .fp32: "none in particular"
        case .bf16: "AVX512_BF16"
        case .int8: "AVX512_VNNI, or AVX2 without AVX-512"
        }
    }

    /// How many go into a word of 32 bits; 0 where they are not available.
    var numbersPerWord: Int { Int(dv_numbers_per_word(kernel)) }

    var kernel: dv_precision {
        switch self {
        case .fp32: DV_FP32
        case .bf16: DV_BF16
        case .int8: DV_INT8
        }
    }
}

/// How the sources of one layer are rounded.
enum Rounding {
    case none, bf16
    case int8(Level)

    var precision: Precision {
        switch self {
        case .none: .fp32
        case .bf16: .bf16
        case .int8: .int8
        }
    }

    var level: Level? { if case .int8(let level) = self { level } else { nil } }
}
