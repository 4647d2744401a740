import Vision

/// Who is in which zone and on which side of which line, and what that makes happen.
///
/// Zones and lines go by their index in the layout, which must be the same every time, but for its scale.
/// A box is never quite still, so leaving takes more than entering: an object leaves a zone, or changes sides, only when
/// it is beyond the border by a margin of `marginShare` of its height.
public struct ZoneWatch: Codable, Sendable, Equatable {
    /// What happened to one object at a zone or line.
    public enum Event: Sendable, Equatable {
        case entered(zone: Int)
        /// - Parameter seconds: how long it was inside.
        case left(zone: Int, seconds: Double)
        /// It has been inside for one of the zone's `dwellSeconds`, or more.
        case dwelt(zone: Int, seconds: Double)
        case crossed(line: Int, Direction)
    }

    /// As seen by one who looks from a line's first point to the second.
    public enum Direction: String, Codable, Sendable {
        case leftToRight = "left_to_right"
        case rightToLeft = "right_to_left"
    }

    public struct ZoneCount: Codable, Sendable, Equatable {
        public fileprivate(set) var entered = 0
        public fileprivate(set) var left = 0
        /// Of those that left, together.
        public fileprivate(set) var seconds = 0.0

        public var inside: Int { entered - left }
        public var meanSeconds: Double? { left > 0 ? seconds / Double(left) : nil }
    }

    public struct LineCount: Codable, Sendable, Equatable {
        public fileprivate(set) var leftToRight = 0
        public fileprivate(set) var rightToLeft = 0
    }

    public private(set) var zoneCounts: [ZoneCount]
    public private(set) var lineCounts: [LineCount]
    /// By id.
    private var visitors: [Int: Visitor] = [:]

    private struct Visitor: Codable, Equatable {
        let label: String
        var stays: [Stay?]
        var sides: [Side?]
        var lastTime = 0.0
    }

    private struct Stay: Codable, Equatable {
        let since: Double
        /// How many of the zone's `dwellSeconds` have passed.
        var passed = 0
    }

    private struct Side: Codable, Equatable {
        let isRight: Bool
        /// Where it was last seen on this side.
        let point: Point
    }

    /// Share of a box's height by which its place may err.
    public static let marginShare = 0.05
    /// The least margin, in pixels.
    public static let leastMargin = 1.0

    public init(zones: Int, lines: Int) {
        zoneCounts = Array(repeating: ZoneCount(), count: zones)
        lineCounts = Array(repeating: LineCount(), count: lines)
    }

    /// The zones that the object is in, in the order of the layout.
    public func zones(of id: Int) -> [Int] {
        visitors[id]?.stays.indices.filter { visitors[id]?.stays[$0] != nil } ?? []
    }

    /// What the object was called when it was first seen; nil for one that was not.
    public func label(of id: Int) -> String? { visitors[id]?.label }

    /// An object was seen. O(points of the layout).
    package mutating func see(_ id: Int, label: String, box: Box, at time: Double, _ layout: ZoneLayout) -> [Event] {
        let (stays, sides) = ([Stay?](repeating: nil, count: zoneCounts.count), [Side?](repeating: nil, count: lineCounts.count))
        var visitor = visitors.removeValue(forKey: id) ?? Visitor(label: label, stays: stays, sides: sides)
        defer { visitors[id] = visitor }
        visitor.lastTime = time
        let margin = max(Self.leastMargin, Self.marginShare * Double(box.height))
        var events: [Event] = []
        for (number, zone) in layout.zones.enumerated() {
            if let point = zone.point(of: box, label) { visit(number, zone, &visitor, point, margin, &events) }
        }
        for (number, line) in layout.lines.enumerated() {
            if let point = line.point(of: box, label) { pass(number, line, &visitor, point, margin, &events) }
        }
        return events
    }

    private mutating func visit(
        _ number: Int, _ zone: Place, _ visitor: inout Visitor, _ point: Point, _ margin: Double, _ events: inout [Event]
    ) {
        let polygon = Polygon(zone.points)
        let isInside = polygon.contains(point)
        guard var stay = visitor.stays[number] else {
            guard isInside else { return }
            visitor.stays[number] = Stay(since: visitor.lastTime)
            zoneCounts[number].entered += 1
            return events.append(.entered(zone: number))
        }
        let seconds = max(0, visitor.lastTime - stay.since)
        while stay.passed < zone.dwellSeconds.count, seconds >= zone.dwellSeconds[stay.passed] {
            stay.passed += 1
            if stay.passed == zone.dwellSeconds.count || seconds < zone.dwellSeconds[stay.passed] {
                events.append(.dwelt(zone: number, seconds: seconds))
            }
        }
        visitor.stays[number] = stay
        guard !isInside, polygon.distanceToEdge(point) > margin else { return }
        visitor.stays[number] = nil
        events.append(leave(number, after: seconds))
    }

    private mutating func leave(_ number: Int, after seconds: Double) -> Event {
        zoneCounts[number].left += 1
        zoneCounts[number].seconds += seconds
        return .left(zone: number, seconds: seconds)
    }

    private mutating func pass(
        _ number: Int, _ line: Place, _ visitor: inout Visitor, _ point: Point, _ margin: Double, _ events: inout [Event]
    ) {
        let segment = Segment(from: line.points[0], to: line.points[1])
        let offset = segment.offset(of: point)
        guard abs(offset) > margin else { return }
        let side = Side(isRight: offset > 0, point: point), last = visitor.sides[number]
        visitor.sides[number] = side
        guard let last, last.isRight != side.isRight, segment.meets(Segment(from: last.point, to: point)) else { return }
        if side.isRight { lineCounts[number].leftToRight += 1 } else { lineCounts[number].rightToLeft += 1 }
        events.append(.crossed(line: number, side.isRight ? .leftToRight : .rightToLeft))
    }

    /// The object is gone: it leaves where it was, when it was last seen.
    public mutating func end(_ id: Int) -> [Event] {
        guard let visitor = visitors.removeValue(forKey: id) else { return [] }
        return visitor.stays.enumerated().compactMap { number, stay in
            stay.map { leave(number, after: max(0, visitor.lastTime - $0.since)) }
        }
    }
}
