/// A point of the picture in pixels: x to the right, y downwards.
public typealias Point = SIMD2<Double>

/// A straight line from one point to another.
public struct Segment: Sendable, Equatable {
    public var from, to: Point

    public init(from: Point, to: Point) { (self.from, self.to) = (from, to) }

    public func distance(to point: Point) -> Double {
        let (along, out) = (to - from, point - from)
        let length = (along * along).sum()
        let share = length > 0 ? min(max((along * out).sum() / length, 0), 1) : 0
        let rest = out - share * along
        return (rest * rest).sum().squareRoot()
    }

    /// How far `point` is from the line on which this segment lies: positive to the right of one who looks from the first
    /// point to the second, negative to the left.
    public func offset(of point: Point) -> Double {
        let along = to - from
        return Self.turn(from, to, point) / (along * along).sum().squareRoot()
    }

    /// Whether the two have a point in common.
    public func meets(_ other: Segment) -> Bool {
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
