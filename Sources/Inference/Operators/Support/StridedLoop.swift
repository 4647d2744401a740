import Tensors

/// Walks strided views of one index space in row-major order, one run of the innermost axis at a time.
///
/// Axes that all views cross evenly are merged first, so equal shapes and scalars become a single run:
///
///     extents 2×3×4, strides [12,4,1] and [0,0,0]   →   one run of 24 with steps 1 and 0
struct StridedLoop {
    /// Merged extents, outermost first; never empty. The last one is the run's length.
    private(set) var extents: [Int] = []
    /// Steps of every view on every merged axis.
    private(set) var strides: [[Int]] = []
    let views: Int
    private let isEmpty: Bool

    /// - Parameter views: for every view its stride, in elements, on each axis of `extents`.
    init(_ extents: [Int], _ views: [[Int]]) {
        self.views = views.count
        isEmpty = extents.contains(0)
        for axis in extents.indices where extents[axis] != 1 {
            let steps = views.map { $0[axis] }
            if let last = strides.last, zip(last, steps).allSatisfy({ $0 == $1 &* extents[axis] }) {
                self.extents[self.extents.count - 1] *= extents[axis]
                strides[strides.count - 1] = steps
            } else {
                self.extents.append(extents[axis])
                strides.append(steps)
            }
        }
        if self.extents.isEmpty {
            self.extents = [1]
            strides = [[Int](repeating: 1, count: views.count)]
        }
    }

    /// Elements in one run.
    var run: Int { extents[extents.count - 1] }
    /// Step of a view inside a run.
    func step(_ view: Int) -> Int { strides[strides.count - 1][view] }

    /// Calls `body` with the offsets, one per view, at which each run starts.
    @inline(__always)
    func forEachRun(_ body: (UnsafePointer<Int>) -> Void) {
        if isEmpty { return }
        let outer = extents.count - 1
        var counters = [Int](repeating: 0, count: outer)
        var offsets = [Int](repeating: 0, count: views)
        while true {
            offsets.withUnsafeBufferPointer { body($0.baseAddress!) }
            var axis = outer - 1
            while axis >= 0 {
                counters[axis] += 1
                for view in 0..<views { offsets[view] += strides[axis][view] }
                if counters[axis] < extents[axis] { break }
                for view in 0..<views { offsets[view] -= strides[axis][view] * extents[axis] }
                counters[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

extension Shape {
    /// Strides with which this shape is read under the larger shape `target`: 0 where an extent is repeated.
    func strides(broadcastTo target: Shape) -> [Int] {
        let own = strides
        var result = [Int](repeating: 0, count: target.rank)
        for axis in 0..<rank where dims[axis] != 1 { result[axis + target.rank - rank] = own[axis] }
        return result
    }

    /// Elements before, on and after `axis`: any reduction along one axis is a loop over these three.
    func split(at axis: Int) -> (outer: Int, extent: Int, inner: Int) {
        (Shape(Array(dims[..<axis])).elementCount, dims[axis], Shape(Array(dims[(axis + 1)...])).elementCount)
    }
}
