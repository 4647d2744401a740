import CKernels
import Glibc
import Testing

/// Activations against Glibc in double precision, over the whole range of floats.
struct ActivationAccuracyTests {
    private static let arguments: [Float] = {
        var values: [Float] = [
            0, -0.0, 1e-45, -1e-45, .leastNormalMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        ]
        // Every power of two and its neighbourhood, and a fine grid where the functions bend.
        for exponent in -126...127 {
            for factor: Float in [1, 1.1, 1.37, 1.9] { values += [scalbnf(factor, Int32(exponent)), -scalbnf(factor, Int32(exponent))] }
        }
        values += (-4000...4000).map { Float($0) * 0.025 }
        values += (-3000...3000).map { Float($0) * 0.0001 }
        return values
    }()

    private func evaluate(_ function: Function) -> [Float] {
        var source = Self.arguments
        var result = [Float](repeating: .nan, count: source.count)
        source.withUnsafeMutableBufferPointer { source in
            result.withUnsafeMutableBufferPointer { result in
                let channels = Int32(source.count)
                dv_unary(
                    function.activation, nil, nil, channels, dv_image(base: source.baseAddress, row: 0, pixel: 0),
                    dv_image(base: result.baseAddress, row: 0, pixel: 0), [dv_span(row: 0, begin: 0, end: 1)], 1, 0)
            }
        }
        return result
    }

    @Test(arguments: Function.all.map(\.description))
    func isAccurateEverywhere(name: String) throws {
        let function = try #require(Function.all.first { $0.description == name })
        ISA.each { isa in
            let results = evaluate(function)
            for (x, y) in zip(Self.arguments, results) {
                let exact = function.exact(Double(x))
                // Exp saturates near the largest power that fits: 2.4e38, one rounding below overflow of its polynomial.
                if function.activation.function == DV_EXP, x > 88.37 {
                    if !(y >= 2.3e38) { Issue.record("\(isa): exp(\(x)) = \(y)") }
                    continue
                }
                guard y.isFinite else {
                    Issue.record("\(isa): \(function)(\(x)) = \(y)")
                    continue
                }
                if let wrong = near(y, exact, 1.5e-6 * abs(exact) + absolute(function)) {
                    Issue.record("\(isa): \(function)(\(x)): \(wrong)")
                }
            }
        }
    }

    /// Mish and ELU subtract numbers near one: their error is relative to one there.
    private func absolute(_ function: Function) -> Double {
        switch function.activation.function {
        case DV_MISH: 2e-6
        case DV_ELU, DV_HARD_SIGMOID, DV_HARD_SWISH: 2e-7
        // Below −87 the sigmoid is no normal number and flushes to zero; times x that is this much.
        case DV_SILU: 1.1e-36
        default: 2e-38
        }
    }
}
