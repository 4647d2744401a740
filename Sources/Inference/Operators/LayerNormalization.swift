import Tensors

/// ONNX LayerNormalization and RMSNormalization: every row, that is the axes from `axis` on, is brought to mean 0 (unless `keepsMean`) and
/// mean square 1, then scaled and shifted. Inputs: X, scale, bias (optional); the last two broadcast to X.
///
/// Outputs: Y, and on request the mean and the inverse deviation of each row. O(n): two passes over a row that lies in the cache,
/// in sixteen lanes.
public struct LayerNormalization: Operator {
    public var axis: Int
    public var epsilon: Float
    /// RMSNormalization: the mean is not taken off.
    public var keepsMean: Bool
    public init(axis: Int = -1, epsilon: Float = 1e-5, keepsMean: Bool = false) {
        (self.axis, self.epsilon, self.keepsMean) = (axis, epsilon, keepsMean)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        let parameters = [try inputs.operand(1, "scale", [.float32]), try inputs.optionalOperand(2, "bias", [.float32])]
        guard let shape = x.shape else { return (0..<3).map { _ in ValueFacts(.float32, nil) } }
        let axis = try shape.checked(axis: axis)
        for (facts, name) in zip(parameters, ["scale", "bias"]) {
            if let given = facts?.shape, given.broadcast(with: shape) != shape {
                throw OperatorError("\(name) has shape \(given), which does not broadcast to X \(shape)")
            }
        }
        let statistics = Shape(shape.dims.indices.map { $0 < axis ? shape[$0] : 1 })
        return [ValueFacts(.float32, shape), ValueFacts(.float32, statistics), ValueFacts(.float32, statistics)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (x, scale, bias) = (inputs[0], inputs[1], inputs.optional(2))
        let row = Shape(Array(x.shape.dims[try x.shape.checked(axis: axis)...]))
        // One number per element of a row, as nearly all models have it, goes into the same pass.
        let isPlain = scale.isRow(row) && bias?.isRow(row) ?? true
        let rows = NormalizedRows(
            count: row.elementCount, epsilon: epsilon, keepsMean: keepsMean, scale: isPlain ? scale.pointer() : nil,
            bias: isPlain ? bias?.pointer() : nil)
        let statistics = inputs.outputs[1].shape!
        var means = [Float](repeating: 0, count: statistics.elementCount)
        var factors = means
        var (result, out) = makeTensor(x.shape, of: Float.self)
        for index in means.indices where rows.count > 0 {
            let offset = index * rows.count
            (means[index], factors[index]) = rows.normalize(x.pointer() + offset, out + offset)
        }
        if !isPlain {
            result = zipElements(result, scale, x.shape) { (x: Float, y: Float) in x * y }
            if let bias { result = zipElements(result, bias, x.shape) { (x: Float, y: Float) in x + y } }
        }
        return [result, Tensor(statistics, means), Tensor(statistics, factors)]
    }
}

extension Tensor {
    /// Whether it holds one element for each of a row's, leading axes of one aside.
    fileprivate func isRow(_ row: Shape) -> Bool { shape.dims.drop { $0 == 1 }.elementsEqual(row.dims.drop { $0 == 1 }) }
}

/// The kernel of the normalizations by rows.
struct NormalizedRows {
    let count: Int
    let epsilon: Float
    let keepsMean: Bool
    let scale: UnsafePointer<Float>?
    let bias: UnsafePointer<Float>?

    /// One row; returns its mean and the inverse of its deviation. The variance is taken around the mean, so nothing cancels.
    func normalize(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) -> (mean: Float, factor: Float) {
        let mean = keepsMean ? 0 : sum(x) { $0 } / Float(count)
        let offset = SIMD16<Float>(repeating: mean)
        let variance = sum(x) { ($0 - offset) * ($0 - offset) } / Float(count)
        let factor = 1 / (variance + epsilon).squareRoot()
        if let scale, let bias {
            for i in 0..<count { y[i] = (x[i] - mean) * factor * scale[i] + bias[i] }
        } else if let scale {
            for i in 0..<count { y[i] = (x[i] - mean) * factor * scale[i] }
        } else {
            for i in 0..<count { y[i] = (x[i] - mean) * factor }
        }
        return (mean, factor)
    }

    /// Σ term(x[i]) in sixteen partial sums.
    @inline(__always)
    private func sum(_ x: UnsafePointer<Float>, _ term: (SIMD16<Float>) -> SIMD16<Float>) -> Float {
        var sums = SIMD16<Float>()
        var i = 0
        while i &+ 16 <= count {
            sums += term(UnsafeRawPointer(x + i).loadUnaligned(as: SIMD16<Float>.self))
            i &+= 16
        }
        var sum = sums.sum()
        while i < count {
            sum += term(SIMD16(repeating: x[i]))[0]
            i &+= 1
        }
        return sum
    }
}
