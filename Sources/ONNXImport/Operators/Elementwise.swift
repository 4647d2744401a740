import Inference

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
