import Tensors

/// ONNX Gemm: alpha·A′·B′ + beta·C. Inputs: A [M,K], B [K,N] (either transposed on request), C (optional, broadcast to [M,N]).
public struct Gemm: Operator {
    public var alpha, beta: Float
    public var transposesA, transposesB: Bool
    public init(alpha: Float = 1, beta: Float = 1, transposesA: Bool = false, transposesB: Bool = false) {
        (self.alpha, self.beta, self.transposesA, self.transposesB) = (alpha, beta, transposesA, transposesB)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", [.float32])
        let b = try inputs.operand(1, "B", [.float32])
        let c = try inputs.optionalOperand(2, "C", [.float32])
        guard let left = try a.shape(rank: 2, "A"), let right = try b.shape(rank: 2, "B") else { return [ValueFacts(.float32, nil)] }
        let (rows, depth) = transposesA ? (left[1], left[0]) : (left[0], left[1])
        let (other, columns) = transposesB ? (right[1], right[0]) : (right[0], right[1])
        guard depth == other else {
            throw OperatorError("A \(left)\(transposesA ? "ᵀ" : "") and B \(right)\(transposesB ? "ᵀ" : "") do not multiply")
        }
        let shape = try Shape(checking: [rows, columns])
        if let added = c?.shape, try shape.checkedBroadcast(with: added) != shape {
            throw OperatorError("C \(added) does not broadcast to \(shape)")
        }
        return [ValueFacts(.float32, shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, depth = inputs[0].shape[transposesA ? 0 : 1]
        let (alpha, beta) = (alpha, beta)
        let left = transposesA ? try Transpose().evaluate([inputs[0]])[0] : inputs[0]
        let b = inputs[1].pointer(of: Float.self)
        var result = Tensor(shape, of: Float.self) { out in
            left.withElements(of: Float.self) { a in
                addProduct(
                    a.baseAddress!, b, transposed: transposesB, out.baseAddress!, rows: shape[0], columns: shape[1], depth: depth)
            }
        }
        if alpha != 1 { result = mapElements(result) { (x: Float) in alpha * x } }
        if let c = inputs.optional(2), beta != 0 {
            result = zipElements(result, c, shape) { (x: Float, c: Float) in x + beta * c }
        }
        return [result]
    }
}

extension Gemm {
    /// [M,K] × constant [K,N] + constant bias, as a 1×1 convolution of M images.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard !transposesA, let x = node.input(0), let facts = node.facts(0), let from = facts.shape, from.rank == 2,
            facts.constant == nil, facts.elementType == .float32, let weights = node.constant(1), weights.shape.rank == 2,
            weights.elementType == .float32
        else { return nil }
        let (inputs, outputs) = transposesB ? (weights.shape[1], weights.shape[0]) : (weights.shape[0], weights.shape[1])
        guard inputs == from[1], inputs > 0, outputs > 0 else { return nil }
        var bias: [Float]?
        if node.input(2) != nil {
            guard let tensor = node.constant(2), tensor.elementType == .float32 else { return nil }
            let count = tensor.shape.elementCount
            guard count == 1 || (count == outputs && tensor.shape.dims.last == outputs) else { return nil }
            let terms: [Float] = tensor.elements()
            bias = (0..<outputs).map { beta * terms[count == 1 ? 0 : $0] }
        }
        let geometry = ConvolutionKernel.Geometry(inputChannels: inputs, outputChannels: outputs)
        let packed = inputs * ((outputs + 15) / 16 * 16), rounding = node.rounding(of: x)
        return .step(reading: [(x, .pixel)], macs: from[0] * inputs * outputs, weightFloats: packed) { buffers in
            // alpha · B as [N,K], made only when the kernel packs it.
            var rows = transposesB ? weights : weights.strided([outputs, inputs], strides: [1, outputs])
            if alpha != 1 { rows = mapElements(rows) { (x: Float) in alpha * x } }
            return rows.withElements(of: Float.self) {
                ConvolutionKernel.fastest(geometry, weights: $0, bias: bias, source: buffers[0], rounding: rounding)
            }
        }
    }
}
