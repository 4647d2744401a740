import Vision

/// Who is in which zone and on which side of which line, and what that makes happen.
///
/// Zones and lines go by their index in the layout, which must be the same every time, but for its scale.
/// A box is never quite still, so leaving takes more than entering: an object leaves a zone, or changes sides, only when
/// it is beyond the border by a margin of `marginShare` of its height.
///
/// An object is watched from the first time it is seen, but what happens to it is told only once it has moved: what has not
/// moved yet may be a thing.
public struct ZoneWatch: Codable, Sendable, Equatable {
    /// What happened to one object at a zone or line.
    public enum Event: Sendable, Equatable, Codable {
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
        /// What happened to it and was not told, as long as it has not moved.
        var untold: [Event]? = []
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
        visitors[id].map(zones) ?? []
    }

    private func zones(of visitor: Visitor) -> [Int] { visitor.stays.indices.filter { visitor.stays[$0] != nil } }

    /// What the object was called when it was first seen; nil for one that was not.
    public func label(of id: Int) -> String? { visitors[id]?.label }

    /// An object was seen. O(points of the layout).
    /// - Returns: what is to be told: nothing until it has moved, and then also what happened before. While it was static it
    ///   did not dwell.
    package mutating func see(
        _ id: Int, label: String, score: Float, box: Box, motion: Track.Motion, at time: Double, _ layout: ZoneLayout
    ) -> [Event] {
        let (stays, sides) = ([Stay?](repeating: nil, count: zoneCounts.count), [Side?](repeating: nil, count: lineCounts.count))
        var visitor = visitors.removeValue(forKey: id) ?? Visitor(label: label, stays: stays, sides: sides)
        defer { visitors[id] = visitor }
        visitor.lastTime = time
        let margin = max(Self.leastMargin, Self.marginShare * Double(box.height))
        var events: [Event] = []
        for (number, zone) in layout.zones.enumerated() {
            guard let point = zone.point(of: box, label) else { continue }
            visit(number, zone, &visitor, point, margin, mayEnter: zone.admits(box, score: score), &events)
        }
        for (number, line) in layout.lines.enumerated() {
            guard let point = line.point(of: box, label) else { continue }
            pass(number, line, &visitor, point, margin, mayCross: line.admits(box, score: score), &events)
        }
        if let untold = visitor.untold {
            switch motion {
            case .moved: (visitor.untold, events) = (nil, untold + events)
            case .undecided: (visitor.untold, events) = (untold + events, [])
            // Where it is, and nothing else: it may be there for years, on the border of a zone.
            case .static: (visitor.untold, events) = (zones(of: visitor).map { .entered(zone: $0) }, [])
            }
        }
        for event in events { count(event) }
        return events
    }

    private mutating func count(_ event: Event) {
        switch event {
        case .entered(let zone): zoneCounts[zone].entered += 1
        case .left(let zone, let seconds):
            zoneCounts[zone].left += 1
            zoneCounts[zone].seconds += seconds
        case .crossed(let line, .leftToRight): lineCounts[line].leftToRight += 1
        case .crossed(let line, .rightToLeft): lineCounts[line].rightToLeft += 1
        case .dwelt: break
        }
    }

    private func visit(
        _ number: Int, _ zone: Place, _ visitor: inout Visitor, _ point: Point, _ margin: Double, mayEnter: Bool, _ events: inout [Event]
    ) {
        let polygon = Polygon(zone.points)
        let isInside = polygon.contains(point)
        guard var stay = visitor.stays[number] else {
            guard isInside, mayEnter else { return }
            visitor.stays[number] = Stay(since: visitor.lastTime)
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
        events.append(.left(zone: number, seconds: seconds))
    }

    private func pass(
        _ number: Int, _ line: Place, _ visitor: inout Visitor, _ point: Point, _ margin: Double, mayCross: Bool, _ events: inout [Event]
    ) {
        let segment = Segment(from: line.points[0], to: line.points[1])
        let offset = segment.offset(of: point)
        guard abs(offset) > margin else { return }
        let side = Side(isRight: offset > 0, point: point), last = visitor.sides[number]
        visitor.sides[number] = side
        guard mayCross, let last, last.isRight != side.isRight, segment.meets(Segment(from: last.point, to: point)) else { return }
        events.append(.crossed(line: number, side.isRight ? .leftToRight : .rightToLeft))
    }

    /// The object is gone: it leaves where it was, when it was last seen. Of one that never moved nothing is told.
    public mutating func end(_ id: Int) -> [Event] {
        guard let visitor = visitors.removeValue(forKey: id), visitor.untold == nil else { return [] }
        let events = visitor.stays.enumerated().compactMap { number, stay in
            stay.map { Event.left(zone: number, seconds: max(0, visitor.lastTime - $0.since)) }
        }
        for event in events { count(event) }
        return events
    }
}
