import CKernels
import Tensors

// What a node must look like for an NHWC kernel to take it; nil where none does.

/// One operand has the output's shape; the other is the same, broadcast over pixels or channels, or constant.
struct BinaryForm {
    enum Other {
        case image(ValueID, perChannel: Bool)
        case pixel(ValueID, perChannel: Bool)
        case constant([Float])
    }

    let function: dv_binary_function
    let image: ValueID
    let other: Other
    /// Whether `image` is the second operand.
    let isSwapped: Bool

    init?(_ node: Node, _ typed: TypedGraph, _ isSpatial: (ValueID) -> Bool) {
        guard let binary = node.op as? Binary, let a = node.inputs[0], let b = node.inputs[1], let output = node.outputs[0],
            let shape = typed[output]?.shape, shape.rank == 4
        else { return nil }
        switch binary.function {
        case .add: function = DV_ADD
        case .subtract: function = DV_SUBTRACT
        case .multiply: function = DV_MULTIPLY
        case .divide: function = DV_DIVIDE
        case .minimum: function = DV_MINIMUM
        case .maximum: function = DV_MAXIMUM
        default: return nil
        }
        for (image, second, isSwapped) in [(a, b, false), (b, a, true)] {
            guard typed[image]?.shape == shape, typed[image]?.constant == nil, isSpatial(image), let facts = typed[second],
                let from = facts.shape,
                from.rank <= 4
            else { continue }
            let dims = Array(repeating: 1, count: 4 - from.rank) + from.dims
            let perChannel = dims[1] == shape[1] && shape[1] > 1
            guard perChannel || dims[1] == 1 else { continue }
            if let tensor = facts.constant {
                guard dims[0] == 1, dims[2] == 1, dims[3] == 1 else { continue }
                other = .constant(tensor.elements())
            } else {
                guard from.rank == 4, dims[0] == shape[0], isSpatial(second) else { continue }
                if dims[2] == shape[2], dims[3] == shape[3] {
                    other = .image(second, perChannel: perChannel || shape[1] == 1)
                } else if dims[2] == 1, dims[3] == 1 {
                    other = .pixel(second, perChannel: perChannel)
                } else {
                    continue
                }
            }
            (self.image, self.isSwapped) = (image, isSwapped)
            return
        }
        return nil
    }
}

/// Zero padding of rows, columns and channels.
struct PadForm {
    let top: Int
    let left: Int
    let channelsBefore: Int

    init?(_ node: Node, _ typed: TypedGraph) {
        guard let pad = node.op as? Pad, pad.mode == .constant, let input = node.inputs[0], let shape = typed[input]?.shape,
            shape.rank == 4,
            let pads = typed.integers(node.inputs, 1)
        else { return nil }
        if node.inputs.count > 2, let value = node.inputs[2] { guard typed.scalar(value) == 0 else { return nil } }
        let axes = (node.inputs.count > 3 ? typed.integers(node.inputs, 3) : nil) ?? [0, 1, 2, 3]
        guard pads.count == axes.count * 2, pads.allSatisfy({ $0 >= 0 }) else { return nil }
        var before = [0, 0, 0, 0]
        for (index, axis) in axes.enumerated() {
            guard let axis = shape.normalized(axis: axis) else { return nil }
            if axis == 0, pads[index] + pads[index + axes.count] > 0 { return nil }
            before[axis] = pads[index]
        }
        (channelsBefore, top, left) = (before[1], before[2], before[3])
    }
}

/// Rows and columns start::step.
struct SliceForm {
    let start: (y: Int, x: Int)
    let step: (y: Int, x: Int)

    init?(_ node: Node, _ typed: TypedGraph) {
        guard let input = node.inputs[0], let shape = typed[input]?.shape, shape.rank == 4, let starts = typed.integers(node.inputs, 1)
        else { return nil }
        let axes = node.inputs.count > 3 && node.inputs[3] != nil ? typed.integers(node.inputs, 3) : Array(starts.indices)
        let steps = node.inputs.count > 4 && node.inputs[4] != nil ? typed.integers(node.inputs, 4) : starts.map { _ in 1 }
        guard let axes, let steps, axes.count == starts.count, steps.count == starts.count else { return nil }
        var start = [0, 0, 0, 0], step = [1, 1, 1, 1]
        for (index, axis) in axes.enumerated() {
            guard let axis = shape.normalized(axis: axis), steps[index] > 0 else { return nil }
            start[axis] = min(max(starts[index] < 0 ? starts[index] + shape[axis] : starts[index], 0), shape[axis])
            step[axis] = steps[index]
        }
        guard let output = node.outputs[0], let to = typed[output]?.shape, to[0] == shape[0], to[1] == shape[1], start[0] == 0,
            start[1] == 0
        else {
            return nil
        }
        (self.start, self.step) = ((start[2], start[3]), (step[2], step[3]))
    }
}

/// Nearest or bilinear resize of rows and columns.
struct ResizeForm {
    let rows: ResizeKernel.Axis
    let columns: ResizeKernel.Axis
    let isLinear: Bool

    init?(_ node: Node, _ typed: TypedGraph) {
        guard let resize = node.op as? Resize, resize.mode != .cubic, !resize.antialias, resize.coordinates != .tfCropAndResize,
            let input = node.inputs[0], let output = node.outputs[0], let from = typed[input]?.shape, let to = typed[output]?.shape,
            from.rank == 4, to.rank == 4, from[0] == to[0], from[1] == to[1]
        else { return nil }
        // The operator's own geometry: stated scales, not rounded quotients of sizes, map coordinates.
        guard let targets = try? resize.targets(from, node.inputs.map { $0.flatMap { typed[$0] } }) else { return nil }
        isLinear = resize.mode == .linear
        rows = Self.axis(resize, targets[2])
        columns = Self.axis(resize, targets[3])
    }

    private static func axis(_ resize: Resize, _ target: ResizeTarget) -> ResizeKernel.Axis {
        var axis = ResizeKernel.Axis(first: [], second: [], weight: [])
        let from = target.input
        for o in 0..<target.output {
            let source = target.isIdentity ? Float(o) : resize.source(of: o, target) ?? 0
            if resize.mode == .linear {
                let clamped = min(max(source, 0), Float(from - 1)), low = Int(clamped)
                axis.first.append(Int32(low))
                axis.second.append(Int32(min(low + 1, from - 1)))
                axis.weight.append(clamped - Float(low))
            } else {
                let index =
                    switch resize.nearest {
                    case .roundPreferFloor: (source - 0.5).rounded(.up)
                    case .roundPreferCeil: (source + 0.5).rounded(.down)
                    case .floor: source.rounded(.down)
                    case .ceil: source.rounded(.up)
                    }
                let clamped = Int32(min(max(index, 0), Float(from - 1)))
                axis.first.append(clamped)
                axis.second.append(clamped)
                axis.weight.append(0)
            }
        }
        return axis
    }
}

/// [M,K] × constant [K,N] + constant bias, as a 1×1 convolution of M images.
struct LinearForm {
    let input: ValueID
    private let weights: Tensor
    private let gemm: Gemm
    let bias: [Float]?
    let inputs: Int
    let outputs: Int

    init?(_ node: Node, _ typed: TypedGraph) {
        guard let a = node.inputs[0], let from = typed[a]?.shape, from.rank == 2, typed[a]?.constant == nil,
            typed[a]?.elementType == .float32,
            let b = typed.constant(node.inputs[1]), b.shape.rank == 2, b.elementType == .float32
        else { return nil }
        let gemm = node.op as? Gemm ?? Gemm()
        guard !gemm.transposesA else { return nil }
        let (k, n) = gemm.transposesB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
        guard k == from[1], k > 0, n > 0 else { return nil }
        if node.op is Gemm, node.inputs.count > 2, let c = node.inputs[2] {
            guard let tensor = typed.constant(c), tensor.elementType == .float32,
                tensor.shape.elementCount == 1 || tensor.shape.elementCount == n,
                tensor.shape.rank < 2 || tensor.shape[tensor.shape.rank - 1] == n || tensor.shape.elementCount == 1
            else { return nil }
            let terms: [Float] = tensor.elements()
            bias = (0..<n).map { gemm.beta * terms[terms.count == 1 ? 0 : $0] }
        } else {
            bias = nil
        }
        (input, weights, inputs, outputs) = (a, b, k, n)
        self.gemm = gemm
    }

    /// [N,K] row-major, alpha included. A copy: asked for once, when the kernel packs it.
    func packedRows() -> [Float] {
        weights.withElements(of: Float.self) { source in
            var values = [Float](repeating: 0, count: inputs * outputs)
            for o in 0..<outputs {
                for i in 0..<inputs {
                    values[o * inputs + i] = gemm.alpha * source[gemm.transposesB ? o * inputs + i : i * outputs + o]
                }
            }
            return values
        }
    }
}
