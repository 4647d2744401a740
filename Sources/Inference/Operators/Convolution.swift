import Tensors

/// Padding of a spatial operator.
public enum Padding: Sendable, Hashable {
    /// Begin of every spatial axis, then end of every spatial axis (ONNX `pads`).
    case explicit([Int])
    case sameUpper, sameLower, valid
}

/// ONNX Conv. Inputs: X [N,C,spatial…], W [O,C/groups,kernel…], B [O] (optional). 1 to 3 spatial axes.
public struct Convolution: Operator {
    public var strides: [Int]
    public var dilations: [Int]
    public var padding: Padding
    public var groups: Int
    /// Empty where the model leaves strides/dilations out: then 1 on every axis.
    public init(strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]), groups: Int = 1) {
        (self.strides, self.dilations, self.padding, self.groups) = (strides, dilations, padding, groups)
    }

    /// Windows of this convolution on images of shape `input` with weights of shape `weights`.
    public func geometry(input: Shape, weights: Shape) throws(OperatorError) -> SpatialGeometry {
        try SpatialGeometry(input: input.spatial, kernel: weights.spatial, strides: strides, dilations: dilations, padding: padding)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        let weights = try inputs.operand(1, "W", [.float32])
        let bias = try inputs.optionalOperand(2, "B", [.float32])
        guard groups > 0 else { throw OperatorError("\(groups) groups") }
        guard let input = x.shape, let kernel = weights.shape else { return [ValueFacts(.float32, nil)] }
        _ = try checkedImage(input, "X")
        guard kernel.rank == input.rank else { throw OperatorError("W \(kernel) and X \(input) differ in rank") }
        guard input[1] % groups == 0, kernel[1] == input[1] / groups, kernel[0] % groups == 0 else {
            throw OperatorError("W \(kernel) does not fit X \(input) in \(groups) groups")
        }
        try checkBias(bias, kernel[0])
        let geometry = try geometry(input: input, weights: kernel)
        return [ValueFacts(.float32, try Shape(checking: [input[0], kernel[0]] + geometry.output))]
    }

    /// O(outputs × C/groups × kernel); the inner loop adds one tap of one input row to an output row.
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        let weights = try inputs.required(1, "W")
        let geometry = try geometry(input: x.shape, weights: weights.shape)
        let rows = WindowRows(geometry)
        let (perGroup, taps, plane, outPlane) = (weights.shape[1], geometry.kernelCount, geometry.inputCount, geometry.outputCount)
        let (channels, outChannels) = (x.shape[1], shape[1])
        let outPerGroup = outChannels / groups
        let result = Tensor(shape, of: Float.self) { out in
            x.withElements(of: Float.self) { x in
                weights.withElements(of: Float.self) { weights in
                    guard !out.isEmpty else { return }
                    for image in 0..<shape[0] {
                        for o in 0..<outChannels {
                            let to = out.baseAddress! + (image * outChannels + o) * outPlane
                            for c in 0..<perGroup {
                                let from = x.baseAddress! + (image * channels + o / outPerGroup * perGroup + c) * plane
                                let kernel = weights.baseAddress! + (o * perGroup + c) * taps
                                rows.forEach { row in
                                    addScaled(
                                        kernel[row.tap], from + row.input, step: rows.inputStep,
                                        to: to + row.output, step: 1, count: row.count)
                                }
                            }
                        }
                    }
                }
            }
        }
        return [try addBias(inputs.optional(2), to: result)]
    }
}

extension Convolution {
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? { FusedConvolution(self).spatialLowering(of: node) }
}

/// Convolution with what follows it: out = activation(conv(x, w, b) + residual), or activation(conv) + residual.
/// Inputs: x, w, b (optional), residual (optional).
public struct FusedConvolution: Operator {
    public var convolution: Convolution
    public var activation: Activation
    public var addsAfterActivation: Bool

    public init(_ convolution: Convolution, activation: Activation = .identity, addsAfterActivation: Bool = false) {
        (self.convolution, self.activation, self.addsAfterActivation) = (convolution, activation, addsAfterActivation)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        try convolution.outputs(for: Array(inputs.prefix(3)))
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        var result = try convolution.evaluate(Array(inputs.prefix(3)))
        let residual = inputs.optional(3)
        if let residual, !addsAfterActivation { result = try Binary(.add).evaluate([result[0], residual]) }
        result = try Activate(activation).evaluate([result[0]])
        if let residual, addsAfterActivation { result = try Binary(.add).evaluate([result[0], residual]) }
        return result
    }
}

extension FusedConvolution {
    /// Two spatial axes and constant weights.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard let x = node.input(0), let from = node.shape(0), from.rank == 4, let weights = node.constant(1),
            node.input(2) == nil || node.constant(2) != nil, let axes = try? convolution.geometry(input: from, weights: weights.shape).axes
        else { return nil }
        let to = node.outputShape, (rows, columns) = (axes[0], axes[1]), residual = node.input(3)
        let geometry = ConvolutionKernel.Geometry(
            kernelHeight: rows.kernel, kernelWidth: columns.kernel, strideY: rows.stride, strideX: columns.stride,
            dilationY: rows.dilation, dilationX: columns.dilation, padTop: rows.padBegin, padLeft: columns.padBegin,
            groups: convolution.groups, inputChannels: from[1], outputChannels: to[1])
        let isDepthwise = geometry.groups == from[1] && geometry.groups == to[1] && geometry.groups > 1 && residual == nil
        // A panel has 16 output channels; a group with fewer leaves the others empty.
        let packed = isDepthwise ? to[1] : (to[1] / geometry.groups + 15) / 16 * 16 * geometry.groups
        let bias: [Float]? = node.constant(2)?.elements()
        return .step(
            reading: [(x, .window(Window(rows, columns)))] + (residual.map { [($0, .pixel)] } ?? []),
            macs: to[0] * to[2] * to[3] * weights.shape.elementCount,
            weightFloats: packed * (weights.shape.elementCount / weights.shape[0])
        ) { buffers in
            weights.withElements(of: Float.self) { values -> any SpatialKernel in
                if isDepthwise {
                    return DepthwiseKernel(geometry, weights: values, bias: bias, source: buffers[0], activation: activation)
                }
                return ConvolutionKernel(
                    geometry, weights: values, bias: bias, source: buffers[0], activation: activation,
                    addsAfterActivation: addsAfterActivation, hasResidual: residual != nil)
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

func checkBias(_ bias: ValueFacts?, _ channels: Int) throws(OperatorError) {
    if let shape = bias?.shape, shape != [channels] { throw OperatorError("B has shape \(shape) instead of \(channels)") }
}

/// Adds one number to each channel of [N, C, …].
func addBias(_ bias: Tensor?, to x: Tensor) throws(OperatorError) -> Tensor {
    guard let bias else { return x }
    let perChannel = bias.reshaped(to: Shape([x.shape[1]] + x.shape.spatial.map { _ in 1 }))
    return try Binary(.add).evaluate([x, perChannel])[0]
}
