import Inference
import Tensors

extension OperatorRegistry {
    static var elementwise: [String: OperatorEntry] {
        [
            "Relu": unary(.relu), "Sigmoid": unary(.sigmoid), "Tanh": unary(.tanh), "Softplus": unary(.softplus),
            "HardSwish": unary(.hardSwish, since: 14), "Mish": unary(.mish, since: 18), "Erf": unary(.erf, since: 9),
            "Exp": unary(.exp), "Log": unary(.log), "Sqrt": unary(.sqrt), "Reciprocal": unary(.reciprocal),
            "Abs": unary(.abs), "Neg": unary(.negative), "Floor": unary(.floor), "Ceil": unary(.ceil), "Round": unary(.round, since: 11),
            "Not": unary(.not), "Identity": unary(.identity), "Sign": unary(.sign, since: 9), "Softsign": unary(.softsign),
            "Sin": unary(.sin), "Cos": unary(.cos), "Tan": unary(.tan), "Asin": unary(.asin), "Acos": unary(.acos), "Atan": unary(.atan),
            "Sinh": unary(.sinh, since: 9), "Cosh": unary(.cosh, since: 9), "Asinh": unary(.asinh, since: 9),
            "Acosh": unary(.acosh, since: 9), "Atanh": unary(.atanh, since: 9),
            "BitwiseNot": unary(.bitwiseNot, since: 18),
            "BitShift": OperatorEntry(2...2, since: 11) { node throws(ImportError) in
                guard node.attributes.has("direction") else { throw node.error(.invalidGraph, "direction is missing") }
                return Bitwise(try node.attributes.choice("direction", default: .shiftLeft, ["LEFT": .shiftLeft, "RIGHT": .shiftRight]))
            },
            "IsNaN": OperatorEntry(1...1, since: 9, FloatTest(.isNaN)),
            "IsInf": OperatorEntry(1...1, since: 10) { node throws(ImportError) in
                let positive = try node.attributes.flag("detect_positive", default: true)
                return FloatTest(.isInfinite(positive: positive, negative: try node.attributes.flag("detect_negative", default: true)))
            },
            "LeakyRelu": OperatorEntry(1...1) { node throws(ImportError) in
                Unary(.leakyRelu(slope: try node.attributes.float("alpha") ?? 0.01))
            },
            "Elu": OperatorEntry(1...1) { node throws(ImportError) in Unary(.elu(alpha: try node.attributes.float("alpha") ?? 1)) },
            "Selu": OperatorEntry(1...1) { node throws(ImportError) in
                // The defaults are the float32 values that the specification prints.
                let alpha = try node.attributes.float("alpha") ?? 1.67326319217681884765625
                return Unary(.selu(alpha: alpha, gamma: try node.attributes.float("gamma") ?? 1.05070102214813232421875))
            },
            "HardSigmoid": OperatorEntry(1...1) { node throws(ImportError) in
                let alpha = try node.attributes.float("alpha") ?? 0.2
                return Unary(.hardSigmoid(alpha: alpha, beta: try node.attributes.float("beta") ?? 0.5))
            },
            "Gelu": OperatorEntry(1...1, since: 20) { node throws(ImportError) in
                Unary(.gelu(tanhApproximation: try node.attributes.choice("approximate", default: false, ["none": false, "tanh": true])))
            },
            "Celu": OperatorEntry(1...1, since: 12) { node throws(ImportError) in
                Unary(.celu(alpha: try node.attributes.float("alpha") ?? 1))
            },
            "ThresholdedRelu": OperatorEntry(1...1, since: 10) { node throws(ImportError) in
                Unary(.thresholdedRelu(alpha: try node.attributes.float("alpha") ?? 1))
            },
            "Shrink": OperatorEntry(1...1, since: 9) { node throws(ImportError) in
                let bias = try node.attributes.float("bias") ?? 0
                return Unary(.shrink(bias: bias, lambda: try node.attributes.float("lambd") ?? 0.5))
            },
            "Swish": OperatorEntry(1...1, since: 24) { node throws(ImportError) in
                let alpha = try node.attributes.float("alpha") ?? 1
                return Unary(alpha == 1 ? .silu : .swish(alpha: alpha))
            },
            "PRelu": OperatorEntry(2...2, ParametricRelu()),
            "Clip": OperatorEntry(1...3) { node throws(ImportError) in
                if node.opset < 11 {
                    guard node.inputs.count == 1 else { throw node.error(.invalidGraph, "its limits are attributes before opset 11") }
                    if let least = try node.attributes.float("min") { node.setInput(1, "min", Tensor(scalar: least)) }
                    if let most = try node.attributes.float("max") { node.setInput(2, "max", Tensor(scalar: most)) }
                }
                return Clip()
            },
            "Add": binary(.add), "Sub": binary(.subtract), "Mul": binary(.multiply), "Div": binary(.divide), "Pow": binary(.power),
            "Equal": binary(.equal), "Greater": binary(.greater), "Less": binary(.less),
            "GreaterOrEqual": binary(.greaterOrEqual, since: 12), "LessOrEqual": binary(.lessOrEqual, since: 12),
            "And": binary(.and), "Or": binary(.or), "Xor": binary(.xor),
            "BitwiseAnd": bitwise(.and), "BitwiseOr": bitwise(.or), "BitwiseXor": bitwise(.xor),
            "Mod": OperatorEntry(2...2, since: 10) { node throws(ImportError) in
                Mod(takesSignOfDividend: try node.attributes.flag("fmod"))
            },
            "Where": OperatorEntry(3...3, since: 9, Where()),
            "Sum": variadic(.sum), "Mean": variadic(.mean), "Min": variadic(.minimum), "Max": variadic(.maximum),
            "Cast": OperatorEntry(1...1) { node throws(ImportError) in
                guard let code = try node.attributes.int("to"), let code = Int32(exactly: code) else {
                    throw node.error(.invalidGraph, "the type to cast to is missing")
                }
                return try node.cast(to: DataType(code))
            },
            "CastLike": OperatorEntry(2...2, since: 15) { node throws(ImportError) in
                // Elsewhere than in inputs and weights, types are those that the engine computes in.
                guard let model = node.input(1), let type = node.graph.types[model] else {
                    node.ignoreCastHints()
                    return CastLike()
                }
                node.inputs = [node.inputs[0]]
                return try node.cast(to: type)
            },
        ]
    }

    private static func unary(_ function: Unary.Function, since: Int = 7) -> OperatorEntry {
        OperatorEntry(1...1, since: since, Unary(function))
    }

    private static func binary(_ function: Binary.Function, since: Int = 7) -> OperatorEntry {
        OperatorEntry(2...2, since: since, Binary(function))
    }

    private static func bitwise(_ function: Bitwise.Function) -> OperatorEntry { OperatorEntry(2...2, since: 18, Bitwise(function)) }

    private static func variadic(_ function: Variadic.Function) -> OperatorEntry {
        OperatorEntry(1...Int.max) { node throws(ImportError) in
            try node.checkAllInputs()
            return Variadic(function)
        }
    }
}

extension NodeImport {
    /// What matters for 8-bit floats only, which are refused.
    fileprivate mutating func ignoreCastHints() { attributes.ignore("saturate", "round_mode") }

    fileprivate mutating func cast(to type: DataType) throws(ImportError) -> Cast {
        ignoreCastHints()
        guard let elementType = type.elementType else {
            throw error(.unsupportedType, "a cast to \(type.name) is not supported: cast to int32 or float instead")
        }
        if let output = outputs[0] { graph.types[output] = type }
        return Cast(to: elementType, roundsToHalf: type.known == .float16)
    }
}
