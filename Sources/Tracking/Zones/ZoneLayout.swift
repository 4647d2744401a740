import Models
import Vision

/// The point of a box that counts as the object's place.
enum Anchor: String, Decodable {
    /// Where it stands, if it stands.
    case bottomCenter = "bottom_center"
    case center
}

/// A zone, where objects may be, or a line, which they may cross.
package struct Place: Sendable, Equatable {
    package let name: String
    /// A zone's corners in order, or a line's two ends.
    package internal(set) var points: [Point]
    /// The labels that count here; nil is all.
    var classes: Set<String>?
    /// Nil is `bottomCenter`.
    var anchor: Anchor?
    /// After how long inside to say so, in seconds, rising; of zones only.
    var dwellSeconds: [Double] = []

    package init(name: String, points: [Point]) { (self.name, self.points) = (name, points) }

    /// Where an object with this box is; nil where its class does not count.
    func point(of box: Box, _ label: String) -> Point? {
        guard classes?.contains(label) ?? true else { return nil }
        let bounds = box.bounds
        return Point(bounds.x + bounds.width / 2, bounds.y + (anchor == .center ? bounds.height / 2 : bounds.height))
    }
}

/// All zones and lines of a picture, in its pixels.
package struct ZoneLayout: Sendable, Equatable {
    package internal(set) var zones: [Place] = []
    package internal(set) var lines: [Place] = []

    package init(zones: [Place] = [], lines: [Place] = []) { (self.zones, self.lines) = (zones, lines) }
}

/// Zones and lines as a file gives them, before it is known how large the picture is.
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
            return place
        }
        return ZoneLayout(zones: layout.zones.map(scaled), lines: layout.lines.map(scaled))
    }

    /// - Throws: when a zone or line counts a class that the model does not have.
    package func check(_ labels: Labels, _ model: String) throws(DeepVidError) {
        for place in layout.zones + layout.lines {
            for label in place.classes?.sorted() ?? [] where !labels.names.isEmpty && !labels.names.contains(label) {
                let known = labels.names.prefix(12).joined(separator: ", ") + (labels.names.count > 12 ? ", …" : "")
                throw DeepVidError(
                    .invalidOptions, "\(name): '\(place.name)' counts class '\(label)', which \(model) does not have; it has \(known)")
            }
        }
    }

    /// - Throws: when a point lies outside a picture of this size.
    package func check(width: Int, height: Int, _ source: String) throws(DeepVidError) {
        guard unit == .pixel else { return }
        for place in layout.zones + layout.lines {
            for (index, point) in place.points.enumerated() where point.x > Double(width) || point.y > Double(height) {
                throw DeepVidError(
                    .invalidOptions,
                    "\(name): point \(index + 1) of '\(place.name)', [\(point.x), \(point.y)], is outside the \(width)x\(height) picture of \(source); zones for pictures of any size have \"unit\": \"fraction\""
                )
            }
        }
    }
}
