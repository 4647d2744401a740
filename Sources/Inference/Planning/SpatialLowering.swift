import CKernels
import Tensors

// How each operator that runs on NHWC images becomes a step.

extension Lowering {
    mutating func lower(_ node: Node, _ output: ValueID) {
        switch node.op {
        case let fused as FusedConvolution: lower(fused, node, output)
        case let convolution as Convolution: lower(FusedConvolution(convolution), node, output)
        case let pooling as Pooling: lower(pooling, node, output)
        case let pooling as GlobalPooling:
            let x = source(node.inputs[0]!), y = destination(output)
            append(node, sources: [x], reaches: [.whole], destination: y) { _ in
                GlobalPoolingKernel(kind: pooling.kind, height: x.height, width: x.width, channels: x.channels)
            }
        case let activate as Activate:
            pointwise(node, output) { UnaryKernel(activation: activate.activation, channels: $0) }
        case let affine as ChannelAffine:
            pointwise(node, output) { UnaryKernel(activation: .identity, scale: affine.scale, bias: affine.bias, channels: $0) }
        case is Binary: lowerBinary(node, output)
        case is Concat: lowerConcat(node, output)
        case let map as ChannelMap:
            if let start = map.contiguousStart {
                var view = source(node.inputs[0]!)
                view.channelOffset += start
                view.channels = map.map.count
                spatial[output] = view
            } else {
                pointwise(node, output) { CopyKernel(map: map.map, channels: $0) }
            }
        case is Resize: lowerResize(node, output)
        case is Pad: lowerPad(node, output)
        case is Slice: lowerSlice(node, output)
        case is Gemm, is MatMul: lowerLinear(node, output)
        default:
            // [N,C,1,1] seen as [N,C].
            spatial[output] = source(node.inputs[0]!)
        }
    }

    private mutating func pointwise(_ node: Node, _ output: ValueID, _ make: @escaping (Int) -> any SpatialKernel) {
        let x = source(node.inputs[0]!), y = destination(output)
        append(node, sources: [x], reaches: [.pixel], destination: y) { _ in make(y.channels) }
    }

    private mutating func lower(_ fused: FusedConvolution, _ node: Node, _ output: ValueID) {
        let x = source(node.inputs[0]!), residual = node.inputs.count > 3 ? node.inputs[3].map { source($0) } : nil, y = destination(output)
        let weights = typed.constant(node.inputs[1])!, convolution = fused.convolution
        let bias: [Float]? = (node.inputs.count > 2 ? typed.constant(node.inputs[2]) : nil)?.elements()
        // The shape rule has accepted these figures already.
        let axes = try! convolution.geometry(input: typed[node.inputs[0]!]!.shape!, weights: weights.shape).axes
        let (rows, columns) = (axes[0], axes[1])
        let geometry = ConvolutionKernel.Geometry(
            kernelHeight: rows.kernel, kernelWidth: columns.kernel, strideY: rows.stride, strideX: columns.stride,
            dilationY: rows.dilation, dilationX: columns.dilation, padTop: rows.padBegin, padLeft: columns.padBegin,
            groups: convolution.groups, inputChannels: x.channels, outputChannels: y.channels)
        let window = Reach.window(Window(rows, columns))
        let isDepthwise = convolution.groups == x.channels && convolution.groups == y.channels && convolution.groups > 1 && residual == nil
        let macs = y.images * y.height * y.width * weights.shape.elementCount
        // A panel has 16 output channels; a group with fewer leaves the others empty.
        let lanes = isDepthwise ? y.channels : (y.channels / convolution.groups + 15) / 16 * 16 * convolution.groups
        append(
            node, sources: [x] + (residual.map { [$0] } ?? []), reaches: [window, .pixel], destination: y, macs: macs,
            weightFloats: lanes * (weights.shape.elementCount / weights.shape[0])
        ) { buffers in
            weights.withElements(of: Float.self) { values -> any SpatialKernel in
                if isDepthwise {
                    return DepthwiseKernel(geometry, weights: values, bias: bias, source: buffers[x.buffer], activation: fused.activation)
                }
                return ConvolutionKernel(
                    geometry, weights: values, bias: bias, source: buffers[x.buffer], activation: fused.activation,
                    addsAfterActivation: fused.addsAfterActivation, hasResidual: residual != nil)
            }
        }
    }

    private mutating func lowerLinear(_ node: Node, _ output: ValueID) {
        let form = LinearForm(node, typed)!
        let x = source(form.input), y = destination(output)
        let geometry = ConvolutionKernel.Geometry(
            kernelHeight: 1, kernelWidth: 1, strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, padTop: 0, padLeft: 0, groups: 1,
            inputChannels: form.inputs, outputChannels: form.outputs)
        append(
            node, sources: [x], reaches: [.pixel], destination: y, macs: x.images * form.inputs * form.outputs,
            weightFloats: form.inputs * ((form.outputs + 15) / 16 * 16)
        ) { buffers in
            form.packedRows().withUnsafeBufferPointer {
                ConvolutionKernel(
                    geometry, weights: $0, bias: form.bias, source: buffers[x.buffer], activation: .identity, addsAfterActivation: false,
                    hasResidual: false)
            }
        }
    }

    private mutating func lower(_ pooling: Pooling, _ node: Node, _ output: ValueID) {
        let x = source(node.inputs[0]!), y = destination(output)
        // The shape rule has accepted these figures already.
        let axes = try! pooling.geometry(input: typed[node.inputs[0]!]!.shape!).axes
        let (rows, columns) = (axes[0], axes[1])
        let layer = dv_pooling(
            kind: pooling.kind == .maximum ? DV_POOL_MAXIMUM : DV_POOL_AVERAGE, kernel_height: Int32(rows.kernel),
            kernel_width: Int32(columns.kernel), stride_y: Int32(rows.stride), stride_x: Int32(columns.stride),
            dilation_y: Int32(rows.dilation), dilation_x: Int32(columns.dilation), pad_top: Int32(rows.padBegin),
            pad_left: Int32(columns.padBegin), height: Int32(x.height), width: Int32(x.width), pad_bottom: Int32(rows.padEnd),
            pad_right: Int32(columns.padEnd), counts_padding: pooling.countIncludesPadding ? 1 : 0, channels: Int32(y.channels))
        append(node, sources: [x], reaches: [.window(Window(rows, columns))], destination: y) { _ in PoolingKernel(layer: layer) }
    }

    private mutating func lowerBinary(_ node: Node, _ output: ValueID) {
        let form = BinaryForm(node, typed, layout.isSpatial)!
        let x = source(form.image)
        var sources = [x], reaches: [Reach] = [.pixel]
        let operand: BinaryKernel.Operand
        switch form.other {
        case .image(let value, let perChannel):
            sources.append(source(value))
            reaches.append(.pixel)
            operand = .image(perChannel: perChannel)
        case .pixel(let value, let perChannel):
            sources.append(source(value))
            reaches.append(.whole)
            operand = .pixel(perChannel: perChannel)
        case .constant(let values): operand = .constant(values)
        }
        let y = destination(output)
        append(node, sources: sources, reaches: reaches, destination: y) { _ in
            BinaryKernel(form.function, activation: .identity, channels: y.channels, operand: operand, isSwapped: form.isSwapped)
        }
    }

    private mutating func lowerConcat(_ node: Node, _ output: ValueID) {
        let y = destination(output)
        var offset = 0
        for (index, input) in node.inputs.enumerated() {
            let input = input!, x = source(input)
            // What was written in place needs no copy; a value used twice in one concatenation does once.
            if x.buffer != y.buffer || x.channelOffset != y.channelOffset + offset {
                var part = y
                part.channelOffset += offset
                part.channels = x.channels
                let copy = Node(name: "\(node.name)/\(index)", kind: node.kind, op: node.op, inputs: [input], outputs: [output])
                append(copy, sources: [x], reaches: [.pixel], destination: part) { _ in CopyKernel(channels: x.channels) }
            }
            offset += x.channels
        }
    }

    private mutating func lowerResize(_ node: Node, _ output: ValueID) {
        let form = ResizeForm(node, typed)!
        let x = source(node.inputs[0]!), y = destination(output)
        func extents(_ axis: ResizeKernel.Axis) -> [(first: Int, last: Int)] { zip(axis.first, axis.second).map { (Int($0), Int($1)) } }
        append(node, sources: [x], reaches: [.table(rows: extents(form.rows), columns: extents(form.columns))], destination: y) { _ in
            ResizeKernel(rows: form.rows, columns: form.columns, isLinear: form.isLinear, channels: y.channels)
        }
    }

    private mutating func lowerPad(_ node: Node, _ output: ValueID) {
        let form = PadForm(node, typed)!
        let x = source(node.inputs[0]!), whole = destination(output)
        var y = whole
        if whole.channels != x.channels {
            // Lanes of padded channels are never written, so they must never hold anything else.
            buffers[whole.buffer].isExclusive = true
            y.channelOffset += form.channelsBefore
            y.channels = x.channels
        }
        // The source's own zero halo is the padding.
        let window = Window(extentY: 1, extentX: 1, strideY: 1, strideX: 1, padTop: form.top, padLeft: form.left)
        append(node, sources: [x], reaches: [.window(window)], destination: y) { _ in
            CopyKernel(channels: x.channels, start: (-form.top, -form.left))
        }
    }

    private mutating func lowerSlice(_ node: Node, _ output: ValueID) {
        let form = SliceForm(node, typed)!
        let x = source(node.inputs[0]!), y = destination(output)
        let window = Window(
            extentY: 1, extentX: 1, strideY: form.step.y, strideX: form.step.x, padTop: -form.start.y, padLeft: -form.start.x)
        append(node, sources: [x], reaches: [.window(window)], destination: y) { _ in
            CopyKernel(channels: y.channels, start: form.start, step: form.step)
        }
    }
}

extension Window {
    /// What an output pixel of a sliding window reads.
    init(_ rows: SpatialGeometry.Axis, _ columns: SpatialGeometry.Axis) {
        self.init(
            extentY: rows.window, extentX: columns.window, strideY: rows.stride, strideX: columns.stride, padTop: rows.padBegin,
            padLeft: columns.padBegin)
    }
}
