import Tensors
import Testing

struct ShapeTests {
    @Test func countsStridesAndAxes() {
        let shape: Shape = [2, 3, 5]
        #expect(shape.elementCount == 30)
        #expect(shape.strides == [15, 5, 1])
        #expect(shape.rank == 3)
        #expect(Shape([]).elementCount == 1)
        #expect(Shape([4, 0]).elementCount == 0)
        #expect(shape.normalized(axis: -1) == 2)
        #expect(shape.normalized(axis: 0) == 0)
        #expect(shape.normalized(axis: 3) == nil)
        #expect(shape.normalized(axis: -4) == nil)
        #expect(shape.description == "2×3×5")
        #expect(Shape([]).description == "scalar")
    }

    private static let broadcasts: [(Shape, Shape, Shape?)] = [
        ([2, 3], [3], [2, 3]), ([2, 1, 4], [3, 1], [2, 3, 4]), ([], [5], [5]), ([0, 3], [1, 3], [0, 3]), ([2], [3], nil),
    ]

    @Test func broadcastsLikeNumpyBothWays() {
        for (a, b, expected) in Self.broadcasts {
            #expect(a.broadcast(with: b) == expected)
            #expect(b.broadcast(with: a) == expected)
        }
    }
}
