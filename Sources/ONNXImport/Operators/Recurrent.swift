import Inference

/// LSTM, GRU and RNN.
extension OperatorRegistry {
    static var recurrent: [String: OperatorEntry] {
        [
            "RNN": OperatorEntry(3...6, outputs: 1...2) { node throws(ImportError) in try node.recurrent(.simple) },
            "GRU": OperatorEntry(3...6, outputs: 1...2) { node throws(ImportError) in
                try node.recurrent(.gru(resetsAfterProduct: try node.attributes.flag("linear_before_reset", default: false)))
            },
            "LSTM": OperatorEntry(3...8, outputs: 1...3) { node throws(ImportError) in
                try node.recurrent(.lstm(couplesInput: try node.attributes.flag("input_forget", default: false)))
            },
        ]
    }
}

extension NodeImport {
    fileprivate mutating func recurrent(_ cell: Recurrent.Cell) throws(ImportError) -> Recurrent {
        guard let hidden = try attributes.int("hidden_size") else { throw error(.invalidGraph, "hidden_size is missing") }
        return Recurrent(
            cell, hidden: hidden,
            direction: try attributes.choice(
                "direction", default: .forward, ["forward": .forward, "reverse": .reverse, "bidirectional": .bidirectional]),
            activations: try recurrentActivations(), clip: try attributes.float("clip"),
            isBatchFirst: try attributes.flag("layout", default: false))
    }

    /// The listed functions; those with parameters take theirs from the two lists, in order.
    private mutating func recurrentActivations() throws(ImportError) -> [RecurrentActivation]? {
        var alphas = (try attributes.floats("activation_alpha") ?? [])[...]
        var betas = (try attributes.floats("activation_beta") ?? [])[...]
        guard let names = try attributes.strings("activations") else { return nil }
        var result: [RecurrentActivation] = []
        for name in names {
            guard let activation = Self.recurrentFunctions[name.lowercased()] else {
                throw error(.unsupportedAttribute, "activation '\(name)' is not known")
            }
            var own = activation.function
            if activation.hasAlpha, let alpha = alphas.popFirst() { own.alpha = alpha }
            if activation.hasBeta, let beta = betas.popFirst() { own.beta = beta }
            result.append(own)
        }
        return result
    }

    /// By name in lower case (the specification leaves the case open), with the default parameters.
    private static var recurrentFunctions: [String: (function: RecurrentActivation, hasAlpha: Bool, hasBeta: Bool)] {
        [
            "relu": (.init(.relu), false, false), "tanh": (.init(.tanh), false, false), "sigmoid": (.init(.sigmoid), false, false),
            "softsign": (.init(.softsign), false, false), "softplus": (.init(.softplus), false, false),
            "leakyrelu": (.init(.leakyRelu, alpha: 0.01), true, false), "elu": (.init(.elu, alpha: 1), true, false),
            "thresholdedrelu": (.init(.thresholdedRelu, alpha: 1), true, false),
            "affine": (.init(.affine, alpha: 1), true, true), "scaledtanh": (.init(.scaledTanh, alpha: 1, beta: 1), true, true),
            "hardsigmoid": (.init(.hardSigmoid, alpha: 0.2, beta: 0.5), true, true),
        ]
    }
}
