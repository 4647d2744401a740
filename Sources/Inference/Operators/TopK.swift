import Tensors

/// ONNX TopK: data, k (input). Outputs: values and int64 indices, best first; of equal values the lower index comes first.
///
/// NaN counts as larger than any number. O(n log k). The result is ordered whether or not `sorted` asks for it.
public struct TopK: Operator {
    public var axis: Int
    public var largest: Bool
    public var sorted: Bool
    public init(axis: Int = -1, largest: Bool = true, sorted: Bool = true) {
        (self.axis, self.largest, self.sorted) = (axis, largest, sorted)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "X", ElementType.numeric)
        let count = try inputs.operand(1, "K", ElementType.integers).integer("K")
        guard var shape = data.shape, let count else { return [ValueFacts(data.elementType, nil), ValueFacts(.int64, nil)] }
        let axis = try shape.checked(axis: axis)
        guard count >= 0, count <= shape[axis] else {
            throw OperatorError("K = \(count) is not in 0...\(shape[axis]), axis \(axis) of \(shape)")
        }
        shape[axis] = count
        return [ValueFacts(data.elementType, shape), ValueFacts(.int64, shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "X")
        let axis = try data.shape.checked(axis: axis)
        switch data.elementType {
        case .float32: return select(data, axis, shape, Float.self) { Self.key($0) }
        case .int32: return select(data, axis, shape, Int32.self) { Int64($0) }
        case .int64: return select(data, axis, shape, Int64.self) { $0 }
        case .bool: return [data]  // Not reached: refused by the shape rule.
        }
    }

    /// An integer that orders as the float does, with one zero and one NaN.
    @inline(__always)
    private static func key(_ x: Float) -> Int64 {
        if x != x { return Int64(Int32.max) }
        let bits = Int32(bitPattern: (x + 0).bitPattern)
        return Int64(bits < 0 ? ~(bits & 0x7fff_ffff) : bits)
    }

    @inline(__always)
    private func select<T: TensorElement>(_ data: Tensor, _ axis: Int, _ shape: Shape, _: T.Type, _ key: (T) -> Int64) -> [Tensor] {
        let (outer, extent, inner) = data.shape.split(at: axis)
        let count = shape[axis]
        var places = [Int64](repeating: 0, count: shape.elementCount)
        let values = Tensor(shape, of: T.self) { out in
            data.withElements(of: T.self) { x in
                guard !out.isEmpty else { return }
                var best = BestEntries(capacity: count)
                for line in 0..<(outer * inner) {
                    let start = line / inner * extent * inner + line % inner
                    best.removeAll()
                    for i in 0..<extent {
                        let key = key(x[start &+ i &* inner])
                        best.offer(largest ? key : ~key, i)
                    }
                    var to = line / inner * count * inner + line % inner
                    for index in best.ordered() {
                        out[to] = x[start &+ index &* inner]
                        places[to] = Int64(index)
                        to += inner
                    }
                }
            }
        }
        return [values, Tensor(shape, places)]
    }
}

/// The `capacity` entries with the largest keys seen so far: a binary heap with the worst of them on top.
private struct BestEntries {
    private typealias Entry = (key: Int64, index: Int)
    private var heap: [Entry] = []
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

    /// Indices must be offered in ascending order: an entry then never displaces one of the same key.
    @inline(__always)
    mutating func offer(_ key: Int64, _ index: Int) {
        if heap.count < capacity {
            heap.append((key, index))
            rise()
        } else if key > heap[0].key {
            heap[0] = (key, index)
            sink()
        }
    }

    func ordered() -> [Int] { heap.sorted { Self.isWorse($1, $0) }.map(\.index) }

    private static func isWorse(_ a: Entry, _ b: Entry) -> Bool { a.key != b.key ? a.key < b.key : a.index > b.index }

    private mutating func rise() {
        var child = heap.count - 1
        while child > 0, Self.isWorse(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, Self.isWorse(heap[child + 1], heap[child]) { child += 1 }
            if !Self.isWorse(heap[child], heap[parent]) { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}

/// ONNX ArgMax. O(n), in rows of the axes after `axis`.
public struct ArgMax: Operator {
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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let axis = try data.shape.checked(axis: axis)
        switch data.elementType {
        case .float32: return [places(data, axis, shape, Float.self)]
        case .int32: return [places(data, axis, shape, Int32.self)]
        case .int64: return [places(data, axis, shape, Int64.self)]
        case .bool: return [data]  // Not reached: refused by the shape rule.
        }
    }

    @inline(__always)
    private func places<T: NumericElement>(_ data: Tensor, _ axis: Int, _ shape: Shape, _: T.Type) -> Tensor {
        let (outer, extent, inner) = data.shape.split(at: axis)
        return Tensor(shape, of: Int64.self) { out in
            data.withElements(of: T.self) { x in
                guard !out.isEmpty else { return }
                var best = [T](repeating: .zero, count: inner)
                for block in 0..<outer {
                    let from = x.baseAddress! + block * extent * inner
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
        }
    }
}
