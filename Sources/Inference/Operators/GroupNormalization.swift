import Tensors

/// ONNX GroupNormalization. Inputs: X [N, C, …], scale and bias: [C], or [groups] before opset 21 (`isPerGroup`).
///
/// The channels of an image are divided into `groups` runs, each of which is brought to mean 0 and variance 1. O(n), statistics in
/// sixteen lanes.
public struct GroupNormalization: Operator {
    public var groups: Int
    public var epsilon: Float
    public var isPerGroup: Bool
    public init(groups: Int, epsilon: Float = 1e-5, isPerGroup: Bool = false) {
        (self.groups, self.epsilon, self.isPerGroup) = (groups, epsilon, isPerGroup)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        let parameters = [try inputs.operand(1, "scale", [.float32]), try inputs.operand(2, "bias", [.float32])]
        guard groups > 0 else { throw OperatorError("num_groups \(groups) is not positive") }
        guard let shape = x.shape else { return [ValueFacts(.float32, nil)] }
        guard shape.rank >= 2 else { throw OperatorError("X has shape \(shape), fewer than 2 axes") }
        guard shape[1] % groups == 0 else { throw OperatorError("\(shape[1]) channels do not divide into \(groups) groups") }
        for (facts, name) in zip(parameters, ["scale", "bias"]) {
            if let given = facts.shape, given != [isPerGroup ? groups : shape[1]] {
                throw OperatorError("\(name) has shape \(given) for \(shape[1]) channels in \(groups) groups")
            }
        }
        return [ValueFacts(.float32, shape)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let shape = inputs.shape, x = inputs[0].pointer(of: Float.self)
        let (scale, bias) = (inputs[1].pointer(of: Float.self), inputs[2].pointer(of: Float.self))
        let (channels, plane) = (shape[1] / groups, shape.spatial.reduce(1, *))
        let rows = NormalizedRows(count: channels * plane, epsilon: epsilon, keepsMean: false, scale: nil, bias: nil)
        let (result, out) = makeTensor(shape, of: Float.self)
        for index in 0..<(shape[0] * groups) {
            let to = out + index * rows.count
            _ = rows.normalize(x + index * rows.count, to)
            for channel in 0..<channels {
                let parameter = isPerGroup ? index % groups : index % groups * channels + channel
                let (factor, offset, y) = (scale[parameter], bias[parameter], to + channel * plane)
                for i in 0..<plane { y[i] = y[i] * factor + offset }
            }
        }
        return [result]
    }
}

/// ONNX MeanVarianceNormalization: (X − mean) / (deviation + 1e-9), over `axes`. O(n), in reductions.
public struct MeanVarianceNormalization: Operator {
    public var axes: [Int]
    public init(axes: [Int] = [0, 2, 3]) { self.axes = axes }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        _ = try x.shape?.checked(axes: axes)
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (x, shape) = (inputs[0], inputs.shape)
        let axes = Tensor([axes.count], axes.map { Int64($0) })
        let reduction = Reduction(.mean, noopWithEmptyAxes: true)
        let mean = try reduction.evaluate([x, axes])[0]
        let centered = zipElements(x, mean, shape) { (x: Float, mean: Float) in x - mean }
        let variance = try reduction.evaluate([mapElements(centered) { (x: Float) in x * x }, axes])[0]
        return [zipElements(centered, variance, shape) { (x: Float, variance: Float) in x / (variance.squareRoot() + 1e-9) }]
    }
}

/// ONNX LpNormalization: X divided by its sum of magnitudes (`order` 1) or its length (2) along `axis`; 0 where that is 0. O(n).
public struct LpNormalization: Operator {
    public var axis: Int
    public var order: Int
    public init(axis: Int = -1, order: Int = 2) { (self.axis, self.order) = (axis, order) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input", [.float32])
        guard order == 1 || order == 2 else { throw OperatorError("p = \(order) is neither 1 nor 2") }
        _ = try x.shape?.checked(axis: axis)
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (x, shape) = (inputs[0], inputs.shape)
        let norm = try Reduction(order == 1 ? .l1 : .l2).evaluate([x, Tensor([1], [Int64(axis)])])[0]
        return [zipElements(x, norm, shape) { (x: Float, norm: Float) in norm == 0 ? 0 : x / norm }]
    }
}
