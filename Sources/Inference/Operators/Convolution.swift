import Tensors

/// Padding of a spatial operator.
public enum Padding: Sendable, Hashable {
    /// Begin of every spatial axis, then end of every spatial axis (ONNX `pads`).
    case explicit([Int])
    case sameUpper, sameLower, valid
}

/// ONNX Conv, with what follows it: out = activation(conv(x, w, b) + residual), or activation(conv(x, w, b)) + residual.
///
/// Inputs: X [N,C,spatial…], W [O,C/groups,kernel…], B [O] (optional), residual (optional; passes add it), a `LevelRange`'s output where there
/// are factors. 1 to 3 spatial axes.
public struct Convolution: Operator {
    public var strides, dilations: [Int]
    public var padding: Padding
    public var groups: Int
    public var activation = Unary.Function.identity
    public var addsAfterActivation = false
    /// One an output channel: the products of X and W are multiplied by them, times input 4's scale, before B is added. Nil, as in every model
    /// file: they stay as they are.
    var factors: [Float]?
    /// Empty where the model leaves strides/dilations out: then 1 on every axis.
    public init(strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]), groups: Int = 1) {
        (self.strides, self.dilations, self.padding, self.groups) = (strides, dilations, padding, groups)
    }

    /// Windows of this convolution on images of shape `input` with weights of shape `weights`.
    public func geometry(input: Shape, weights: Shape) throws(OperatorError) -> SpatialGeometry {
        try SpatialGeometry(input: input.spatial, kernel: weights.spatial, strides: strides, dilations: dilations, padding: padding)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard let (input, kernel) = try checkedConvolution(inputs, groups) else { return [ValueFacts(.float32, nil)] }
        guard input[1] % groups == 0, kernel[1] == input[1] / groups, kernel[0] % groups == 0 else {
            throw OperatorError("W \(kernel) does not fit X \(input) in \(groups) groups")
        }
        try checkBias(inputs, kernel[0])
        if let factors {
            let range = try inputs.operand(4, "range", [.float32])
            guard factors.count == kernel[0], range.shape ?? [1, 2, 1, 1] == [1, 2, 1, 1] else {
                throw OperatorError("\(factors.count) factors for \(kernel[0]) channels")
            }
        }
        let geometry = try geometry(input: input, weights: kernel)
        return [ValueFacts(.float32, try Shape(checking: [input[0], kernel[0]] + geometry.output))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let geometry = try geometry(input: inputs[0].shape, weights: inputs[1].shape)
        var result = [try convolve(inputs, geometry, groups: groups, isTransposed: false, addsBias: factors == nil)]
        if let factors {
            result = try Rescale(factors: factors, axis: 1).evaluate([result[0], inputs[4]])
            if let bias = inputs.optional(2) { result = try Binary(.add).evaluate([result[0], channelTerms(bias, geometry)]) }
        }
        let residual = inputs.optional(3)
        if let residual, !addsAfterActivation { result = try Binary(.add).evaluate([result[0], residual]) }
        result = try Unary(activation).evaluate([result[0]])
        if let residual, addsAfterActivation { result = try Binary(.add).evaluate([result[0], residual]) }
        return result
    }

    /// Two spatial axes and constant weights.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard let x = node.input(0), let from = node.shape(0), from.rank == 4, let weights = node.constant(1),
            node.input(2) == nil || node.constant(2) != nil, let axes = try? geometry(input: from, weights: weights.shape).axes
        else { return nil }
        // The images of a batch have one range, and a kernel sees one of them.
        guard factors == nil || from[0] == 1 && node.isSpatial(4) else { return nil }
        // Taps that only ever see padding are left out: of a wide dilation on a small image, say.
        let to = node.outputShape, (rows, columns) = (axes[0].trimmed, axes[1].trimmed), residual = node.input(3)
        let kept: Shape = [weights.shape[0], weights.shape[1], rows.kernel, columns.kernel]
        let geometry = ConvolutionKernel.Geometry(
            rows: rows, columns: columns, groups: groups, inputChannels: from[1], outputChannels: to[1])
        let isDepthwise = groups == from[1] && groups == to[1] && groups > 1 && residual == nil
        // A panel has 16 output channels; a group with fewer leaves the others empty.
        let packed = isDepthwise ? to[1] : (to[1] / groups + 15) / 16 * 16 * groups
        let terms: [Float]? = node.constant(2)?.elements(), bias = factors == nil ? terms : nil
        let range = factors == nil ? nil : node.input(4)
        let scaling = factors.map {
            SumScaling(factors: $0, terms: terms, groups: isDepthwise ? 1 : groups, source: residual == nil ? 1 : 2)
        }
        let rounding = node.rounding(of: x)
        return .step(
            reading: [(x, .window(Window(rows, columns)))] + (residual.map { [($0, .pixel)] } ?? []) + (range.map { [($0, .whole)] } ?? []),
            macs: to[0] * to[2] * to[3] * kept.elementCount,
            weightFloats: packed * (kept.elementCount / kept[0]),
            // What is added after an activation may be read once the sums have been stored.
            addedSource: residual != nil && !addsAfterActivation ? 1 : nil
        ) { buffers in
            let first = axes[0].firstKeptTap * axes[1].kernel + axes[1].firstKeptTap
            let taps = kept == weights.shape ? weights : weights.strided(kept, offset: first, strides: weights.shape.strides)
            return taps.withElements(of: Float.self) { values -> any SpatialKernel in
                if isDepthwise {
                    return DepthwiseKernel(
                        geometry, weights: values, bias: bias, source: buffers[0], activation: activation, scaling: scaling)
                }
                return ConvolutionKernel.fastest(
                    geometry, weights: values, bias: bias, source: buffers[0], activation: activation,
                    addsAfterActivation: addsAfterActivation, hasResidual: residual != nil, scaling: scaling, rounding: rounding)
            }
        }
    }
}

/// `to[i·toStep] += w · from[i·fromStep]`: the inner loop of the convolutions and of the matrix product.
@inline(__always)
func addScaled(
    _ w: Float, _ from: UnsafePointer<Float>, step fromStep: Int, to: UnsafeMutablePointer<Float>, step toStep: Int, count: Int
) {
    if fromStep == 1 && toStep == 1 {
        for i in 0..<count { to[i] += w * from[i] }
    } else {
        for i in 0..<count { to[i &* toStep] += w * from[i &* fromStep] }
    }
}

/// The shapes of X and W, of a convolution that may be transposed; nil while one is unknown.
func checkedConvolution(_ inputs: [ValueFacts?], _ groups: Int) throws(OperatorError) -> (input: Shape, kernel: Shape)? {
    let x = try inputs.operand(0, "X", [.float32])
    let weights = try inputs.operand(1, "W", [.float32])
    _ = try inputs.optionalOperand(2, "B", [.float32])
    guard groups > 0 else { throw OperatorError("\(groups) groups") }
    guard let input = x.shape, let kernel = weights.shape else { return nil }
    try checkImage(input, "X")
    guard kernel.rank == input.rank else { throw OperatorError("W \(kernel) and X \(input) differ in rank") }
    return (input, kernel)
}

func checkBias(_ inputs: [ValueFacts?], _ channels: Int) throws(OperatorError) {
    if let shape = inputs.optional(2)?.shape, shape != [channels] { throw OperatorError("B has shape \(shape) instead of \(channels)") }
}

/// A number a channel, to be added to images.
private func channelTerms(_ bias: Tensor, _ geometry: SpatialGeometry) -> Tensor {
    bias.reshaped(to: Shape([bias.shape.elementCount] + geometry.output.map { _ in 1 }))
}

/// The convolution of inputs 0 (X) and 1 (W), plus 2 (B) if wanted; transposed, X is what the geometry's windows put out. Row-major.
///
/// O(outputs × C/groups × kernel); the inner loop adds one tap of one row to another row.
func convolve(
    _ inputs: Operands, _ geometry: SpatialGeometry, groups: Int, isTransposed: Bool, addsBias: Bool = true
) throws(OperatorError) -> Tensor {
    let (x, shape, rows, taps) = (inputs[0].pointer(of: Float.self), inputs.shape, WindowRows(geometry), geometry.kernelCount)
    let weights = inputs[1].pointer(of: Float.self)
    let (channels, outChannels) = (inputs[0].shape[1], shape[1])
    let (perGroup, outPerGroup) = (channels / groups, outChannels / groups)
    let (plane, outPlane) = (inputs[0].shape.spatial.reduce(1, *), shape.spatial.reduce(1, *))
    let result = Tensor(shape, of: Float.self) { out in
        for image in 0..<shape[0] {
            for o in 0..<outChannels {
                let to = out.baseAddress! + (image * outChannels + o) * outPlane
                let group = o / outPerGroup
                for c in 0..<perGroup {
                    let from = x + (image * channels + group * perGroup + c) * plane
                    if isTransposed {
                        let kernel = weights + ((group * perGroup + c) * outPerGroup + o % outPerGroup) * taps
                        rows.forEach { row in
                            addScaled(
                                kernel[row.tap], from + row.output, step: 1, to: to + row.input, step: rows.inputStep, count: row.count)
                        }
                    } else {
                        let kernel = weights + (o * perGroup + c) * taps
                        rows.forEach { row in
                            addScaled(
                                kernel[row.tap], from + row.input, step: rows.inputStep, to: to + row.output, step: 1, count: row.count)
                        }
                    }
                }
            }
        }
    }
    guard addsBias, let bias = inputs.optional(2) else { return result }
    return try Binary(.add).evaluate([result, channelTerms(bias, geometry)])[0]
}
