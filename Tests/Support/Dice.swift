import Glibc
import Tensors

/// Added to every network's seed, so that a long run draws others: DEEPVID_TEST_SEED=1000 swift test …
package let seedOffset = getenv("DEEPVID_TEST_SEED").flatMap { Int(String(cString: $0)) } ?? 0

/// Deterministic numbers: a failing case names its seed and fails again (SplitMix64).
package struct Dice: RandomNumberGenerator {
    private var state: UInt64

    package init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678_9abc_def1 }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    package mutating func int(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }
    package mutating func int(_ count: Int) -> Int { int(0...count - 1) }
    package mutating func pick<T>(_ values: [T]) -> T { values[int(0...values.count - 1)] }
    package mutating func chance(_ oneIn: Int) -> Bool { int(1...oneIn) == 1 }
    /// In −1 … 1.
    package mutating func float() -> Float { Float(int(-1000...1000)) / 1000 }
    /// In −1 … 1, never exactly zero.
    package mutating func nonZero() -> Float { Float(int(1...1000)) / 1000 * (chance(2) ? 1 : -1) }
    /// In 0 ..< 1.
    package mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }
    /// Mean 0, variance 1.
    package mutating func normal() -> Float { (-2 * log(max(uniform(), 1e-7))).squareRoot() * cos(2 * .pi * uniform()) }

    package mutating func tensor(_ shape: Shape, scale: Float = 1) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { _ in float() * scale })
    }
}
