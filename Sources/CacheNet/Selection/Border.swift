/// The nearest border between two sectors, as seen from an angle.
public struct Border: Sendable, Equatable {
    /// Radians to it.
    public var distance: Double
    /// The submodel on the other side.
    public var neighbour: Int
}

extension Partitions {
    /// The border nearest to an angle in [0, 2π); nil where there is one sector only. O(1).
    public func border(_ angle: Double) -> Border? {
        guard count > 1 else { return nil }
        let width = 2 * Double.pi / Double(count)
        // Rounding may put an angle just below 2π into sector K + 1.
        let sector = min(Int(angle / width), count - 1)
        let fromLower = max(0, angle - Double(sector) * width)
        let isLower = fromLower <= width / 2
        let neighbour = (isLower ? sector + count - 1 : sector + 1) % count + 1
        return Border(distance: isLower ? fromLower : max(0, width - fromLower), neighbour: neighbour)
    }

    /// How far beyond a border its neighbours' sectors reach, in radians: half of the overlap on either side.
    public var reach: Double { .pi * overlap / Double(count) }
}
