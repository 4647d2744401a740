import Tensors

/// ONNX TopK: data, k (input). Outputs: values and int64 indices, best first; of equal values the lower index comes first.
///
/// NaN counts as larger than any number. O(n log k). The result is always ordered.
public struct TopK: NumericOperator {
    public var axis: Int
    public var largest: Bool
    public init(axis: Int = -1, largest: Bool = true) { (self.axis, self.largest) = (axis, largest) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "X", ElementType.numeric)
        let count = try inputs.integer(1, "K")
        guard var shape = data.shape, let count else { return [ValueFacts(data.elementType, nil), ValueFacts(.int64, nil)] }
        let axis = try shape.checked(axis: axis)
        guard count >= 0, count <= shape[axis] else {
            throw OperatorError("K = \(count) is not in 0...\(shape[axis]), axis \(axis) of \(shape)")
        }
        shape[axis] = count
        return [ValueFacts(data.elementType, shape), ValueFacts(.int64, shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, axis = try shape.checked(axis: axis), count = shape[axis]
        let (outer, extent, inner) = inputs[0].shape.split(at: axis)
        let x = inputs[0].pointer(of: T.self)
        var places = [Int64](repeating: 0, count: shape.elementCount)
        // The best so far. Up to twice as many are kept before the worse half is dropped, and then none up to `bound` is let in.
        var best: [(key: Int64, index: Int)] = [], bound: Int64?
        func dropWorse() {
            best.sort { $0.key != $1.key ? $0.key > $1.key : $0.index < $1.index }
            best.removeLast(best.count - count)
            bound = best.last?.key
        }
        let values = Tensor(shape, of: T.self) { out in
            for line in 0..<(outer * inner) {
                let start = line / inner * extent * inner + line % inner, to = line / inner * count * inner + line % inner
                best.removeAll(keepingCapacity: true)
                bound = nil
                for i in 0..<extent {
                    let order = x[start &+ i &* inner].orderKey, key = largest ? order : ~order
                    // Of equal keys the one that came first is better.
                    if let bound, key <= bound { continue }
                    best.append((key, i))
                    if best.count >= 2 * count { dropWorse() }
                }
                dropWorse()
                for (rank, entry) in best.enumerated() {
                    out[to + rank * inner] = x[start &+ entry.index &* inner]
                    places[to + rank * inner] = Int64(entry.index)
                }
            }
        }
        return [values, Tensor(shape, places)]
    }
}

/// ONNX ArgMax. O(n), in rows of the axes after `axis`.
public struct ArgMax: NumericOperator {
    public var axis: Int
    public var keepsDims: Bool
    public var selectsLastIndex: Bool
    public init(axis: Int = 0, keepsDims: Bool = true, selectsLastIndex: Bool = false) {
        (self.axis, self.keepsDims, self.selectsLastIndex) = (axis, keepsDims, selectsLastIndex)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data", ElementType.numeric)
        guard var shape = data.shape else { return [ValueFacts(.int64, nil)] }
        let axis = try shape.checked(axis: axis)
        guard shape[axis] > 0 else { throw OperatorError("axis \(axis) of \(shape) has no largest element") }
        if keepsDims { shape[axis] = 1 } else { shape.dims.remove(at: axis) }
        return [ValueFacts(.int64, shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let (outer, extent, inner) = inputs[0].shape.split(at: try inputs[0].shape.checked(axis: axis))
        let x = inputs[0].pointer(of: T.self)
        var best = [T](repeating: .zero, count: inner)
        let places = Tensor(inputs.shape, of: Int64.self) { out in
            for block in 0..<outer {
                let from = x + block * extent * inner
                let to = out.baseAddress! + block * inner
                for i in 0..<inner { best[i] = from[i] }
                for row in 1..<extent {
                    for i in 0..<inner {
                        let value = from[row &* inner &+ i]
                        if value > best[i] || (selectsLastIndex && value == best[i]) {
                            best[i] = value
                            to[i] = Int64(row)
                        }
                    }
                }
            }
        }
        return [places]
    }
}
