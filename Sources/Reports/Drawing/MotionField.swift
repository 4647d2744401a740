import Tracking
import Video

/// A codec's motion vectors, averaged to one arrow a cell so that they can be told apart.
struct MotionField {
    /// Where the content of each cell is and by how much it moves, in pixels of the frame.
    let arrows: [(at: Point, motion: Point)]

    /// - Parameter cell: side of the cells, in pixels of the frame. Vectors in a cell are weighted by the area of their blocks.
    init(_ vectors: [MotionVector], cell: Double) {
        var sums: [SIMD2<Int>: (at: Point, motion: Point, area: Double)] = [:]
        for vector in vectors where vector.motionScale > 0 {
            let (at, area) = (Point(Double(vector.dstX), Double(vector.dstY)), Double(vector.width * vector.height))
            // A vector points to where the block is copied from: for a past frame that is against the motion, for a future one along it.
            let sign = (vector.source > 0 ? 1 : -1) / Double(vector.motionScale)
            let key = SIMD2<Int>(at / cell, rounding: .down), sum = sums[key] ?? (.zero, .zero, 0)
            let motion = area * sign * Point(Double(vector.motionX), Double(vector.motionY))
            sums[key] = (sum.at + area * at, sum.motion + motion, sum.area + area)
        }
        arrows = sums.values.filter { $0.area > 0 }.map { ($0.at / $0.area, $0.motion / $0.area) }
    }

    /// Draws the arrows that are long enough to show a direction.
    ///
    /// - Parameters:
    ///   - scale: pixels of the canvas per pixel of the frame.
    ///   - factor: what the motion is multiplied by.
    ///   - longest: longer arrows are shortened to this, in pixels of the canvas.
    func draw(on canvas: inout Canvas, scale: Double, factor: Double, longest: Double, _ color: Color) {
        let thickness = 0.6 + 0.5 * Double(canvas.textScale)
        for arrow in arrows {
            let from = arrow.at * scale
            var motion = arrow.motion * scale * factor
            let length = (motion * motion).sum().squareRoot()
            guard length >= 2.5 else { continue }
            if length > longest { motion = motion * longest / length }
            for (color, thickness) in [(Color.black, thickness + 2), (color, thickness)] {
                canvas.arrow(from: from, to: from + motion, color, thickness: thickness, head: 5)
            }
        }
    }
}
