/// An axis-aligned box in pixels: its left and top edges and its extents.
public struct Rectangle: Codable, Sendable, Equatable {
    public var x, y, width, height: Double

    public init(x: Double, y: Double, width: Double, height: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Share of the union that both cover, 0…1; 0 where either is empty or undefined.
    public func intersectionOverUnion(_ other: Rectangle) -> Double {
        let width = min(x + width, other.x + other.width) - max(x, other.x)
        let height = min(y + height, other.y + other.height) - max(y, other.y)
        guard width > 0, height > 0 else { return 0 }
        let both = width * height
        let union = self.width * self.height + other.width * other.height - both
        return union > 0 && union.isFinite ? both / union : 0
    }
}
