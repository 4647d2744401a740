import Foundation
import Inference
import Tensors
import TestSupport
import Testing

@Suite struct OperatorsElementwiseTests {
    @Test func broadcastingAgreesWithIndexing() throws {
        var numbers = Dice(30)
        for _ in 0..<200 {
            let full = (0..<numbers.int(0...4)).map { _ in numbers.int(1...4) }
            func operand() -> Tensor {
                let kept = full.dropFirst(numbers.int(0...full.count))
                return numbers.floats(Shape(kept.map { numbers.int(0...2) == 0 ? 1 : $0 }))
            }
            let (a, b) = (operand(), operand())
            let rank = max(a.shape.rank, b.shape.rank)
            func extent(_ t: Tensor, _ axis: Int) -> Int { axis < rank - t.shape.rank ? 1 : t.shape[axis - rank + t.shape.rank] }
            func value(_ t: Tensor, _ index: [Int]) -> Float {
                Naive(t)[index.suffix(t.shape.rank).enumerated().map { t.shape[$0.offset] == 1 ? 0 : $0.element }]
            }
            let shape = Shape((0..<rank).map { max(extent(a, $0), extent(b, $0)) })
            expectClose(
                try run(Binary(.subtract), [a, b])[0], Naive.build(shape) { value(a, $0) - value(b, $0) }, .exact, "\(a.shape) \(b.shape)")
            let condition = mapped(a) { $0 > 0 }
            expectClose(
                try run(Where(), [condition, a, b])[0], Naive.build(shape) { value(a, $0) > 0 ? value(a, $0) : value(b, $0) }, .exact)
        }
    }

    private func mapped(_ t: Tensor, _ f: (Float) -> Bool) -> Tensor { Tensor(t.shape, t.elements(of: Float.self).map(f)) }

    private static let functions: [Unary.Function] = [
        .silu, .sigmoid, .mish, .softplus, .hardSwish, .hardSigmoid(alpha: 0.2, beta: 0.5), .gelu(tanhApproximation: false),
        .gelu(tanhApproximation: true), .elu(alpha: 0.5), .selu(alpha: 1.6, gamma: 1.05), .leakyRelu(slope: 0.1), .relu, .round,
        .reciprocal,
    ]

    /// The definitions in double precision.
    private func definition(_ function: Unary.Function, _ x: Double) -> Double {
        switch function {
        case .silu: return x / (1 + exp(-x))
        case .sigmoid: return 1 / (1 + exp(-x))
        case .mish: return x * tanh(log(1 + exp(x)))
        case .softplus: return log(1 + exp(x))
        case .hardSwish: return x * max(0, min(1, x / 6 + 0.5))
        case .hardSigmoid: return max(0, min(1, 0.2 * x + 0.5))
        case .gelu(tanhApproximation: false): return 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
        case .gelu(tanhApproximation: true):
            let inner: Double = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
            return 0.5 * x * (1 + tanh(inner))
        case .elu: return x < 0 ? 0.5 * (exp(x) - 1) : x
        case .selu: return x < 0 ? 1.05 * 1.6 * (exp(x) - 1) : 1.05 * x
        case .leakyRelu: return x < 0 ? 0.1 * x : x
        case .relu: return max(x, 0)
        case .round: return x.rounded(.toNearestOrEven)
        case .reciprocal: return 1 / x
        default: return .nan
        }
    }

    @Test(arguments: functions) func unaryFunctionsAgreeWithTheirDefinitions(function: Unary.Function) throws {
        let inputs: [Float] = [-20, -3.5, -2.5, -1, -0.5, -1e-3, 1e-3, 0.5, 1, 1.5, 2.5, 3.5, 20]
        let expected: [Float] = inputs.map { Float(definition(function, Double($0))) }
        expectClose(try run(Unary(function), [floats(inputs)])[0], floats(expected), .close(relative: 1e-5, absolute: 1e-6))
    }

    @Test func extremesOfActivationsStayFinite() throws {
        let x = floats([-1e4, 1e4])
        #expect(try run(Unary(.softplus), [x])[0].elements() == [0, 1e4] as [Float])
        expectClose(try run(Unary(.silu), [x])[0], floats([0, 1e4]), .close(relative: 0, absolute: 1e-36))
        #expect(try run(Unary(.mish), [x])[0].elements() == [0, 1e4] as [Float])
    }

    @Test func integersWrapAndTruncate() throws {
        let a = Tensor([4], [Int64.min, -7, 7, Int64.max])
        #expect(try run(Binary(.divide), [a, Tensor(scalar: Int64(-1))])[0].elements() == [Int64.min, 7, -7, -Int64.max])
        #expect(try run(Binary(.divide), [a, Tensor(scalar: Int64(2))])[0].elements() == [Int64.min / 2, -3, 3, Int64.max / 2])
        #expect(try run(Binary(.add), [a, Tensor(scalar: Int64(1))])[0].elements() == [Int64.min + 1, -6, 8, Int64.min])
        #expect(try run(Unary(.abs), [a])[0].elements() == [Int64.min, 7, 7, Int64.max])
        #expect(throws: OperatorError.self) { try run(Binary(.divide), [a, Tensor(scalar: Int64(0))]) }
    }

    @Test func powerKeepsTheBaseType() throws {
        let base = Tensor([3], [2, -3, 0] as [Int64])
        #expect(try run(Binary(.power), [base, Tensor(scalar: Int32(3))])[0].elements() == [8, -27, 0] as [Int64])
        #expect(try run(Binary(.power), [base, Tensor(scalar: Float(0.5))])[0].elements(of: Int64.self)[0] == 1)
        let wrapped: [Int64] = [0, wrappedPower(-3), 0]
        #expect(try run(Binary(.power), [base, Tensor(scalar: Int64.max)])[0].elements() == wrapped)
        #expect(try run(Binary(.power), [floats([2, -3]), Tensor(scalar: Int64(2))])[0].elements() == [4, 9] as [Float])
        #expect(try run(Binary(.power), [floats([4]), floats([-0.5])])[0].elements() == [0.5] as [Float])
    }

    /// x^(2⁶³ − 1) modulo 2⁶⁴.
    private func wrappedPower(_ x: Int64) -> Int64 {
        var result = x
        for _ in 0..<62 { result = result &* result &* x }
        return result
    }

    @Test func minimumAndMaximumPassNaNOn() throws {
        let (a, b) = (floats([.nan, 1, 2]), floats([1, .nan, 1]))
        for op in [Binary(.minimum), Binary(.maximum)] {
            let result: [Float] = try run(op, [a, b])[0].elements()
            #expect(result[0].isNaN)
            #expect(result[1].isNaN)
            #expect(!result[2].isNaN)
        }
        #expect(try run(Variadic(.mean), [floats([1, 2]), floats([3]), Tensor(scalar: Float(2))])[0].elements() == [2, Float(7) / 3])
    }

    @Test func castsClampTruncateAndRound() throws {
        let x = floats([.nan, .infinity, -.infinity, -1.9, 1.9, 3e9])
        #expect(try run(Cast(to: .int32), [x])[0].elements() == [0, Int32.max, Int32.min, -1, 1, Int32.max])
        #expect(try run(Cast(to: .int64), [x])[0].elements() == [0, Int64.max, Int64.min, -1, 1, 3_000_000_000])
        #expect(try run(Cast(to: .bool), [floats([0, -0.0, 0.1, .nan])])[0].elements() == [false, false, true, true])
        #expect(
            try run(Cast(to: .float32, roundsToHalf: true), [floats([1.0001, 70000, 1e-9])])[0].elements() == [1, .infinity, 0] as [Float])
    }

    @Test func clipTakesEitherBound() throws {
        let x = floats([-2, 0, 2])
        #expect(try run(Clip(), [x, nil, Tensor(scalar: Float(1))])[0].elements() == [-2, 0, 1] as [Float])
        #expect(try run(Clip(), [x, Tensor(scalar: Float(-1))])[0].elements() == [-1, 0, 2] as [Float])
        #expect(try run(Clip(), [x, Tensor(scalar: Float(3)), Tensor(scalar: Float(1))])[0].elements() == [1, 1, 1] as [Float])
    }

    /// The examples of the ONNX specification, and operands at the edges of their types.
    @Test func moduloTakesTheSignOfTheDivisorOrOfTheDividend() throws {
        let a: [Int64] = [-4, 7, 5, 4, -7, 8, .min], b: [Int64] = [2, -3, 8, -2, 3, 5, -1]
        let byDivisor: [Int64] = [0, -2, 5, 0, 2, 3, 0], byDividend: [Int64] = [0, 1, 5, 0, -1, 3, 0]
        #expect(try run(Mod(), [Tensor([7], a), Tensor([7], b)])[0].elements() == byDivisor)
        #expect(try run(Mod(takesSignOfDividend: true), [Tensor([7], a), Tensor([7], b)])[0].elements() == byDividend)
        let small: [Int32] = try run(Mod(), [Tensor([2], [Int32(-7), .min]), Tensor([2], [Int32(3), -1])])[0].elements()
        #expect(small == [2, 0])
        let x = floats([-4.3, 7.2, 5, 4.3, -7.2, 8]), y = floats([2.1, -3.4, 8, -2.1, 3.4, 5])
        let rest: [Float] = zip(x.elements(of: Float.self), y.elements(of: Float.self)).map { fmodf($0, $1) }
        #expect(try run(Mod(takesSignOfDividend: true), [x, y])[0].elements() == rest)
    }

    @Test func moduloBroadcasts() throws {
        let rows = try run(Mod(), [Tensor([2, 3], [Int64(10), 11, 12, 13, 14, -15]), list([7])])[0]
        #expect(rows.shape == [2, 3])
        #expect(rows.elements() == [3, 4, 5, 6, 0, 6] as [Int64])
    }

    @Test func moduloRefusesWhatHasNoRemainder() throws {
        #expect(throws: OperatorError.self) { try Mod().evaluate([list([1, 2]), list([3, 0])]) }
        #expect(throws: OperatorError.self) { try Mod().outputs(for: [ValueFacts(.float32, [2]), ValueFacts(.float32, [2])]) }
        #expect(throws: OperatorError.self) { try Mod().outputs(for: [ValueFacts(.int64, [2]), ValueFacts(.int32, [2])]) }
        #expect(throws: OperatorError.self) { try Mod().outputs(for: [ValueFacts(.int64, [2]), ValueFacts(.int64, [3])]) }
        #expect(try run(Mod(takesSignOfDividend: true), [floats([1]), floats([0])])[0].elements(of: Float.self)[0].isNaN)
    }
}
