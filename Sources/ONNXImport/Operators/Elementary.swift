import Inference

/// Functions of single elements that are rarer than those in `Elementwise`.
extension OperatorRegistry {
    static var elementary: [String: OperatorEntry] {
        [
            "Sin": elementary(.sin), "Cos": elementary(.cos), "Tan": elementary(.tan),
            "Asin": elementary(.asin), "Acos": elementary(.acos), "Atan": elementary(.atan),
            "Sinh": elementary(.sinh, since: 9), "Cosh": elementary(.cosh, since: 9),
            "Asinh": elementary(.asinh, since: 9), "Acosh": elementary(.acosh, since: 9), "Atanh": elementary(.atanh, since: 9),
            "Sign": elementary(.sign, since: 9),
            "Softsign": elementary(.softsign),
            "Celu": OperatorEntry(1...1, since: 12) { node throws(ImportError) in
                Elementary(.celu(alpha: try node.attributes.float("alpha") ?? 1))
            },
            "ThresholdedRelu": OperatorEntry(1...1, since: 10) { node throws(ImportError) in
                Elementary(.thresholdedRelu(alpha: try node.attributes.float("alpha") ?? 1))
            },
            "Shrink": OperatorEntry(1...1, since: 9) { node throws(ImportError) in
                let bias = try node.attributes.float("bias") ?? 0
                return Elementary(.shrink(bias: bias, lambda: try node.attributes.float("lambd") ?? 0.5))
            },
            "Swish": OperatorEntry(1...1, since: 24) { node throws(ImportError) in
                let alpha = try node.attributes.float("alpha") ?? 1
                return alpha == 1 ? Unary(.silu) : Elementary(.swish(alpha: alpha))
            },
            "IsNaN": OperatorEntry(1...1, since: 9) { _ throws(ImportError) in FloatTest(.isNaN) },
            "IsInf": OperatorEntry(1...1, since: 10) { node throws(ImportError) in
                let positive = try node.attributes.flag("detect_positive", default: true)
                return FloatTest(.isInfinite(positive: positive, negative: try node.attributes.flag("detect_negative", default: true)))
            },
        ]
    }

    private static func elementary(_ function: Elementary.Function, since: Int = 7) -> OperatorEntry {
        OperatorEntry(1...1, since: since) { _ throws(ImportError) in Elementary(function) }
    }
}

/// Bits and truth values.
extension OperatorRegistry {
    static var logic: [String: OperatorEntry] {
        [
            "Xor": OperatorEntry(2...2) { _ throws(ImportError) in Bitwise(.xor, isLogical: true) },
            "BitwiseAnd": bitwise(.and), "BitwiseOr": bitwise(.or), "BitwiseXor": bitwise(.xor),
            "BitwiseNot": OperatorEntry(1...1, since: 18) { node throws(ImportError) in
                // An unsigned integer lies in a wider signed one here, whose upper bits would turn up.
                if let type = node.input(0).flatMap({ node.graph.types[$0] }), [.uint8, .uint16].contains(type.known) {
                    throw node.error(.unsupportedType, "the bits of \(type.name) are not supported: use int32 or int64")
                }
                return BitwiseNot()
            },
        ]
    }

    private static func bitwise(_ function: Bitwise.Function) -> OperatorEntry {
        OperatorEntry(2...2, since: 18) { _ throws(ImportError) in Bitwise(function) }
    }
}
