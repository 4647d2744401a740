import Tensors

/// ONNX Slice: data, starts, ends, axes (optional), steps (optional), all as inputs. One strided copy.
public struct Slice: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let shape = data.shape, let cuts = try cuts(shape, inputs) else { return [ValueFacts(data.elementType, nil)] }
        return [ValueFacts(data.elementType, Shape(cuts.map(\.count)))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], cuts = try cuts(data.shape, inputs.facts)!
        if inputs.shape == data.shape && cuts.allSatisfy({ $0.step == 1 }) { return [data] }
        let steps = zip(cuts, data.shape.strides)
        return [data.strided(inputs.shape, offset: steps.reduce(0) { $0 + $1.0.start * $1.1 }, strides: steps.map { $0.step * $1 })]
    }

    private struct Cut { var start, step, count: Int }

    /// One cut per axis of `shape`; nil when a value is not known yet.
    private func cuts(_ shape: Shape, _ inputs: [ValueFacts?]) throws(OperatorError) -> [Cut]? {
        let starts = try inputs.integers(1, "starts")
        let ends = try inputs.integers(2, "ends")
        let given = try inputs.integers(3, "axes", else: Array((starts ?? []).indices))
        let steps = try inputs.integers(4, "steps", else: (starts ?? []).map { _ in 1 })
        guard let starts, let ends, let given, let steps else { return nil }
        let axes = try shape.checked(axes: given)
        guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
            throw OperatorError(
                "\(starts.count) starts, \(ends.count) ends, \(axes.count) axes, \(steps.count) steps do not match")
        }
        var cuts = shape.dims.map { Cut(start: 0, step: 1, count: $0) }
        for (i, axis) in axes.enumerated() {
            guard steps[i] != 0 else { throw OperatorError("step 0 on axis \(axis)") }
            cuts[axis] = Self.cut(shape[axis], starts[i], ends[i], steps[i])
        }
        return cuts
    }

    /// Clamps as numpy does. Arithmetic stays in range for any start, end and step, INT64_MIN and INT64_MAX included.
    private static func cut(_ extent: Int, _ start: Int, _ end: Int, _ step: Int) -> Cut {
        // Backwards, positions run from extent − 1 to 0, and −1 is the end.
        let (low, high) = step > 0 ? (0, extent) : (-1, extent - 1)
        let first = min(max(start < 0 ? start + extent : start, low), high)
        let last = min(max(end < 0 ? end + extent : end, low), high)
        let distance = step > 0 ? last - first : first - last
        let count = distance > 0 ? (distance - 1) / Int(clamping: step.magnitude) + 1 : 0
        return Cut(start: first, step: count > 1 ? step : 1, count: count)
    }
}

extension Slice {
    public var movesElements: Bool { true }

    /// Every so many rows and columns.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        let to = node.outputShape
        guard node.isSpatial(0), let x = node.input(0), let shape = node.shape(0), shape.rank == 4,
            let cuts = try? cuts(shape, node.node.inputs.indices.map(node.facts)), to[0] == shape[0], to[1] == shape[1],
            cuts.allSatisfy({ $0.step > 0 })
        else { return nil }
        let (rows, columns) = (cuts[2], cuts[3])
        let window = Window(
            extentY: 1, extentX: 1, strideY: rows.step, strideX: columns.step, padTop: -rows.start, padLeft: -columns.start)
        return .step(reading: [(x, .window(window))]) { _ in
            CopyKernel(channels: to[1], start: (rows.start, columns.start), step: (rows.step, columns.step))
        }
    }
}
