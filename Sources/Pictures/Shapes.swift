import Video

extension DrawingSurface {
    /// A rectangle's edge, `thickness` pixels wide and inside it.
    public mutating func outline(_ area: PixelRectangle, _ colour: Colour, thickness: Int = 1, opacity: Double = 1) {
        let thick = Swift.max(0, Swift.min(thickness, (Swift.min(area.width, area.height) + 1) / 2))
        let (right, bottom) = (area.x + area.width - thick, area.y + area.height - thick)
        fill(PixelRectangle(x: area.x, y: area.y, width: area.width, height: thick), colour, opacity: opacity)
        fill(PixelRectangle(x: area.x, y: bottom, width: area.width, height: thick), colour, opacity: opacity)
        let between = area.height - 2 * thick
        guard between > 0 else { return }
        fill(PixelRectangle(x: area.x, y: area.y + thick, width: thick, height: between), colour, opacity: opacity)
        fill(PixelRectangle(x: right, y: area.y + thick, width: thick, height: between), colour, opacity: opacity)
    }

    /// A straight line between two points with soft edges, `thickness` pixels wide.
    public mutating func line(
        from a: (x: Double, y: Double), to b: (x: Double, y: Double), _ colour: Colour, thickness: Double = 1, opacity: Double = 1
    ) {
        let reach = thickness / 2 + 1
        // Callers may give any point: only what can touch the picture is walked through.
        func range(_ a: Double, _ b: Double, _ limit: Int) -> Range<Int> {
            let low = Int(Swift.max(0, Swift.min(Swift.min(a, b) - reach, Double(limit))))
            return low..<Swift.max(low, Int(Swift.min(Double(limit), Swift.max(0, Swift.max(a, b) + reach + 1))))
        }
        guard [a.x, a.y, b.x, b.y].allSatisfy(\.isFinite) else { return }
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let squared = dx * dx + dy * dy
        for y in range(a.y, b.y, height) {
            // The part of the line that is near this row: a long line is walked along, not its bounding box.
            let (low, high) = (Double(y) - reach, Double(y) + 1 + reach)
            let ends = dy == 0 ? [0, 1] : [(low - a.y) / dy, (high - a.y) / dy].map { Swift.min(1, Swift.max(0, $0)) }
            for x in range(a.x + ends[0] * dx, a.x + ends[1] * dx, width) {
                let (px, py) = (Double(x) + 0.5 - a.x, Double(y) + 0.5 - a.y)
                let along = squared > 0 ? Swift.min(1, Swift.max(0, (px * dx + py * dy) / squared)) : 0
                let (ex, ey) = (px - along * dx, py - along * dy)
                let cover = thickness / 2 + 0.5 - (ex * ex + ey * ey).squareRoot()
                if cover > 0 { blend(x, y, colour, Swift.min(1, cover) * opacity) }
            }
        }
    }

    /// A line with a head at its end.
    public mutating func arrow(
        from a: (x: Double, y: Double), to b: (x: Double, y: Double), _ colour: Colour, thickness: Double = 1, head: Double = 4
    ) {
        line(from: a, to: b, colour, thickness: thickness)
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let length = (dx * dx + dy * dy).squareRoot()
        guard length > 0 else { return }
        let size = Swift.min(head, length)
        let (ux, uy) = (dx / length * size, dy / length * size)
        for side in [0.5, -0.5] {
            line(from: b, to: (b.x - ux - side * uy, b.y - uy + side * ux), colour, thickness: thickness)
        }
    }
}
