import Video

/// A codec's motion vectors, averaged to one arrow a cell so that they can be told apart.
struct MotionField {
    /// Where the content of a cell is and by how much it moves, in pixels of the frame.
    struct Arrow {
        var x = 0.0
        var y = 0.0
        var dx = 0.0
        var dy = 0.0
    }

    let arrows: [Arrow]

    /// - Parameter cell: side of the cells, in pixels of the frame. Vectors in a cell are weighted by the area of their blocks.
    init(_ vectors: [MotionVector], cell: Double) {
        var sums: [SIMD2<Int>: (arrow: Arrow, area: Double)] = [:]
        for vector in vectors where vector.motionScale > 0 {
            let area = Double(vector.width * vector.height)
            // A vector points to where the block is copied from: for a past frame that is against the motion, for a future one along it.
            let sign = (vector.source > 0 ? 1 : -1) / Double(vector.motionScale)
            let key = SIMD2(Int((Double(vector.dstX) / cell).rounded(.down)), Int((Double(vector.dstY) / cell).rounded(.down)))
            var sum = sums[key] ?? (Arrow(), 0)
            sum.arrow.x += area * Double(vector.dstX)
            sum.arrow.y += area * Double(vector.dstY)
            sum.arrow.dx += area * sign * Double(vector.motionX)
            sum.arrow.dy += area * sign * Double(vector.motionY)
            sum.area += area
            sums[key] = sum
        }
        arrows = sums.values.filter { $0.area > 0 }.map { sum, area in
            Arrow(x: sum.x / area, y: sum.y / area, dx: sum.dx / area, dy: sum.dy / area)
        }
    }

    /// Draws the arrows that are long enough to show a direction.
    ///
    /// - Parameters:
    ///   - scale: pixels of the canvas per pixel of the frame.
    ///   - factor: what the motion is multiplied by.
    ///   - longest: longer arrows are shortened to this, in pixels of the canvas.
    func draw(on canvas: inout Canvas, scale: Double, factor: Double, longest: Double, _ color: Color) {
        for arrow in arrows {
            var (dx, dy) = (arrow.dx * scale * factor, arrow.dy * scale * factor)
            let length = (dx * dx + dy * dy).squareRoot()
            guard length >= 2.5 else { continue }
            if length > longest { (dx, dy) = (dx * longest / length, dy * longest / length) }
            let from = (x: arrow.x * scale, y: arrow.y * scale)
            let thickness = 0.6 + 0.5 * Double(canvas.textScale)
            for (color, thickness) in [(Color.black, thickness + 2), (color, thickness)] {
                canvas.arrow(from: from, to: (from.x + dx, from.y + dy), color, thickness: thickness, head: 5)
            }
        }
    }
}
