/// The extents of a tensor, outermost first. A scalar has rank 0 and one element.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public var dims: [Int]

    public init(_ dims: [Int]) { self.dims = dims }
    public init(arrayLiteral elements: Int...) { dims = elements }

    public var rank: Int { dims.count }

    /// Number of elements; 1 for a scalar.
    public var elementCount: Int { dims.reduce(1, *) }

    /// Row-major strides in elements.
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * dims[axis + 1] }
        return strides
    }

    public subscript(axis: Int) -> Int {
        get { dims[axis] }
        set { dims[axis] = newValue }
    }

    /// `axis` counted from the end when negative; nil when out of range.
    public func normalized(axis: Int) -> Int? {
        let positive = axis < 0 ? axis + rank : axis
        return positive >= 0 && positive < rank ? positive : nil
    }

    /// The multidirectional (numpy) broadcast of two shapes; nil when they do not fit.
    public func broadcast(with other: Shape) -> Shape? {
        let rank = max(self.rank, other.rank)
        var dims = [Int](repeating: 1, count: rank)
        for axis in 0..<rank {
            let a = axis - (rank - self.rank) < 0 ? 1 : self.dims[axis - (rank - self.rank)]
            let b = axis - (rank - other.rank) < 0 ? 1 : other.dims[axis - (rank - other.rank)]
            guard a == b || a == 1 || b == 1 else { return nil }
            dims[axis] = a == 1 ? b : a
        }
        return Shape(dims)
    }

    public var description: String { dims.isEmpty ? "scalar" : dims.map(String.init).joined(separator: "×") }
}
