import Inference
import Models
import Tensors

/// What a node's constants are where its input has another size than that which they were exported for.
enum SizeConstants {
    case fits
    /// Input `index` becomes these numbers.
    case input(Int, [Int])
    /// A pooling over the whole of its input becomes one over the whole of the new one.
    case kernel(any Operator, [Int])
    case inexplicable(String)

    /// - Parameters: `old`, `new`: what is known of the node's inputs at either size.
    static func explain(_ node: Node, _ old: [ValueFacts?], _ new: [ValueFacts?]) throws(DeepVidError) -> SizeConstants {
        guard let before = old.first??.shape, let after = new.first??.shape, before != after else { return .fits }
        /// Whole numbers that are the same at both sizes: those that follow from the size are not.
        func fixed(_ index: Int) -> [Int]? {
            guard index < old.count, let constant = old[index]?.constant, constant == new[index]?.constant else { return nil }
            let numbers = (0..<constant.shape.elementCount).compactMap { constant.integer(at: $0) }
            return numbers.count == constant.shape.elementCount ? numbers : nil
        }
        if node.op is Reshape, fixed(1) != nil {
            guard let shape = (try? node.op.outputs(for: old))?.first?.shape else { return .fits }
            guard let wanted = reshaped(from: before.dims, to: shape.dims, at: after.dims) else {
                return .inexplicable("makes \(shape) of \(before), and nothing tells what it should make of \(after)")
            }
            return (try? node.op.outputs(for: new))?.first?.shape?.dims == wanted ? .fits : .input(1, wanted)
        }
        if node.op is Resize, let sizes = fixed(3) {
            guard sizes.count == before.rank else { return .inexplicable("gives some axes fixed sizes") }
            var wanted = sizes
            for axis in sizes.indices where before[axis] != after[axis] {
                guard (sizes[axis] * after[axis]).isMultiple(of: before[axis]) else {
                    return .inexplicable("makes \(sizes[axis]) of \(before[axis]) pixels, and no whole number of \(after[axis])")
                }
                wanted[axis] = sizes[axis] * after[axis] / before[axis]
            }
            return .input(3, wanted)
        }
        if node.op is Slice, let starts = fixed(1), let ends = fixed(2) {
            let axes = fixed(3) ?? Array(starts.indices)
            guard starts.count == ends.count, axes.count == ends.count else { return .fits }
            var wanted = ends
            for (index, axis) in axes.enumerated() {
                guard let axis = before.normalized(axis: axis), before[axis] != after[axis] else { continue }
                if ends[index] >= before[axis] {
                    wanted[index] = Int(Int64.max)
                } else if starts[index] > 0 || ends[index] > 0 {
                    return .inexplicable("cuts \(starts[index]) to \(ends[index]) out of \(before[axis]) pixels")
                }
            }
            return wanted == ends ? .fits : .input(2, wanted)
        }
        if let split = node.op as? Split, let parts = fixed(1), let axis = before.normalized(axis: split.axis), before[axis] != after[axis]
        {
            return .inexplicable("cuts \(before[axis]) pixels into \(parts)")
        }
        if var pooling = node.op as? Pooling, pooling.kind == .average, pooling.kernel.count == 2, pooling.kernel == before.dims.suffix(2) {
            pooling.kernel = Array(after.dims.suffix(2))
            return .kernel(pooling, pooling.kernel)
        }
        return .fits
    }

    /// The extents that a reshape makes at another size: its axes are divided into runs of the same number of elements, and each run is
    /// explained by itself. Nil where one cannot be.
    static func reshaped(from old: [Int], to shape: [Int], at new: [Int]) -> [Int]? {
        guard old.count == new.count, old.reduce(1, *) == shape.reduce(1, *), !old.contains(0), !shape.contains(0) else { return nil }
        var result: [Int] = []
        var (i, j) = (0, 0)
        while i < old.count || j < shape.count {
            let (firstIn, firstOut) = (i, j)
            var (left, right) = (1, 1)
            repeat {
                if left <= right, i < old.count || j == shape.count {
                    left *= old[i]
                    i += 1
                } else {
                    right *= shape[j]
                    j += 1
                }
            } while left != right
            // Extents of 1 belong to no run in particular: here to the one before.
            while i < old.count, old[i] == 1, new[i] == 1 { i += 1 }
            while j < shape.count, shape[j] == 1 { j += 1 }
            guard let run = explain(Array(old[firstIn..<i]), Array(shape[firstOut..<j]), Array(new[firstIn..<i])) else { return nil }
            result += run
        }
        return result
    }

    private static func explain(_ old: [Int], _ made: [Int], _ new: [Int]) -> [Int]? {
        if old == new { return made }
        // Extents of 1 come and go.
        let (kept, changed) = (old.indices.filter { old[$0] > 1 || new[$0] > 1 }, made.indices.filter { made[$0] > 1 })
        let (from, to) = (kept.map { old[$0] }, kept.map { new[$0] })
        var result = made
        if changed.count == 1 {
            result[changed[0]] = to.reduce(1, *)
        } else if from == changed.map({ made[$0] }) {
            for (place, extent) in zip(changed, to) { result[place] = extent }
        } else if from.count == 1 {
            // One axis cut into several: the longest of them that can takes the change.
            let places = changed.filter { (made[$0] * to[0]).isMultiple(of: from[0]) }
            guard let place = places.max(by: { made[$0] < made[$1] }) else { return nil }
            result[place] = made[place] * to[0] / from[0]
        } else {
            return nil
        }
        return result
    }
}
