import Results
import Tracking

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

    /// Those of a layout; without one, those that results were made with.
    static func all(_ layout: ZoneLayout?, or begin: BeginRecord?) -> [NamedShape] {
        func shapes(_ places: [ZoneShape]?, isClosed: Bool) -> [NamedShape] {
            (places ?? []).map { place in
                let points = place.points.filter { $0.count == 2 }.map { Point(x: $0[0], y: $0[1]) }
                return NamedShape(name: place.name, points: points, isClosed: isClosed)
            }
        }
        guard let layout else {
            return shapes(begin?.options.zones, isClosed: true) + shapes(begin?.options.lines, isClosed: false)
        }
        func point(_ point: Tracking.Point) -> Point { Point(x: point.x, y: point.y) }
        return layout.zones.map { NamedShape(name: $0.name, points: $0.polygon.points.map(point), isClosed: true) }
            + layout.lines.map { NamedShape(name: $0.name, points: [point($0.segment.from), point($0.segment.to)], isClosed: false) }
    }

    /// The lines between the points.
    var sides: [(from: Point, to: Point)] {
        guard points.count > 1 else { return [] }
        let open = zip(points, points.dropFirst()).map { (from: $0, to: $1) }
        return isClosed ? open + [(points.last!, points.first!)] : open
    }
}
