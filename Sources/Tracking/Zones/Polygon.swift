/// A closed line through three or more points; the last is joined to the first.
package struct Polygon {
    let points: [Point]

    package init(_ points: [Point]) { self.points = points }

    package var edges: [Segment] { points.indices.map { Segment(from: points[$0], to: points[($0 + 1) % points.count]) } }

    /// Whether `point` is inside or on an edge.
    func contains(_ point: Point) -> Bool {
        var isInside = false
        for edge in edges where (edge.to.y > point.y) != (edge.from.y > point.y) {
            let offset = (edge.from.x - edge.to.x) * (point.y - edge.to.y) / (edge.from.y - edge.to.y)
            if point.x < offset + edge.to.x { isInside.toggle() }
        }
        return isInside || distanceToEdge(point) <= Self.edgeWidth
    }

    /// From the nearest edge, in pixels.
    func distanceToEdge(_ point: Point) -> Double { edges.reduce(.infinity) { min($0, $1.distance(to: point)) } }

    /// Boxes are rounded to hundredths of a pixel: one that ends at the picture's border is on it.
    private static let edgeWidth = 0.01

    /// What keeps three or more points from being a polygon, with points counted from 1; nil for a polygon. O(n²).
    var flaw: String? {
        let edges = edges
        if let index = edges.firstIndex(where: { $0.from == $0.to }) {
            return "point \(index + 1) is the same as the next one; give each once, also the first, to which the last is joined"
        }
        for first in edges.indices {
            for second in edges.indices.dropFirst(first + 1) {
                let (a, b) = (edges[first], edges[second])
                // Neighbours share a point, but must not lie on one another.
                let isFlawed =
                    second == first + 1
                    ? Self.doublesBack(a, b) : first == 0 && second == edges.count - 1 ? Self.doublesBack(b, a) : a.meets(b)
                guard isFlawed else { continue }
                return "the edges that begin at points \(first + 1) and \(second + 1) meet; list the points in order around the zone"
            }
        }
        return nil
    }

    private static func doublesBack(_ edge: Segment, _ next: Segment) -> Bool {
        Segment.turn(edge.from, edge.to, next.to) == 0 && ((edge.to - edge.from) * (next.to - next.from)).sum() < 0
    }
}

/// A point of the picture in pixels: x to the right, y downwards.
public typealias Point = SIMD2<Double>

/// A straight line from one point to another.
package struct Segment {
    package let from, to: Point

    package init(from: Point, to: Point) { (self.from, self.to) = (from, to) }

    package func distance(to point: Point) -> Double {
        let (along, out) = (to - from, point - from)
        let length = (along * along).sum()
        let share = length > 0 ? min(max((along * out).sum() / length, 0), 1) : 0
        let offset = out - share * along
        return (offset * offset).sum().squareRoot()
    }

    /// How far `point` is from the line on which this segment lies: positive to the right of one who looks from the first
    /// point to the second, negative to the left.
    func offset(of point: Point) -> Double {
        let along = to - from
        return Self.turn(from, to, point) / (along * along).sum().squareRoot()
    }

    /// Whether the two have a point in common.
    func meets(_ other: Segment) -> Bool {
        let (a, b) = (Self.turn(from, to, other.from), Self.turn(from, to, other.to))
        let (c, d) = (Self.turn(other.from, other.to, from), Self.turn(other.from, other.to, to))
        if a * b < 0, c * d < 0 { return true }
        return a == 0 && reaches(other.from) || b == 0 && reaches(other.to) || c == 0 && other.reaches(from) || d == 0 && other.reaches(to)
    }

    /// Whether a point on the line of this segment lies between its ends.
    private func reaches(_ point: Point) -> Bool {
        point.x >= min(from.x, to.x) && point.x <= max(from.x, to.x) && point.y >= min(from.y, to.y) && point.y <= max(from.y, to.y)
    }

    /// Positive where the way a, b, c turns right, as the picture is displayed; zero where it goes straight on or back.
    static func turn(_ a: Point, _ b: Point, _ c: Point) -> Double { (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) }
}
