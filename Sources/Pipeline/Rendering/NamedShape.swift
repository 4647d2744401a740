/// A zone or a line with its name, to be drawn over a clip.
public struct NamedShape: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        /// Pixels of the clip as displayed.
        public var x: Double
        public var y: Double
        public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    public var name: String
    public var points: [Point]
    /// Whether the last point is joined to the first: a zone, not a line.
    public var isClosed: Bool

    public init(name: String, points: [Point], isClosed: Bool) { (self.name, self.points, self.isClosed) = (name, points, isClosed) }

    /// The lines between the points.
    var sides: [(from: Point, to: Point)] {
        guard points.count > 1 else { return [] }
        let open = zip(points, points.dropFirst()).map { (from: $0, to: $1) }
        return isClosed ? open + [(points.last!, points.first!)] : open
    }
}
