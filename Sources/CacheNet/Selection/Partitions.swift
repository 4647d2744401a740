import Glibc

/// Which submodel suits a picture (paper §5.1).
public struct Selection: Sendable, Equatable {
    /// From 1 to K.
    public var submodel: Int
    /// θ of the selector's code (equation 9), in [0, 2π).
    public var angle: Double
}

/// The plane of the selector's codes z̄ in K overlapping sectors, one for each submodel (paper §4.2).
///
/// Sector k has its midpoint at 2π(k−½)/K (equation 11), its boundaries at 2π(k−1)/K and 2πk/K.
public struct Partitions: Sendable, Equatable {
    /// K.
    public let count: Int
    /// γ: how much wider than 2π/K a sector is, as a share.
    public let overlap: Double
    /// σ: how fast a code falls with the distance from a midpoint, in radians (equation 13).
    public let sigma: Double

    /// - Parameter tau: τ, the code at the edge of a sector with its overlap. Which code is largest does not depend on it.
    public init(count: Int, overlap: Double, tau: Double = 0.3) {
        precondition(count > 0 && overlap >= 0 && tau > 0 && tau < 1)
        (self.count, self.overlap) = (count, overlap)
        let k = Double(count)
        sigma = (-(Double.pi * Double.pi * (1 + overlap) * (1 + overlap)) / (2 * k * k * log(tau))).squareRoot()
    }

    /// θ of a code, in [0, 2π): 0 for the zero vector (equations 9 and 10 without noise), and for what is no number.
    public static func angle(_ z1: Double, _ z2: Double) -> Double {
        guard z1.isFinite, z2.isFinite, z1 != 0 || z2 != 0 else { return 0 }
        // atan2 has ±0 and ±π for vectors on the x-axis, by the signs of zeros.
        let angle = atan2(z2, z1), turn = 2 * Double.pi
        let positive = angle < 0 ? angle + turn : angle
        return positive >= turn ? 0 : positive + 0
    }

    /// Midpoint ζ of sector `k`, from 1.
    public func midpoint(_ k: Int) -> Double { 2 * .pi * (Double(k) - 0.5) / Double(count) }

    /// The soft code c̄ of an angle in [0, 2π), an element for each submodel (equation 12). The paper's sum over turns begins at one
    /// whole turn, by which no element would reach 1: here it is over those that matter, −1, 0 and 1.
    public func code(_ angle: Double) -> [Double] {
        (1...count).map { k in
            (-1...1).reduce(0) { sum, turns in
                let distance = midpoint(k) - angle + 2 * .pi * Double(turns)
                return sum + exp(-distance * distance / (2 * sigma * sigma))
            }
        }
    }

    /// The submodel whose code is largest, the first of equals.
    public func select(angle: Double) -> Selection {
        let code = code(angle)
        return Selection(submodel: code.indices.max { code[$0] < code[$1] }! + 1, angle: angle)
    }

    /// The same for a code z̄ itself.
    public func select(_ z1: Double, _ z2: Double) -> Selection { select(angle: Self.angle(z1, z2)) }

    /// The boundary nearest to an angle in [0, 2π), and the submodel on its other side; nil where there is one sector only. O(1).
    func nearestBoundary(to angle: Double) -> (distance: Double, neighbor: Int)? {
        guard count > 1 else { return nil }
        let width = 2 * Double.pi / Double(count)
        // Rounding may put an angle just below 2π into sector K + 1.
        let sector = min(Int(angle / width), count - 1)
        let fromLower = max(0, angle - Double(sector) * width)
        let isLower = fromLower <= width / 2
        let neighbor = (isLower ? sector + count - 1 : sector + 1) % count + 1
        return (isLower ? fromLower : max(0, width - fromLower), neighbor)
    }

    /// How far beyond a boundary its neighbors' sectors reach, in radians: half of the overlap on either side.
    var overlapMargin: Double { .pi * overlap / Double(count) }
}

/// Where the pictures' codes move on the circle of partitions, to load the next submodel ahead of time: an exponential moving mean of
/// unit vectors, which has no seam at 2π.
struct CodeDrift: Sendable, Codable, Equatable {
    /// A new code's share in the mean: half of the mean is of the last five.
    private static let weight = 0.125
    private var x = 0.0, y = 0.0
    /// From the mean to the nearest boundary, before; nil at the start.
    private var lastDistance: Double?

    /// θ of the mean, in [0, 2π).
    var angle: Double { Partitions.angle(x, y) }

    /// Takes in the code of another picture.
    ///
    /// - Returns: the submodel that is likely to be selected next: that across the boundary which the mean comes closer to, once it is
    ///   where the neighbors overlap. Nil otherwise, and if that is `active`.
    mutating func add(_ angle: Double, _ partitions: Partitions, active: Int?) -> Int? {
        let share = lastDistance == nil ? 1 : Self.weight
        x += (cos(angle) - x) * share
        y += (sin(angle) - y) * share
        guard let boundary = partitions.nearestBoundary(to: self.angle) else { return nil }
        defer { lastDistance = boundary.distance }
        guard let lastDistance, boundary.distance < partitions.overlapMargin, boundary.distance < lastDistance else { return nil }
        let own = partitions.select(angle: self.angle).submodel
        let next = own == active ? boundary.neighbor : own
        return next == active ? nil : next
    }
}
