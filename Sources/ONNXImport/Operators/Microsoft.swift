import Inference
import Tensors

/// Domain com.microsoft: what onnxruntime's graph optimizer makes of ONNX operators, taken apart again where the engine has the parts.
extension OperatorRegistry {
    static var microsoft: [String: OperatorEntry] {
        [
            "FusedConv": contributed(2...4) { node throws(ImportError) in try node.fusedConvolution() },
            "FusedGemm": contributed(2...3) { node throws(ImportError) in try node.fusedGemm() },
            "FusedMatMul": contributed(2...2) { node throws(ImportError) in
                FusedMatMul(
                    alpha: try node.attributes.float("alpha") ?? 1, transposesA: try node.attributes.flag("transA"),
                    transposesB: try node.attributes.flag("transB"),
                    batchTransposesA: try node.attributes.flag("transBatchA"),
                    batchTransposesB: try node.attributes.flag("transBatchB"))
            },
            "Gelu": contributed(1...1) { _ throws(ImportError) in Unary(.gelu(tanhApproximation: false)) },
            "BiasGelu": contributed(2...2) { node throws(ImportError) in
                node.addInputs(0, 1)
                return Unary(.gelu(tanhApproximation: false))
            },
            "FastGelu": contributed(1...2) { node throws(ImportError) in
                node.addInputs(0, 1)
                return Unary(.gelu(tanhApproximation: true))
            },
            "QuickGelu": contributed(1...1) { node throws(ImportError) in
                Unary(.swish(alpha: try node.attributes.float("alpha") ?? 1.702))
            },
            "SkipLayerNormalization": contributed(3...5, outputs: 1...4) { node throws(ImportError) in
                try node.skipNormalization(keepsMean: false)
            },
            "SkipSimplifiedLayerNormalization": contributed(3...4, outputs: 1...4) { node throws(ImportError) in
                try node.skipNormalization(keepsMean: true)
            },
        ]
    }

    static func contributed(
        _ inputs: ClosedRange<Int>, outputs: ClosedRange<Int> = 1...1, build: @escaping OperatorEntry.Build
    ) -> OperatorEntry {
        OperatorEntry(inputs, outputs: outputs, since: 1, until: Int.max, build: build)
    }
}

extension NodeImport {
    /// Input `first` plus input `second`, where that is given, as the only input.
    fileprivate mutating func addInputs(_ first: Int, _ second: Int) {
        let sum = input(second) == nil ? input(first) : before("Add", Binary(.add), [input(first), input(second)])
        inputs = [sum]
    }

    /// Conv, plus Z, through an activation.
    fileprivate mutating func fusedConvolution() throws(ImportError) -> any Operator {
        let convolution = try convolution()
        let parameters = try attributes.floats("activation_params") ?? []
        guard let name = try attributes.string("activation") ?? (input(3) != nil ? "" : nil) else { return convolution }
        inputs = [before("Conv", convolution, Array(inputs.prefix(3))), input(3)]
        addInputs(0, 1)
        return try activation(name, parameters)
    }

    fileprivate mutating func fusedGemm() throws(ImportError) -> any Operator {
        let gemm = try gemm()
        var parameters: [Float] = []
        for name in ["activation_alpha", "activation_beta", "activation_gamma"] {
            if let value = try attributes.float(name) { parameters.append(value) }
        }
        guard let name = try attributes.string("activation"), !name.isEmpty else { return gemm }
        inputs = [before("Gemm", gemm, inputs)]
        return try activation(name, parameters)
    }

    /// The activation that closes a fused node, by ONNX's name and in the order of ONNX's attributes.
    private mutating func activation(_ name: String, _ parameters: [Float]) throws(ImportError) -> any Operator {
        func parameter(_ index: Int, _ fallback: Float) -> Float { index < parameters.count ? parameters[index] : fallback }
        switch name {
        case "": return Unary(.identity)
        case "Clip":
            setInput(1, "min", Tensor(scalar: parameter(0, -.greatestFiniteMagnitude)))
            setInput(2, "max", Tensor(scalar: parameter(1, .greatestFiniteMagnitude)))
            return Clip()
        default: return Unary(try activation(name, alpha: { parameter(0, $0) }, beta: { parameter(1, $0) }))
        }
    }

    /// Input plus skip plus bias, normalized by rows. The sum may be the fourth output.
    fileprivate mutating func skipNormalization(keepsMean: Bool) throws(ImportError) -> LayerNormalization {
        let (scale, shift, bias) = keepsMean ? (input(2), nil, input(3)) : (input(2), input(3), input(4))
        var sum = before("Add", Binary(.add), [input(0), input(1)])
        if let bias { sum = before("AddBias", Binary(.add), [sum, bias]) }
        if outputs.count > 3, let output = outputs[3] {
            graph.nodes.append(Node(name: "\(context.name).Sum", kind: "Identity", op: Unary(.identity), inputs: [sum], outputs: [output]))
        }
        inputs = [sum, scale, shift]
        outputs = Array(outputs.prefix(3))
        return try layerNormalization(keepsMean: keepsMean, epsilon: 1e-12)
    }
}
