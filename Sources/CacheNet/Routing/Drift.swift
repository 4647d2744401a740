import Glibc

/// Where the pictures' codes go on the circle of partitions: a moving mean of unit vectors, which has no seam at 2π.
public struct Drift: Sendable, Codable, Equatable {
    /// A new code's share in the mean: half of the mean is of the last five.
    private static let weight = 0.125
    private var x = 0.0, y = 0.0
    /// Of the mean to the nearest border, before.
    private var lastDistance = Double.infinity

    public init() {}

    /// θ of the mean, in [0, 2π).
    public var angle: Double { Partitions.angle(x, y) }

    /// - Returns: the submodel that is likely to be selected next: that across the border which the mean comes closer to, once it is
    ///   where the neighbours overlap. Nil otherwise, and if that is `active`.
    public mutating func add(_ angle: Double, _ partitions: Partitions, active: Int?) -> Int? {
        let share = lastDistance == .infinity ? 1 : Self.weight
        x += (cos(angle) - x) * share
        y += (sin(angle) - y) * share
        guard let border = partitions.border(self.angle) else { return nil }
        defer { lastDistance = border.distance }
        guard border.distance < partitions.reach, border.distance < lastDistance, lastDistance != .infinity else { return nil }
        let own = partitions.select(angle: self.angle).submodel
        let next = own == active ? border.neighbour : own
        return next == active ? nil : next
    }
}
