import Tensors
import Testing
import TestSupport

@testable import Inference

/// What is measured on stored activations.
struct ActivationStatisticsTests {
    static let functions: [Unary.Function] = [
        .relu, .clamp(low: -0.5, high: 0.5), .leakyRelu(slope: 0.1), .sigmoid, .hardSigmoid(alpha: 0.2, beta: 0.5), .silu, .hardSwish,
        .mish, .swish(alpha: 2), .gelu(tanhApproximation: true), .tanh, .exp, .elu(alpha: 1),
    ]

    /// Summed as one value after the other, whether the loop is of vectors or not.
    @Test(arguments: functions)
    func slopesAreThoseOfEachValue(function: Unary.Function) throws {
        try check(channels: 19, { function.squaredSlope(atOutput: $0) }, { $0.meanSquaredSlopes($1, of: function) })
    }

    @Test(arguments: [1, 8, 19, 64])
    func squaresAreThoseOfEachValue(channels: Int) throws {
        try check(channels: channels, { $0 * $0 }, { $0.meanSquares($1) })
    }

    private func check(
        channels: Int, _ function: (Float) -> Float, _ measured: (ActivationMemory, SpatialRef) -> [Float]
    ) throws {
        var b = GraphBuilder(), dice = Dice(channels)
        let size = (height: 21, width: 9), x = b.input("x", [1, channels, size.height, size.width])
        b.outputs = [try b.convolution(x, to: 8, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)]
        let plan = try Plan(b.graph), memory = ActivationMemory(plan), tensor = dice.tensor(b.shape(x), scale: 3)
        guard case .spatial(let image) = plan.inputs[0].place else { throw InferenceError(.invalidInput, "the input is no image") }
        memory.store(tensor, at: image)
        let rows = Array(stride(from: 0, to: size.height, by: 4))
        let wanted: [Float] = tensor.withElements(of: Float.self) { values in
            (0..<channels).map { channel in
                var sum: Float = 0
                for y in rows { for x in 0..<size.width { sum += function(values[(channel * size.height + y) * size.width + x]) } }
                return sum / Float(rows.count * size.width)
            }
        }
        #expect(measured(memory, image) == wanted)
    }
}
