import Models
import Vision

/// The point of a box that counts as the object's place.
enum Anchor: String, Decodable {
    /// Where it stands, if it stands.
    case bottomCenter = "bottom_center"
    case center
}

/// A zone, where objects may be, a line, which they may cross, or a mask, where none are looked for.
package struct Place: Sendable, Equatable {
    package let name: String
    /// A zone's corners in order, or a line's two ends.
    package internal(set) var points: [Point]
    /// The labels that count here; nil is all.
    package internal(set) var classes: Set<String>?
    /// Nil is `bottomCenter`.
    var anchor: Anchor?
    /// Least height of an object that counts here: in the unit of the points, in pixels in a layout of pixels.
    var minSize = 0.0
    /// Least score of an object that counts here, 0…1.
    var minScore = 0.0
    /// After how long inside to say so, in seconds, rising; of zones only.
    package internal(set) var dwellSeconds: [Double] = []

    package init(name: String, points: [Point]) { (self.name, self.points) = (name, points) }

    /// Whether an object as large and as sure as this may enter or cross; one that is inside already stays.
    func admits(_ box: Box, score: Float) -> Bool { Double(box.height) >= minSize && Double(score) >= minScore }

    /// Whether an object with this box is inside, of a class that counts here.
    func holds(_ box: Box, label: String) -> Bool { point(of: box, label).map { Polygon(points).contains($0) } ?? false }

    /// Where an object with this box is; nil where its class does not count.
    func point(of box: Box, _ label: String) -> Point? {
        guard classes?.contains(label) ?? true else { return nil }
        let bounds = box.bounds
        return Point(bounds.x + bounds.width / 2, bounds.y + (anchor == .center ? bounds.height / 2 : bounds.height))
    }
}

/// All zones, lines and masks of a picture, in its pixels.
package struct ZoneLayout: Sendable, Equatable {
    package internal(set) var zones: [Place] = []
    package internal(set) var lines: [Place] = []
    package internal(set) var masks: [Place] = []

    package init(zones: [Place] = [], lines: [Place] = [], masks: [Place] = []) {
        (self.zones, self.lines, self.masks) = (zones, lines, masks)
    }

    /// Whether an object with this box is where none counts. O(points of the masks).
    package func isMasked(_ box: Box, label: String) -> Bool {
        masks.contains { $0.holds(box, label: label) }
    }

    /// Whether a box is in zones, and less sure than each of them asks for. O(points of the zones).
    package func isDoubtful(_ box: Box, label: String, score: Float) -> Bool {
        guard zones.contains(where: { $0.minScore > Double(score) }) else { return false }
        let around = zones.filter { $0.holds(box, label: label) }
        return !around.isEmpty && around.allSatisfy { $0.minScore > Double(score) }
    }
}

/// Zones, lines and masks as a file gives them, before it is known how large the picture is.
public struct ZonePlan: Sendable, Equatable {
    enum Unit: String, Decodable {
        /// Of the displayed frame.
        case pixel
        /// Of the displayed frame's width and height.
        case fraction
    }

    /// What messages call it.
    var name = ""
    /// Of the file, for those who have to tell one plan from another.
    package internal(set) var sha256 = ""
    let unit: Unit
    /// In `unit`.
    package let layout: ZoneLayout

    /// In pixels of a frame of this size.
    package func layout(width: Int, height: Int) -> ZoneLayout {
        guard unit == .fraction else { return layout }
        let scale = Point(Double(width), Double(height))
        func scaled(_ place: Place) -> Place {
            var place = place
            place.points = place.points.map { $0 * scale }
            place.minSize *= scale.y
            return place
        }
        return ZoneLayout(zones: layout.zones.map(scaled), lines: layout.lines.map(scaled), masks: layout.masks.map(scaled))
    }

    /// - Throws: when a zone, line or mask names a class that the model does not have.
    package func check(_ labels: Labels, _ model: String) throws(DeepVidError) {
        for place in layout.zones + layout.lines + layout.masks {
            for label in place.classes?.sorted() ?? [] where !labels.names.isEmpty && !labels.names.contains(label) {
                let known = labels.names.prefix(12).joined(separator: ", ") + (labels.names.count > 12 ? ", …" : "")
                throw DeepVidError(
                    .invalidOptions, "\(name): '\(place.name)' is for class '\(label)', which \(model) does not have; it has \(known)")
            }
        }
    }

    /// - Throws: when a point lies outside a picture of this size.
    package func check(width: Int, height: Int, _ source: String) throws(DeepVidError) {
        guard unit == .pixel else { return }
        for place in layout.zones + layout.lines + layout.masks {
            for (index, point) in place.points.enumerated() where point.x > Double(width) || point.y > Double(height) {
                throw DeepVidError(
                    .invalidOptions,
                    "\(name): point \(index + 1) of '\(place.name)', [\(point.x), \(point.y)], is outside the \(width)x\(height) picture of \(source); zones for pictures of any size have \"unit\": \"fraction\""
                )
            }
        }
    }
}
