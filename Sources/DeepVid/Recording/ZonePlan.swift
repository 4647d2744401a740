import Models
import Tracking
import Vision

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
    var sha256 = ""
    var unit: Unit
    /// In `unit`.
    var layout: ZoneLayout

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

    func check(_ labels: Labels, _ model: String) throws(DeepVidError) {
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
    func check(width: Int, height: Int, _ source: String) throws(DeepVidError) {
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
