import CKernels
import Tensors

/// By what factor and term group normalization takes the values of each channel: [N, C, H, W] → [N, 2C, 1, 1], the C factors first. No ONNX
/// operator: `normalizeImages` makes it of GroupNormalization and InstanceNormalization, and a `ScaleShift` after it. Two steps, because
/// the one looks at all pixels and the other at its own. O(n).
public struct GroupMoments: Operator {
    public var groups: Int
    public var epsilon: Float
    /// One a channel.
    public var scale, bias: [Float]
    public init(groups: Int, epsilon: Float, scale: [Float], bias: [Float]) {
        (self.groups, self.epsilon, self.scale, self.bias) = (groups, epsilon, scale, bias)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        guard let shape = try x.shape(rank: 4, "X") else { return [ValueFacts(.float32, nil)] }
        guard groups > 0, shape[1] == scale.count, shape[1] == bias.count, shape[1] % groups == 0 else {
            throw OperatorError("\(scale.count) factors and \(bias.count) terms in \(groups) groups for the channels of \(shape)")
        }
        return [ValueFacts(.float32, [shape[0], 2 * shape[1], 1, 1])]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs[0].shape, channels = shape[1]
        let rows = inputs[0].reshaped(to: [shape[0] * groups, shape.elementCount / max(1, shape[0] * groups)])
        let mean = Reduction(.mean), axis = Tensor([1], [Int64(1)])
        let means = try mean.evaluate([rows, axis])[0]
        let squares = zipElements(rows, means, rows.shape) { (x: Float, mean: Float) in (x - mean) * (x - mean) }
        let variances = try mean.evaluate([squares, axis])[0]
        let (average, variance) = (means.pointer(of: Float.self), variances.pointer(of: Float.self))
        let result = Tensor([shape[0], 2 * channels, 1, 1], of: Float.self) { out in
            for image in 0..<shape[0] {
                let group = { (c: Int) in image * groups + c * groups / channels }
                fill(
                    out.baseAddress! + image * 2 * channels, means: (0..<channels).map { average[group($0)] },
                    variances: (0..<channels).map { variance[group($0)] })
            }
        }
        return [result]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0), let shape = node.shape(0), shape.spatial.reduce(1, *) > 0 else { return nil }
        return .step(reading: [(x, .whole)]) { _ in GroupMomentsKernel(op: self, height: shape[2], width: shape[3]) }
    }

    /// Each channel's value becomes the mean over its group.
    fileprivate func groupMeans(_ values: [Float]) -> [Float] {
        let size = values.count / groups
        return values.indices.map { c in values[c / size * size..<(c / size + 1) * size].reduce(0, +) / Float(size) }
    }

    /// The factors and terms of one image, by each channel's mean and variance.
    fileprivate func fill(_ out: UnsafeMutablePointer<Float>, means: [Float], variances: [Float]) {
        for c in scale.indices {
            out[c] = scale[c] / (variances[c] + epsilon).squareRoot()
            out[scale.count + c] = bias[c] - means[c] * out[c]
        }
    }
}

private struct GroupMomentsKernel: SpatialKernel {
    let op: GroupMoments
    let height, width: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        guard !spans.isEmpty else { return }
        let channels = op.scale.count
        var means = [Float](repeating: 0, count: channels), squares = means
        dv_global_pool(DV_POOL_AVERAGE, Int32(height), Int32(width), 0, Int32(channels), sources[0], &means)
        means = op.groupMeans(means)
        dv_mean_squares(Int32(height), Int32(width), Int32(channels), means, sources[0], &squares)
        op.fill(destination.base, means: means, variances: op.groupMeans(squares))
    }

    /// As for a mean: one pixel moves the moments by its share of all.
    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let count = op.scale.count, pixels = Float(height * width)
        return [(0..<count).map { (importance[$0] + importance[count + $0]) / pixels }]
    }
}

/// x · factor + term for each channel, which are values: inputs [N, C, H, W] and [N, 2C, 1, 1], the factors first. O(n).
public struct ScaleShift: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32]), moments = try inputs.operand(1, "moments", [.float32])
        if let shape = try x.shape(rank: 4, "X"), let given = moments.shape, given != [shape[0], 2 * shape[1], 1, 1] {
            throw OperatorError("moments have shape \(given) for \(shape)")
        }
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, plane = shape[2] * shape[3], channels = shape[1]
        let (values, moments) = (inputs[0].pointer(of: Float.self), inputs[1].pointer(of: Float.self))
        let result = Tensor(shape, of: Float.self) { out in
            for row in 0..<shape[0] * channels {
                let factor = moments + row / channels * 2 * channels + row % channels
                for i in row * plane..<(row + 1) * plane { out[i] = values[i] * factor[0] + factor[channels] }
            }
        }
        return [result]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), node.isSpatial(1), let x = node.input(0), let moments = node.input(1) else { return nil }
        let channels = node.outputShape[1]
        return .step(reading: [(x, .pixel), (moments, .whole)]) { _ in ScaleShiftKernel(channels: channels) }
    }
}

private struct ScaleShiftKernel: SpatialKernel {
    let channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let factors = sources[1].base!
        dv_unary(
            dv_activation(function: DV_IDENTITY, a: 0, b: 0), factors, factors + channels, Int32(channels), sources[0], destination,
            spans.baseAddress, spans.count, isCompact ? 1 : 0)
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let factors = layer.meanSquares(layer.sources[1]), squares = layer.meanSquares(layer.sources[0])
        let pixels = Float(layer.sources[0].height * layer.sources[0].width)
        return [
            importance.indices.map { importance[$0] * factors[$0] },
            importance.indices.map { importance[$0] * squares[$0] * pixels } + importance.map { $0 * pixels },
        ]
    }
}
