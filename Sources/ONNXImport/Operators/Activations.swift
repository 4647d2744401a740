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
