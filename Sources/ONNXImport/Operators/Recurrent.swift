import Inference

/// LSTM, GRU and RNN.
extension OperatorRegistry {
    static var recurrent: [String: OperatorEntry] {
        [
            "RNN": OperatorEntry(3...6, outputs: 1...2) { node throws(ImportError) in try node.recurrent(.simple) },
            "GRU": OperatorEntry(3...6, outputs: 1...2) { node throws(ImportError) in
                try node.recurrent(.gru(resetsAfterProduct: try node.attributes.flag("linear_before_reset")))
            },
            "LSTM": OperatorEntry(3...8, outputs: 1...3) { node throws(ImportError) in
                try node.recurrent(.lstm(couplesInput: try node.attributes.flag("input_forget")))
            },
        ]
    }
}

extension NodeImport {
    fileprivate mutating func recurrent(_ cell: Recurrent.Cell) throws(ImportError) -> Recurrent {
        guard let hidden = try attributes.int("hidden_size") else { throw error(.invalidGraph, "hidden_size is missing") }
        return Recurrent(
            cell, hidden: hidden,
            direction: try attributes.choice("direction", default: .forward),
            activations: try recurrentActivations(), clip: try attributes.float("clip"),
            isBatchFirst: try attributes.flag("layout"))
    }

    /// The listed functions (the specification leaves the case of their names open); those with parameters take theirs from the two
    /// lists, in order.
    private mutating func recurrentActivations() throws(ImportError) -> [Unary.Function]? {
        var alphas = (try attributes.floats("activation_alpha") ?? [])[...]
        var betas = (try attributes.floats("activation_beta") ?? [])[...]
        return try attributes.strings("activations")?.map { name throws(ImportError) in
            try activation(name, alpha: { alphas.popFirst() ?? $0 }, beta: { betas.popFirst() ?? $0 })
        }
    }

    /// An activation by ONNX's name (the specification leaves its case open); `alpha` and `beta` turn the default of a parameter into
    /// its value, and are asked in that order.
    func activation(_ name: String, alpha: (Float) -> Float, beta: (Float) -> Float) throws(ImportError) -> Unary.Function {
        switch name.lowercased() {
        case "relu": .relu
        case "tanh": .tanh
        case "sigmoid": .sigmoid
        case "hardswish": .hardSwish
        case "softsign": .softsign
        case "softplus": .softplus
        case "leakyrelu": .leakyRelu(slope: alpha(0.01))
        case "elu": .elu(alpha: alpha(1))
        case "thresholdedrelu": .thresholdedRelu(alpha: alpha(1))
        case "affine": .affine(alpha: alpha(1), beta: beta(0))
        case "scaledtanh": .scaledTanh(alpha: alpha(1), beta: beta(1))
        case "hardsigmoid": .hardSigmoid(alpha: alpha(0.2), beta: beta(0.5))
        default: throw error(.unsupportedAttribute, "activation '\(name)' is not known")
        }
    }
}
