import Tensors

/// ONNX ConvTranspose. Inputs: X [N,C,…], W [C,O/groups,kernel…], B [O] (optional). 1 to 3 spatial axes.
public struct TransposedConvolution: Operator {
    public var strides, dilations: [Int]
    public var padding: Padding
    public var outputPadding: [Int]
    public var outputShape: [Int]?
    public var groups: Int
    public init(
        strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]), outputPadding: [Int] = [],
        outputShape: [Int]? = nil, groups: Int = 1
    ) {
        (self.strides, self.dilations, self.padding) = (strides, dilations, padding)
        (self.outputPadding, self.outputShape, self.groups) = (outputPadding, outputShape, groups)
    }

    /// The geometry of the *convolution* that this one transposes: its inputs are our outputs and the other way round.
    public func geometry(input: Shape, weights: Shape) throws(OperatorError) -> SpatialGeometry {
        let rank = input.rank - 2
        let extents = try SpatialGeometry.figures(input.spatial, rank, "spatial extents", least: 1)
        let kernel = try SpatialGeometry.figures(weights.spatial, rank, "kernel", least: 1)
        let strides = try SpatialGeometry.figures(strides, rank, "strides", least: 1, default: 1)
        let dilations = try SpatialGeometry.figures(dilations, rank, "dilations", least: 1, default: 1)
        let extra = try SpatialGeometry.figures(outputPadding, rank, "output_padding", least: 0, default: 0)
        let pads = try SpatialGeometry.pads(padding, rank)
        // Some exporters list batch and channels too.
        let wanted = outputShape.map { $0.count == rank + 2 ? Array($0.dropFirst(2)) : $0 }
        let sizes = try wanted.map { wanted throws(OperatorError) in
            try SpatialGeometry.figures(wanted, rank, "output_shape", least: 1)
        }
        var axes: [SpatialGeometry.Axis] = []
        for i in 0..<rank {
            var axis = SpatialGeometry.Axis(
                input: 0, kernel: kernel[i], stride: strides[i], dilation: dilations[i], padBegin: pads[i], padEnd: pads[i + rank],
                output: extents[i])
            let full = strides[i] * (extents[i] - 1) + axis.window + extra[i]
            let isAutomatic = padding == .sameUpper || padding == .sameLower
            if let size = sizes?[i] ?? (isAutomatic ? extents[i] * strides[i] : nil) {
                let total = max(full - size, 0)
                axis.input = size
                axis.padBegin = padding == .sameUpper ? total / 2 : total - total / 2
                axis.padEnd = total - axis.padBegin
            } else {
                axis.input = full - pads[i] - pads[i + rank]
            }
            guard axis.input > 0 else {
                throw OperatorError("spatial axis \(i) would have \(axis.input) positions after padding \(pads[i])+\(pads[i + rank])")
            }
            axes.append(axis)
        }
        return SpatialGeometry(axes: axes)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard let (input, kernel) = try checkedConvolution(inputs, groups) else { return [ValueFacts(.float32, nil)] }
        guard kernel[0] == input[1], input[1] % groups == 0 else {
            throw OperatorError("W \(kernel) does not fit X \(input) in \(groups) groups")
        }
        let (channels, overflow) = kernel[1].multipliedReportingOverflow(by: groups)
        guard !overflow else { throw OperatorError("\(kernel[1]) channels in \(groups) groups") }
        try checkBias(inputs, channels)
        let geometry = try geometry(input: input, weights: kernel)
        return [ValueFacts(.float32, try Shape(checking: [input[0], channels] + geometry.axes.map(\.input)))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let geometry = try geometry(input: inputs[0].shape, weights: inputs[1].shape)
        return [try convolve(inputs, geometry, groups: groups, isTransposed: true)]
    }

    /// Two spatial axes and constant weights; dilated only with stride 1.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard let x = node.input(0), let from = node.shape(0), from.rank == 4, let weights = node.constant(1),
            node.input(2) == nil || node.constant(2) != nil, let axes = try? geometry(input: from, weights: weights.shape).axes,
            axes.allSatisfy({ $0.stride == 1 || $0.dilation == 1 })
        else { return nil }
        let to = node.outputShape, groups = groups, rounding = node.rounding(of: x), bias: [Float]? = node.constant(2)?.elements()
        // What an output reads: of its phase the least source place, and as many more as it has taps.
        let fields = axes.map { axis in
            let phases = TransposedConvolutionKernel.AxisPhase.all(axis)
            return (0..<axis.input).map { place in
                let phase = phases[place % axis.stride], first = place / axis.stride + phase.first
                return (first: first, last: first + max(0, phase.taps.count - 1) * (axis.stride == 1 ? axis.dilation : 1))
            }
        }
        return .step(
            reading: [(x, .table(rows: fields[0], columns: fields[1]))],
            macs: from[0] * from[2] * from[3] * weights.shape.elementCount,
            weightFloats: (to[1] / groups + 15) / 16 * 16 * groups * (weights.shape.elementCount / weights.shape[1])
        ) { buffers in
            weights.withElements(of: Float.self) {
                TransposedConvolutionKernel(
                    rows: axes[0], columns: axes[1], groups: groups, channels: (from[1], to[1]), weights: $0, bias: bias,
                    source: buffers[0],
                    rounding: rounding)
            }
        }
    }
}
