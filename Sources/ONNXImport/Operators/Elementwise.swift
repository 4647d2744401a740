import Inference
import Tensors

extension OperatorRegistry {
    static var activations: [String: OperatorEntry] {
        [
            "Relu": unary(.relu),
            "Sigmoid": unary(.sigmoid),
            "Tanh": unary(.tanh),
            "Softplus": unary(.softplus),
            "HardSwish": unary(.hardSwish, since: 14),
            "Mish": unary(.mish, since: 18),
            "LeakyRelu": OperatorEntry(1...1) { node throws(ImportError) in
                Unary(.leakyRelu(slope: try node.attributes.float("alpha") ?? 0.01))
            },
            "Elu": OperatorEntry(1...1) { node throws(ImportError) in
                Unary(.elu(alpha: try node.attributes.float("alpha") ?? 1))
            },
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
            "PRelu": OperatorEntry(2...2) { _ throws(ImportError) in ParametricRelu() },
            "Clip": OperatorEntry(1...3) { node throws(ImportError) in
                if node.opset < 11 {
                    guard node.inputs.count == 1 else { throw node.error(.invalidGraph, "its limits are attributes before opset 11") }
                    if let least = try node.attributes.float("min") { node.setInput(1, "min", Tensor(scalar: least)) }
                    if let most = try node.attributes.float("max") { node.setInput(2, "max", Tensor(scalar: most)) }
                }
                return Clip()
            },
        ]
    }

    /// An element-wise function without attributes.
    static func unary(_ function: Unary.Function, since: Int = 7) -> OperatorEntry {
        OperatorEntry(1...1, since: since) { _ throws(ImportError) in Unary(function) }
    }
}

extension OperatorRegistry {
    static var elementwise: [String: OperatorEntry] {
        [
            "Erf": unary(.erf, since: 9),
            "Exp": unary(.exp),
            "Log": unary(.log),
            "Sqrt": unary(.sqrt),
            "Reciprocal": unary(.reciprocal),
            "Abs": unary(.abs),
            "Neg": unary(.negative),
            "Floor": unary(.floor),
            "Ceil": unary(.ceil),
            "Round": unary(.round, since: 11),
            "Not": unary(.not),
            "Identity": unary(.identity),
            "Add": binary(.add),
            "Sub": binary(.subtract),
            "Mul": binary(.multiply),
            "Div": binary(.divide),
            "Pow": binary(.power),
            "Mod": OperatorEntry(2...2, since: 10) { node throws(ImportError) in
                Mod(takesSignOfDividend: try node.attributes.flag("fmod", default: false))
            },
            "Equal": binary(.equal),
            "Greater": binary(.greater),
            "Less": binary(.less),
            "GreaterOrEqual": binary(.greaterOrEqual, since: 12),
            "LessOrEqual": binary(.lessOrEqual, since: 12),
            "And": binary(.and),
            "Or": binary(.or),
            "Where": OperatorEntry(3...3, since: 9) { _ throws(ImportError) in Where() },
        ]
    }

    static var variadic: [String: OperatorEntry] {
        [
            "Sum": variadic(.sum), "Mean": variadic(.mean), "Min": variadic(.minimum), "Max": variadic(.maximum),
        ]
    }

    private static func binary(_ function: Binary.Function, since: Int = 7) -> OperatorEntry {
        OperatorEntry(2...2, since: since) { _ throws(ImportError) in Binary(function) }
    }

    private static func variadic(_ function: Variadic.Function) -> OperatorEntry {
        OperatorEntry(1...Int.max) { node throws(ImportError) in
            guard node.inputs.allSatisfy({ $0 != nil }) else { throw node.error(.invalidGraph, "one of its inputs is missing") }
            return Variadic(function)
        }
    }
}

extension OperatorRegistry {
    static var casts: [String: OperatorEntry] {
        [
            "Cast": OperatorEntry(1...1) { node throws(ImportError) in
                // `saturate` matters for 8-bit floats only, which are refused.
                node.attributes.ignore("saturate", "round_mode")
                guard let code = try node.attributes.int("to"), let code = Int32(exactly: code) else {
                    throw node.error(.invalidGraph, "the type to cast to is missing")
                }
                return try node.cast(to: DataType(code))
            },
            "CastLike": OperatorEntry(2...2, since: 15) { node throws(ImportError) in
                node.attributes.ignore("saturate", "round_mode")
                // Elsewhere than in inputs and weights, types are those that the engine computes in.
                guard let model = node.input(1), let type = node.graph.types[model] else { return CastLike() }
                let op = try node.cast(to: type)
                node.inputs = [node.inputs[0]]
                return op
            },
        ]
    }
}

extension NodeImport {
    fileprivate func cast(to type: DataType) throws(ImportError) -> Cast {
        // A cast to a narrow integer wraps around, which a stored int32 would not: refuse rather than differ.
        switch type.known {
        case .float, .float16, .bfloat16, .double, .int32, .int64, .bool: break
        default: throw error(.unsupportedType, "a cast to \(type.name) is not supported: cast to int32 or float instead")
        }
        if let output = outputs[0] { graph.setType(type, of: output) }
        return Cast(to: type.elementType ?? .float32, roundsToHalf: type.known == .float16)
    }
}
