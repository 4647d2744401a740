/// The point of a box that counts as the object's place.
public enum Anchor: String, Codable, Sendable, CaseIterable {
    /// Where it stands, if it stands.
    case bottomCenter = "bottom_center"
    case center

    func point(of box: Rectangle) -> Point { Point(box.x + box.width / 2, box.y + (self == .center ? box.height / 2 : box.height)) }
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
