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
        let a = Array(repeating: 1, count: rank - self.rank) + dims, b = Array(repeating: 1, count: rank - other.rank) + other.dims
        guard zip(a, b).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
        return Shape(zip(a, b).map { $0 == 1 ? $1 : $0 })
    }

    public var description: String { dims.isEmpty ? "scalar" : dims.map(String.init).joined(separator: "×") }
}
