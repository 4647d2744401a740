import Tensors

/// ONNX Slice: data, starts, ends, axes (optional), steps (optional), all as inputs. One strided copy.
public struct Slice: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let shape = data.shape, let cuts = try cuts(shape, inputs) else { return [ValueFacts(data.elementType, nil)] }
        return [ValueFacts(data.elementType, Shape(cuts.map(\.count)))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let facts = inputs.map { $0.map { ValueFacts(constant: $0) } }
        guard let cuts = try cuts(data.shape, facts) else { throw OperatorError("starts or ends are not known") }
        if shape == data.shape && cuts.allSatisfy({ $0.step == 1 }) { return [data] }
        let strides = data.shape.strides
        var offset = 0
        if !shape.dims.contains(0) { for axis in cuts.indices { offset += cuts[axis].start * strides[axis] } }
        return [data.strided(shape, offset: offset, strides: cuts.indices.map { cuts[$0].step * strides[$0] })]
    }

    private struct Cut { var start, step, count: Int }

    /// One cut per axis of `shape`; nil when a value is not known yet.
    private func cuts(_ shape: Shape, _ inputs: [ValueFacts?]) throws(OperatorError) -> [Cut]? {
        let startFacts = try inputs.operand(1, "starts", ElementType.integers)
        let endFacts = try inputs.operand(2, "ends", ElementType.integers)
        let axisFacts = try inputs.optionalOperand(3, "axes", ElementType.integers)
        let stepFacts = try inputs.optionalOperand(4, "steps", ElementType.integers)
        guard let starts = try startFacts.integers("starts"), let ends = try endFacts.integers("ends") else { return nil }
        let given = try axisFacts?.integers("axes")
        let steps = try stepFacts?.integers("steps")
        if axisFacts != nil && given == nil || stepFacts != nil && steps == nil { return nil }
        let axes = try shape.checked(axes: given ?? Array(0..<starts.count))
        guard ends.count == starts.count, axes.count == starts.count, steps == nil || steps?.count == starts.count else {
            throw OperatorError(
                "\(starts.count) starts, \(ends.count) ends, \(axes.count) axes, \(steps?.count ?? starts.count) steps do not match")
        }
        var cuts = shape.dims.map { Cut(start: 0, step: 1, count: $0) }
        for (i, axis) in axes.enumerated() {
            let step = steps?[i] ?? 1
            guard step != 0 else { throw OperatorError("step 0 on axis \(axis)") }
            cuts[axis] = Self.cut(shape[axis], starts[i], ends[i], step)
        }
        return cuts
    }

    /// Clamps as numpy does. Arithmetic stays in range for any start, end and step, INT64_MIN and INT64_MAX included.
    private static func cut(_ extent: Int, _ start: Int, _ end: Int, _ step: Int) -> Cut {
        let size = Int(clamping: step.magnitude)
        let from = start < 0 ? start + extent : start
        let to = end < 0 ? end + extent : end
        let count: Int
        let first: Int
        if step > 0 {
            first = min(max(from, 0), extent)
            let last = min(max(to, 0), extent)
            count = last > first ? (last - first - 1) / size + 1 : 0
        } else {
            first = min(max(from, -1), extent - 1)
            let last = min(max(to, -1), extent - 1)
            count = first > last ? (first - last - 1) / size + 1 : 0
        }
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
