/// A box in source pixels: the left and top edges, and the extents.
public struct Box: Sendable, Hashable, Codable {
    public var x, y, width, height: Float

    public init(x: Float, y: Float, width: Float, height: Float) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Share of the union that both cover, 0…1.
    public func intersectionOverUnion(_ other: Box) -> Float { corners.intersectionOverUnion(other.corners) }

    private var corners: Corners { Corners(left: x, top: y, right: x + width, bottom: y + height) }
}

/// A box by its edges in model-input pixels, the form that heads decode to and suppression compares.
public struct Corners: Sendable, Hashable {
    public var left, top, right, bottom: Float

    var hasNaN: Bool { left.isNaN || top.isNaN || right.isNaN || bottom.isNaN }

    /// Square pixels; zero for a box that is turned inside out.
    var area: Float { max(0, right - left) * max(0, bottom - top) }

    /// Share of the union that both cover, 0…1; 0 where either is empty or undefined.
    func intersectionOverUnion(_ other: Corners) -> Float {
        let width = min(right, other.right) - max(left, other.left)
        let height = min(bottom, other.bottom) - max(top, other.top)
        guard width > 0, height > 0 else { return 0 }
        let both = width * height
        let union = area + other.area - both
        return union > 0 && both.isFinite && union.isFinite ? both / union : 0
    }

    /// The edges limited to a band around the input, so that infinite boxes compare like other boxes.
    func limited(width: Int, height: Int) -> Corners {
        func clamp(_ value: Float, _ extent: Int) -> Float { min(max(value, Float(-extent)), Float(2 * extent)) }
        return Corners(
            left: clamp(left, width), top: clamp(top, height), right: clamp(right, width), bottom: clamp(bottom, height))
    }
}

extension Corners {
    init(centerX x: Float, y: Float, width: Float, height: Float) {
        self.init(left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2)
    }
}
