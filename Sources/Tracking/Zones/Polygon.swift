/// A closed line through three or more points; the last is joined to the first.
public struct Polygon: Sendable, Equatable {
    public let points: [Point]

    public init(_ points: [Point]) { self.points = points }

    public var edges: [Segment] { points.indices.map { Segment(from: points[$0], to: points[($0 + 1) % points.count]) } }

    /// Whether `point` is inside or on an edge.
    public func contains(_ point: Point) -> Bool {
        var isInside = false
        var previous = points[points.count - 1]
        for next in points {
            if (next.y > point.y) != (previous.y > point.y),
                point.x < (previous.x - next.x) * (point.y - next.y) / (previous.y - next.y) + next.x
            {
                isInside.toggle()
            }
            previous = next
        }
        return isInside || distanceToEdge(point) <= Self.edgeWidth
    }

    /// From the nearest edge, in pixels.
    public func distanceToEdge(_ point: Point) -> Double { edges.reduce(.infinity) { min($0, $1.distance(to: point)) } }

    /// Boxes are rounded to hundredths of a pixel: one that ends at the picture's border is on it.
    private static let edgeWidth = 0.01

    /// What keeps points from being a polygon; the numbers are those of points, from 1.
    public enum Flaw: Sendable, Equatable {
        /// A point is the same as the one after it.
        case repeated(Int)
        /// The edges that begin at these points meet.
        case crossing(Int, Int)
    }

    /// The first flaw of the points, three or more; nil for a polygon. O(n²).
    public static func flaw(of points: [Point]) -> Flaw? {
        let edges = Polygon(points).edges
        for (index, edge) in edges.enumerated() where edge.from == edge.to { return .repeated(index + 1) }
        for first in edges.indices {
            for second in edges.indices.dropFirst(first + 1) {
                let (a, b) = (edges[first], edges[second])
                let areNeighbours = second == first + 1 || first == 0 && second == edges.count - 1
                // Neighbours share a point, but must not lie on one another.
                let isFlawed = areNeighbours ? second == first + 1 ? doublesBack(a, b) : doublesBack(b, a) : a.meets(b)
                if isFlawed { return .crossing(first + 1, second + 1) }
            }
        }
        return nil
    }

    private static func doublesBack(_ edge: Segment, _ next: Segment) -> Bool {
        Segment.turn(edge.from, edge.to, next.to) == 0 && ((edge.to - edge.from) * (next.to - next.from)).sum() < 0
    }
}
