import Tensors

/// ONNX Pad: data, pads, constant value (optional), axes (optional), as inputs.
///
/// Negative pads crop; the crop comes first, and reflect, edge and wrap then look at what is left.
public struct Pad: Operator {
    public enum Mode: String, CaseIterable, Sendable { case constant, reflect, edge, wrap }
    public var mode: Mode
    public init(mode: Mode = .constant) { self.mode = mode }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        try inputs.checkSingle(2, "constant_value", data.elementType)
        guard let shape = data.shape, let pads = try pads(shape, inputs) else { return [ValueFacts(data.elementType, nil)] }
        var result = shape
        for axis in 0..<shape.rank {
            let (begin, end) = pads[axis]
            result[axis] += begin + end
            let left = shape[axis] + min(begin, 0) + min(end, 0)
            guard left >= 0 else {
                throw OperatorError("pads \(begin) and \(end) remove more than axis \(axis)'s \(shape[axis])")
            }
            if mode != .constant && left == 0 && result[axis] > 0 {
                throw OperatorError("axis \(axis) has nothing to \(mode.rawValue) into pads \(begin) and \(end)")
            }
        }
        return [ValueFacts(data.elementType, try Shape(checking: result.dims))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], pads = try pads(data.shape, inputs.facts)!
        if pads.allSatisfy({ $0 == (0, 0) }) { return [data] }
        let tables = pads.indices.map { table(data.shape[$0], pads[$0].begin, pads[$0].end) }
        return [IndexedCopy(from: data.shape, tables: tables)(data, fill: inputs.optional(2))]
    }

    /// Begin and end of every axis; nil when a value is not known yet.
    func pads(_ shape: Shape, _ inputs: [ValueFacts?]) throws(OperatorError) -> [(begin: Int, end: Int)]? {
        let pads = try inputs.integers(1, "pads")
        let given = try inputs.integers(3, "axes", else: Array(0..<shape.rank))
        guard let pads, let given else { return nil }
        let axes = try shape.checked(axes: given)
        guard pads.count == 2 * axes.count else { throw OperatorError("\(pads.count) pads \(pads) for \(axes.count) axes") }
        for pad in pads where pad.magnitude > largestElementCount { throw OperatorError("pad \(pad) is out of range") }
        var result = [(begin: Int, end: Int)](repeating: (0, 0), count: shape.rank)
        for (i, axis) in axes.enumerated() { result[axis] = (pads[i], pads[i + axes.count]) }
        return result
    }

    /// For every output position of an axis the input position it shows, −1 for the constant.
    private func table(_ extent: Int, _ begin: Int, _ end: Int) -> [Int] {
        let low = max(0, -begin)
        let count = extent + min(begin, 0) + min(end, 0)
        return (0..<(extent + begin + end)).map { position in
            let i = position - max(begin, 0)
            if i >= 0 && i < count { return low + i }
            switch mode {
            case .constant: return -1
            case .edge: return low + (i < 0 ? 0 : count - 1)
            case .wrap: return low + (i % count + count) % count
            case .reflect:
                // The sequence 0 … n−1 … 1 repeats with period 2(n−1).
                let period = max(2 * (count - 1), 1)
                let phase = (i % period + period) % period
                return low + (phase < count ? phase : period - phase)
            }
        }
    }
}

extension Pad {
    /// Zeros around rows, columns and channels: the source's own zero halo is the padding of the former.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard mode == .constant, node.isSpatial(0), let x = node.input(0), let shape = node.shape(0), shape.rank == 4,
            node.input(2) == nil || node.typed.scalar(node.input(2)) == 0,
            let pads = try? pads(shape, node.node.inputs.indices.map(node.facts)), pads[0] == (0, 0),
            pads.allSatisfy({ $0.begin >= 0 && $0.end >= 0 })
        else { return nil }
        let (channels, top, left) = (pads[1].begin, pads[2].begin, pads[3].begin)
        let window = Window(extentY: 1, extentX: 1, strideY: 1, strideX: 1, padTop: top, padLeft: left)
        return .step(
            reading: [(x, .window(window))],
            channels: node.outputShape[1] == shape[1] ? nil : channels..<channels + shape[1]
        ) { _ in CopyKernel(channels: shape[1], start: (-top, -left)) }
    }
}
