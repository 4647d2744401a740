import Pictures
import Video

/// A codec's motion vectors, thinned to one arrow a cell so that they can be told apart.
struct VectorField {
    /// Where the content of a cell is and where it goes, in pixels of the frame.
    struct Arrow {
        var x: Double
        var y: Double
        var dx: Double
        var dy: Double
    }

    let arrows: [Arrow]

    /// - Parameter cell: side of the cells, in pixels of the frame. Vectors are averaged in each, by the area of their blocks.
    init(_ vectors: [MotionVector], cell: Double) {
        var sums: [SIMD2<Int>: (arrow: Arrow, area: Double)] = [:]
        for vector in vectors where vector.motionScale > 0 {
            let area = Double(vector.width * vector.height)
            // Motion points to where the block is taken from. Content came from the past, or goes to where the future has it.
            let sign = (vector.source > 0 ? 1 : -1) / Double(vector.motionScale)
            let key = SIMD2(Int((Double(vector.dstX) / cell).rounded(.down)), Int((Double(vector.dstY) / cell).rounded(.down)))
            var sum = sums[key] ?? (Arrow(x: 0, y: 0, dx: 0, dy: 0), 0)
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

    /// Draws the arrows that are long enough to have a direction.
    ///
    /// - Parameters:
    ///   - scale: pixels of the canvas for one of the frame.
    ///   - stretch: how many times too long arrows are, for most motion between two frames is small.
    func draw(on canvas: inout Canvas, scale: Double, stretch: Double, longest: Double, _ colour: Colour) {
        for arrow in arrows {
            var (dx, dy) = (arrow.dx * scale * stretch, arrow.dy * scale * stretch)
            let length = (dx * dx + dy * dy).squareRoot()
            guard length >= 2.5 else { continue }
            if length > longest { (dx, dy) = (dx * longest / length, dy * longest / length) }
            let from = (x: arrow.x * scale, y: arrow.y * scale)
            let thickness = 0.6 + 0.5 * Double(canvas.textScale)
            canvas.arrow(from: from, to: (from.x + dx, from.y + dy), .black, thickness: thickness + 2, head: 5)
            canvas.arrow(from: from, to: (from.x + dx, from.y + dy), colour, thickness: thickness, head: 5)
        }
    }
}
