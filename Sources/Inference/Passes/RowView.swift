import Tensors

/// A value as a view of an image's rows: element i of it is element offset + Σ index · stride of [pixels, channels]. What chains of operators
/// that move elements make of rows, without moving them.
struct RowView {
    let image: ValueID
    var offset = 0
    var dims: [Int]
    var strides: [Int]

    init(image: ValueID, _ shape: Shape) { (self.image, dims, strides) = (image, shape.dims, shape.strides) }

    /// Whether it is all of the rows, in order.
    func isWhole(_ count: Int) -> Bool {
        guard offset == 0, dims.reduce(1, *) == count else { return false }
        return zip(zip(dims, strides), Shape(dims).strides).allSatisfy { $0.0 == 1 || $0.1 == $1 }
    }

    /// What `node` makes of it as its first input; nil where that is no view. One for each output.
    func views(through node: Node, _ typed: TypedGraph) -> [RowView]? {
        let facts = node.inputs.map { $0.flatMap { typed[$0] } }, shapes = node.outputs.map { $0.flatMap { typed[$0]?.shape } }
        guard let first = shapes.first, let shape = first else { return nil }
        switch node.op {
        case is any ReshapingOperator: return reshaped(to: shape.dims).map { [$0] }
        case let transpose as Transpose:
            let order = transpose.permutation ?? dims.indices.reversed()
            guard order.count == dims.count else { return nil }
            var view = self
            (view.dims, view.strides) = (order.map { dims[$0] }, order.map { strides[$0] })
            return [view]
        case let split as Split:
            guard let axis = Shape(dims).normalized(axis: split.axis) else { return nil }
            var start = 0
            return shapes.compactMap(\.self).map { part in
                defer { start += part[axis] }
                return cut(axis, start, part[axis])
            }
        case let gather as Gather:
            guard let axis = Shape(dims).normalized(axis: gather.axis), let index = facts.optional(1)?.constant, index.shape.rank == 0,
                let number = typed.integers(node.inputs, 1)?.first
            else { return nil }
            var view = cut(axis, number < 0 ? number + dims[axis] : number, 1)
            view.dims.remove(at: axis)
            view.strides.remove(at: axis)
            return [view]
        default: return nil
        }
    }

    private func cut(_ axis: Int, _ start: Int, _ count: Int) -> RowView {
        var view = self
        view.offset += start * strides[axis]
        view.dims[axis] = count
        return view
    }

    /// The same elements in the same order under other extents, where strides can say so.
    private func reshaped(to new: [Int]) -> RowView? {
        let kept = dims.indices.filter { dims[$0] != 1 }, old = kept.map { dims[$0] }, steps = kept.map { strides[$0] }
        var view = self, result = [Int](repeating: 0, count: new.count), (i, o) = (0, 0)
        while i < new.count, o < old.count {
            // The least runs of axes on both sides that have equally many elements.
            var (a, b, endNew, endOld) = (new[i], old[o], i + 1, o + 1)
            while a != b {
                if a < b {
                    guard endNew < new.count else { return nil }
                    a *= new[endNew]
                    endNew += 1
                } else {
                    guard endOld < old.count else { return nil }
                    b *= old[endOld]
                    endOld += 1
                }
            }
            for k in o..<endOld - 1 where steps[k] != old[k + 1] * steps[k + 1] { return nil }
            result[endNew - 1] = steps[endOld - 1]
            for k in stride(from: endNew - 1, to: i, by: -1) { result[k - 1] = result[k] * new[k] }
            (i, o) = (endNew, endOld)
        }
        guard o == old.count, new[i...].allSatisfy({ $0 == 1 }) else { return nil }
        (view.dims, view.strides) = (new, result)
        return view
    }
}
