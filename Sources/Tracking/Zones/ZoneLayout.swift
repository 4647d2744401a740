import Models
import Vision

/// The point of a box that counts as the object's place.
public enum Anchor: String, Codable, Sendable, CaseIterable {
    /// Where it stands, if it stands.
    case bottomCenter = "bottom_center"
    case center

    func point(of box: Box) -> Point {
        let bounds = box.bounds
        return Point(bounds.x + bounds.width / 2, bounds.y + (self == .center ? bounds.height / 2 : bounds.height))
    }
}

/// A part of the picture where objects may be.
public struct Zone: Sendable, Equatable {
    public var name: String
    public var polygon: Polygon
    /// The labels that count here; nil is all.
    public var classes: Set<String>?
    public var anchor: Anchor
    /// After how long inside to say so, in seconds, rising.
    public var dwellSeconds: [Double]

    public init(name: String, polygon: Polygon, classes: Set<String>? = nil, anchor: Anchor = .bottomCenter, dwellSeconds: [Double] = []) {
        (self.name, self.polygon, self.classes, self.anchor, self.dwellSeconds) = (name, polygon, classes, anchor, dwellSeconds)
    }
}

/// A line that objects may cross.
public struct Line: Sendable, Equatable {
    public var name: String
    public var segment: Segment
    /// The labels that count here; nil is all.
    public var classes: Set<String>?
    public var anchor: Anchor

    public init(name: String, segment: Segment, classes: Set<String>? = nil, anchor: Anchor = .bottomCenter) {
        (self.name, self.segment, self.classes, self.anchor) = (name, segment, classes, anchor)
    }

    /// As seen by one who looks from its first point to the second.
    public enum Direction: String, Codable, Sendable {
        case leftToRight = "left_to_right"
        case rightToLeft = "right_to_left"
    }
}

/// All zones and lines of a picture, in its pixels.
public struct ZoneLayout: Sendable, Equatable {
    public var zones: [Zone]
    public var lines: [Line]

    public init(zones: [Zone] = [], lines: [Line] = []) { (self.zones, self.lines) = (zones, lines) }
}

/// Zones and lines as a file gives them, before it is known how large the picture is.
public struct ZonePlan: Sendable, Equatable {
    public enum Unit: String, Sendable, Codable, CaseIterable {
        /// Of the displayed frame.
        case pixel
        /// Of the displayed frame's width and height.
        case fraction
    }

    /// What messages call it.
    var name: String
    /// Of the file, for those who have to tell one plan from another.
    package internal(set) var sha256 = ""
    var unit: Unit
    /// In `unit`.
    package internal(set) var layout: ZoneLayout

    /// In pixels of a frame of this size.
    package func layout(width: Int, height: Int) -> ZoneLayout {
        guard unit == .fraction else { return layout }
        let scale = Point(Double(width), Double(height))
        var scaled = layout
        for index in scaled.zones.indices { scaled.zones[index].polygon = Polygon(scaled.zones[index].polygon.points.map { $0 * scale }) }
        for index in scaled.lines.indices {
            scaled.lines[index].segment.from *= scale
            scaled.lines[index].segment.to *= scale
        }
        return scaled
    }

    /// - Throws: when a zone or line counts a class that the model does not have.
    package func check(_ labels: Labels, _ model: String) throws(DeepVidError) {
        let filters = layout.zones.map { ($0.name, $0.classes) } + layout.lines.map { ($0.name, $0.classes) }
        for (place, classes) in filters {
            for label in classes.map({ $0.sorted() }) ?? [] where !labels.names.isEmpty && !labels.names.contains(label) {
                let known = labels.names.prefix(12).joined(separator: ", ") + (labels.names.count > 12 ? ", …" : "")
                throw DeepVidError(
                    .invalidOptions, "\(name): '\(place)' counts class '\(label)', which \(model) does not have; it has \(known)")
            }
        }
    }

    /// - Throws: when a point lies outside a picture of this size.
    package func check(width: Int, height: Int, _ source: String) throws(DeepVidError) {
        guard unit == .pixel else { return }
        let places =
            layout.zones.map { ($0.name, $0.polygon.points) } + layout.lines.map { ($0.name, [$0.segment.from, $0.segment.to]) }
        for (place, points) in places {
            for (index, point) in points.enumerated() where point.x > Double(width) || point.y > Double(height) {
                throw DeepVidError(
                    .invalidOptions,
                    "\(name): point \(index + 1) of '\(place)', [\(point.x), \(point.y)], is outside the \(width)x\(height) picture of \(source); zones for pictures of any size have \"unit\": \"fraction\""
                )
            }
        }
    }
}
