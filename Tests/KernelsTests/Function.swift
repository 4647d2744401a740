import CKernels
import Glibc

/// Every activation with its parameters, and what it is in double precision.
struct Function: CustomStringConvertible {
    let description: String
    let activation: dv_activation
    let exact: (Double) -> Double
    /// Steepest slope, for how errors of the argument pass through.
    let slope: Double

    init(_ name: String, _ function: dv_function, a: Float = 0, b: Float = 0, slope: Double = 1, _ exact: @escaping (Double) -> Double) {
        (description, self.exact, self.slope) = (name, exact, slope)
        activation = dv_activation(function: function, a: a, b: b)
    }

    static var all: [Function] {
        [
            Function("identity", DV_IDENTITY) { $0 },
            Function("relu", DV_CLAMP, a: 0, b: .infinity) { max($0, 0) },
            Function("relu6", DV_CLAMP, a: 0, b: 6) { min(max($0, 0), 6) },
            Function("clamp(-0.5, 0.25)", DV_CLAMP, a: -0.5, b: 0.25) { min(max($0, -0.5), 0.25) },
            Function("leaky", DV_LEAKY_RELU, a: 0.1) { $0 < 0 ? Double(Float(0.1)) * $0 : $0 },
            Function("sigmoid", DV_SIGMOID) { 1 / (1 + exp(-$0)) },
            Function("silu", DV_SILU, slope: 1.1) { $0 / (1 + exp(-$0)) },
            Function("hard sigmoid", DV_HARD_SIGMOID, a: 0.2, b: 0.5) { min(max(Double(Float(0.2)) * $0 + 0.5, 0), 1) },
            Function("hard swish", DV_HARD_SWISH, slope: 1.5) { $0 * min(max($0 / 6 + 0.5, 0), 1) },
            Function("tanh", DV_TANH) { tanh($0) },
            Function("exp", DV_EXP) { exp($0) },
            Function("mish", DV_MISH, slope: 1.1) { $0 * tanh($0 > 30 ? $0 : log1p(exp($0))) },
            Function("elu", DV_ELU, a: 0.7) { $0 < 0 ? Double(Float(0.7)) * expm1($0) : $0 },
        ]
    }

    /// How far a result may be when its argument `x` is known to within `error`.
    func allowance(_ x: Double, _ error: Double) -> Double {
        let y = exact(x), steepness = activation.function == DV_EXP ? abs(y) : slope
        return steepness * error + 2e-6 * abs(y) + 1e-6
    }
}
