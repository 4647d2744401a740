import Inference
import ONNXProto
import Tensors

/// Quantised operators. Those that compute are taken apart: inputs dequantised, ONNX's float operator, the result quantised. Passes of the
/// engine then fold dequantised weights, and join what quantises and dequantises in turn.
extension OperatorRegistry {
    static var quantized: [String: OperatorEntry] {
        [
            "QuantizeLinear": OperatorEntry(2...3, since: 10) { node throws(ImportError) in try node.quantizeLinear() },
            "DequantizeLinear": OperatorEntry(2...3, since: 10) { node throws(ImportError) in try node.dequantizeLinear() },
            "DynamicQuantizeLinear": OperatorEntry(1...1, outputs: 1...3, since: 11) { _ throws(ImportError) in DynamicQuantizeLinear() },
            "QLinearConv": OperatorEntry(8...9, since: 10) { node throws(ImportError) in
                let convolution = try node.convolution(weights: 3)
                let biasScale = node.before("BiasScale", Binary(.multiply), [node.input(1), node.input(4)])
                node.inputs = [
                    node.dequantized(0), node.dequantized(3, axis: 0),
                    node.input(8) == nil ? nil : node.dequantized(node.input(8), biasScale, nil, axis: 0), node.input(6), node.input(7),
                ]
                return node.quantized("Conv", convolution, inputs: 3)
            },
            "QLinearMatMul": OperatorEntry(8...8, since: 10) { node throws(ImportError) in
                node.inputs = [node.dequantized(0, axis: -2), node.dequantized(3, axis: -1), node.input(6), node.input(7)]
                return node.quantized("MatMul", MatMul(), inputs: 2)
            },
            "ConvInteger": OperatorEntry(2...4, since: 10) { node throws(ImportError) in
                let convolution = try node.convolution()
                return node.wholeNumbers("Conv", convolution, [node.lessZero(0, 2, axis: 1), node.lessZero(1, 3, axis: 0)])
            },
            "MatMulInteger": OperatorEntry(2...4, since: 10) { node throws(ImportError) in
                node.wholeNumbers("MatMul", MatMul(), [node.lessZero(0, 2, axis: -2), node.lessZero(1, 3, axis: -1)])
            },
        ]
    }

    /// Domain com.microsoft: what onnxruntime's quantisation tool writes where ONNX has no operator.
    static var microsoftQuantized: [String: OperatorEntry] {
        [
            "QuantizeLinear": contributed(2...3) { node throws(ImportError) in try node.quantizeLinear() },
            "DequantizeLinear": contributed(2...3) { node throws(ImportError) in try node.dequantizeLinear() },
            "QLinearAdd": quantizedPair("Add", Binary(.add)),
            "QLinearMul": quantizedPair("Mul", Binary(.multiply)),
            "QLinearSigmoid": quantizedSingle("Sigmoid") { _ throws(ImportError) in Unary(.sigmoid) },
            "QLinearLeakyRelu": quantizedSingle("LeakyRelu") { node throws(ImportError) in
                Unary(.leakyRelu(slope: try node.attributes.float("alpha") ?? 0.01))
            },
            "QLinearAveragePool": quantizedSingle("AveragePool") { node throws(ImportError) in
                try node.refuseChannelsLast()
                return try node.pooling(.average)
            },
            "QLinearGlobalAveragePool": quantizedSingle("GlobalAveragePool") { node throws(ImportError) in
                try node.refuseChannelsLast()
                return GlobalPooling(kind: .average)
            },
            "QLinearSoftmax": quantizedSingle("Softmax") { node throws(ImportError) in
                // The operator set whose Softmax is meant.
                let opset = try node.attributes.int("opset") ?? node.context.sets.main
                return Softmax(axis: try node.attributes.int("axis") ?? -1, flattens: opset < 13)
            },
            "QLinearConcat": contributed(5...Int.max) { node throws(ImportError) in
                guard let axis = try node.attributes.int("axis"), node.inputs.count % 3 == 2 else {
                    throw node.error(.invalidGraph, "axis is missing, or its inputs are not two and triples")
                }
                let parts = stride(from: 2, to: node.inputs.count, by: 3).map { node.dequantized($0) }
                node.inputs = parts + [node.input(0), node.input(1)]
                return node.quantized("Concat", Concat(axis: axis), inputs: parts.count)
            },
            "QLinearWhere": contributed(9...9) { node throws(ImportError) in
                node.inputs = [node.input(0), node.dequantized(1), node.dequantized(4), node.input(7), node.input(8)]
                return node.quantized("Where", Where(), inputs: 3)
            },
            "QGemm": contributed(6...9) { node throws(ImportError) in
                var gemm = try node.gemm()
                // What is added is scaled as the product is.
                gemm.beta = gemm.alpha
                let biasScale = node.before("BiasScale", Binary(.multiply), [node.input(1), node.input(4)])
                node.inputs = [
                    node.dequantized(0), node.dequantized(3, axis: gemm.transposesB ? 0 : 1),
                    node.input(6) == nil ? nil : node.dequantized(node.input(6), biasScale, nil, axis: -1), node.input(7), node.input(8),
                ]
                guard node.input(3) == nil else { return node.quantized("Gemm", gemm, inputs: 3) }
                node.inputs = Array(node.inputs.prefix(3))
                return gemm
            },
            "MatMulIntegerToFloat": contributed(4...7) { node throws(ImportError) in
                let a = node.dequantized(node.input(0), node.input(2), node.input(4), axis: -2)
                let b = node.dequantized(node.input(1), node.input(3), node.input(5), axis: -1)
                return node.product(a, b, plus: node.input(6))
            },
            "DynamicQuantizeMatMul": contributed(3...5) { node throws(ImportError) in
                let levels = ["y", "scale", "zero"].map { node.graph.fresh("\(node.context.name).\($0)") }
                node.graph.nodes.append(
                    Node(
                        name: node.context.name + ".quantize", kind: "DynamicQuantizeLinear", op: DynamicQuantizeLinear(),
                        inputs: [node.input(0)], outputs: levels))
                let a = node.dequantized(levels[0], levels[1], levels[2], axis: -2)
                let b = node.dequantized(node.input(1), node.input(2), node.input(3), axis: -1)
                return node.product(a, b, plus: node.input(4))
            },
        ]
    }

    /// X, its scale and zero point, those of Y.
    private static func quantizedSingle(
        _ kind: String, _ op: @escaping @Sendable (inout NodeImport) throws(ImportError) -> any Operator
    ) -> OperatorEntry {
        contributed(4...5) { node throws(ImportError) in
            let op = try op(&node)
            node.inputs = [node.dequantized(0), node.input(3), node.input(4) ?? node.zero(like: node.input(0))]
            return node.quantized(kind, op, inputs: 1)
        }
    }

    /// A, its scale and zero point, the same of B, those of C.
    private static func quantizedPair(_ kind: String, _ op: any Operator) -> OperatorEntry {
        contributed(7...8) { node throws(ImportError) in
            let zero = node.input(7) ?? node.zero(like: node.input(0))
            node.inputs = [node.dequantized(0), node.dequantized(3), node.input(6), zero]
            return node.quantized(kind, op, inputs: 2)
        }
    }
}

extension NodeImport {
    fileprivate mutating func quantizeLinear() throws(ImportError) -> QuantizeLinear {
        // What matters for 8-bit floats only, which are refused; and the division is one of float32.
        attributes.ignore("saturate", "precision")
        let code = try attributes.int("output_dtype") ?? 0, type = DataType(Int32(truncatingIfNeeded: code))
        guard code == 0 || type.elementType != nil else { throw error(.unsupportedType, "levels of type \(type.name) are not supported") }
        return QuantizeLinear(
            to: code == 0 ? nil : type.elementType, axis: try attributes.int("axis") ?? 1, block: try attributes.int("block_size") ?? 0)
    }

    fileprivate mutating func dequantizeLinear() throws(ImportError) -> DequantizeLinear {
        attributes.ignore("output_dtype")
        return DequantizeLinear(axis: try attributes.int("axis") ?? 1, block: try attributes.int("block_size") ?? 0)
    }

    /// Input `index` as floats, where its scale and zero point follow it.
    fileprivate func dequantized(_ index: Int, axis: Int = 1) -> ValueID {
        dequantized(input(index), input(index + 1), input(index + 2), axis: axis)
    }

    fileprivate func dequantized(_ x: ValueID?, _ scale: ValueID?, _ zero: ValueID?, axis: Int) -> ValueID {
        before("DequantizeLinear", DequantizeLinear(axis: axis), [x, scale, zero])
    }

    /// Input `index` less its zero point, input `zero`, as floats.
    fileprivate mutating func lessZero(_ index: Int, _ zero: Int, axis: Int) -> ValueID {
        guard let zero = input(zero) else { return before("Cast", Cast(to: .float32), [input(index)]) }
        let ones = before("Ones", ConstantOfShape(value: Tensor(scalar: Float(1))), [before("Shape", ShapeOf(), [zero])])
        return dequantized(input(index), ones, zero, axis: axis)
    }

    /// Zero in the type of `value`.
    fileprivate mutating func zero(like value: ValueID?) -> ValueID {
        let zero = graph.fresh("\(context.name).zero")
        graph.setConstant(Tensor(scalar: Float(0)), for: zero)
        return before("CastLike", CastLike(), [zero, value])
    }

    /// Lets `op` compute from the first `count` inputs; what is left to do is to quantise that with the two that follow.
    fileprivate mutating func quantized(_ kind: String, _ op: any Operator, inputs count: Int) -> QuantizeLinear {
        inputs = [before(kind, op, Array(inputs.prefix(count)))] + inputs.dropFirst(count)
        return QuantizeLinear()
    }

    /// What `op` makes of whole numbers, as int32.
    fileprivate mutating func wholeNumbers(_ kind: String, _ op: any Operator, _ operands: [ValueID?]) -> IntegerSum {
        inputs = [before(kind, op, operands)]
        return IntegerSum()
    }

    /// A · B, plus a bias where there is one.
    fileprivate mutating func product(_ a: ValueID, _ b: ValueID, plus bias: ValueID?) -> any Operator {
        guard let bias else {
            inputs = [a, b]
            return MatMul()
        }
        inputs = [before("MatMul", MatMul(), [a, b]), bias]
        return Binary(.add)
    }

    fileprivate mutating func refuseChannelsLast() throws(ImportError) {
        guard try !attributes.flag("channels_last") else {
            throw error(.unsupportedOperator, "channels_last is not supported: save the model without onnxruntime's layout optimisation")
        }
    }
}
