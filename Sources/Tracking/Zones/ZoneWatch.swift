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
        case crossed(line: Int, Line.Direction)
    }

    public struct ZoneCount: Codable, Sendable, Equatable {
        public private(set) var entered = 0
        public private(set) var left = 0
        /// Of those that left, together.
        public private(set) var seconds = 0.0

        public var inside: Int { entered - left }
        public var meanSeconds: Double? { left > 0 ? seconds / Double(left) : nil }

        fileprivate mutating func enter() { entered += 1 }

        fileprivate mutating func leave(after seconds: Double) {
            left += 1
            self.seconds += seconds
        }
    }

    public struct LineCount: Codable, Sendable, Equatable {
        public fileprivate(set) var leftToRight = 0
        public fileprivate(set) var rightToLeft = 0
    }

    public private(set) var zoneCounts: [ZoneCount]
    public private(set) var lineCounts: [LineCount]
    /// By id.
    private var visitors: [Visitor] = []

    private struct Visitor: Codable, Equatable {
        let id: Int
        let label: String
        var stays: [Stay?]
        var sides: [Side?]
        var lastTime: Double
    }

    private struct Stay: Codable, Equatable {
        let since: Double
        /// How many of the zone's `dwellSeconds` have passed.
        var passed = 0
    }

    private struct Side: Codable, Equatable {
        var isRight: Bool
        /// Where it was last seen on this side.
        var point: Point
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
        guard let visitor = visitors.first(where: { $0.id == id }) else { return [] }
        return visitor.stays.indices.filter { visitor.stays[$0] != nil }
    }

    /// What the object was called when it was first seen; nil for one that was not.
    public func label(of id: Int) -> String? { visitors.first { $0.id == id }?.label }

    /// An object was seen. O(points of the layout).
    public mutating func see(_ id: Int, label: String, box: Box, at time: Double, _ layout: ZoneLayout) -> [Event] {
        let index = visitors.firstIndex { $0.id >= id } ?? visitors.count
        if index == visitors.count || visitors[index].id != id {
            let (stays, sides) = ([Stay?](repeating: nil, count: zoneCounts.count), [Side?](repeating: nil, count: lineCounts.count))
            visitors.insert(Visitor(id: id, label: label, stays: stays, sides: sides, lastTime: time), at: index)
        }
        visitors[index].lastTime = time
        let margin = max(Self.leastMargin, Self.marginShare * Double(box.height))
        var events: [Event] = []
        for (number, zone) in layout.zones.enumerated() where zone.classes?.contains(label) ?? true {
            visit(index, number, zone, zone.anchor.point(of: box), margin, time, &events)
        }
        for (number, line) in layout.lines.enumerated() where line.classes?.contains(label) ?? true {
            pass(index, number, line, line.anchor.point(of: box), margin, &events)
        }
        return events
    }

    private mutating func visit(
        _ visitor: Int, _ number: Int, _ zone: Zone, _ point: Point, _ margin: Double, _ time: Double, _ events: inout [Event]
    ) {
        let isInside = zone.polygon.contains(point)
        guard var stay = visitors[visitor].stays[number] else {
            guard isInside else { return }
            visitors[visitor].stays[number] = Stay(since: time)
            zoneCounts[number].enter()
            return events.append(.entered(zone: number))
        }
        let seconds = max(0, time - stay.since)
        while stay.passed < zone.dwellSeconds.count, seconds >= zone.dwellSeconds[stay.passed] {
            stay.passed += 1
            if stay.passed == zone.dwellSeconds.count || seconds < zone.dwellSeconds[stay.passed] {
                events.append(.dwelt(zone: number, seconds: seconds))
            }
        }
        visitors[visitor].stays[number] = stay
        if !isInside, zone.polygon.distanceToEdge(point) > margin { leave(visitor, number, after: seconds, &events) }
    }

    private mutating func leave(_ visitor: Int, _ number: Int, after seconds: Double, _ events: inout [Event]) {
        visitors[visitor].stays[number] = nil
        zoneCounts[number].leave(after: seconds)
        events.append(.left(zone: number, seconds: seconds))
    }

    private mutating func pass(_ visitor: Int, _ number: Int, _ line: Line, _ point: Point, _ margin: Double, _ events: inout [Event]) {
        let offset = line.segment.offset(of: point)
        guard abs(offset) > margin else { return }
        let side = Side(isRight: offset > 0, point: point)
        let last = visitors[visitor].sides[number]
        visitors[visitor].sides[number] = side
        guard let last, last.isRight != side.isRight, line.segment.meets(Segment(from: last.point, to: point)) else { return }
        if side.isRight { lineCounts[number].leftToRight += 1 } else { lineCounts[number].rightToLeft += 1 }
        events.append(.crossed(line: number, side.isRight ? .leftToRight : .rightToLeft))
    }

    /// The object is gone: it leaves where it was, when it was last seen.
    public mutating func end(_ id: Int) -> [Event] {
        guard let index = visitors.firstIndex(where: { $0.id == id }) else { return [] }
        var events: [Event] = []
        for (number, stay) in visitors[index].stays.enumerated() {
            if let stay { leave(index, number, after: max(0, visitors[index].lastTime - stay.since), &events) }
        }
        visitors.remove(at: index)
        return events
    }
}
