import Results
import Tracking
import Vision

extension RecordOverlay {
    /// How strongly an object's pixels are tinted.
    private static let tint = 0.45
    /// Least score of a point that is drawn: models give all points of an object, also those that are out of sight.
    private static let leastPointScore = 0.5

    /// Draws an object's pixels, points and turned box, as far as the record has them.
    func drawShape(of object: DetectedObject, _ color: Color, thickness: Int, opacity: Double, on canvas: inout some DrawingSurface) {
        if let mask = object.mask { tint(mask, color, opacity: Self.tint * opacity, on: &canvas) }
        if let corners = object.corners, corners.count == 4, corners.allSatisfy({ $0.count == 2 && $0.allSatisfy { abs($0) < 1e6 } }) {
            let points = corners.map { Point($0[0], $0[1]) * scale }
            for (from, to) in zip(points, points.dropFirst() + [points[0]]) {
                canvas.line(from: from, to: to, color, thickness: Double(thickness), opacity: opacity)
            }
        }
        for point in object.keypoints ?? [] where point.score ?? 1 >= Self.leastPointScore && abs(point.x) < 1e6 && abs(point.y) < 1e6 {
            let side = 2 * thickness + 1
            let (x, y) = (Int((point.x * scale.x).rounded()) - thickness, Int((point.y * scale.y).rounded()) - thickness)
            canvas.fill(PixelRect(x: x - 1, y: y - 1, width: side + 2, height: side + 2), .black, opacity: 0.5 * opacity)
            canvas.fill(PixelRect(x: x, y: y, width: side, height: side), color, opacity: opacity)
        }
    }

    /// Column by column, as the runs lie.
    private func tint(_ mask: MaskRecord, _ color: Color, opacity: Double, on canvas: inout some DrawingSurface) {
        var at = 0
        for (index, run) in mask.runs.enumerated() {
            defer { at += run }
            guard index % 2 == 1 else { continue }
            var start = at
            let end = at + run
            while start < end {
                let (column, row) = start.quotientAndRemainder(dividingBy: mask.size[0])
                let last = min(end, (column + 1) * mask.size[0])
                let (left, right) = (Int(Double(column) * scale.x), Int(Double(column + 1) * scale.x))
                let (top, bottom) = (Int(Double(row) * scale.y), Int(Double(row + last - start) * scale.y))
                canvas.fill(PixelRect(x: left, y: top, width: right - left, height: bottom - top), color, opacity: opacity)
                start = last
            }
        }
    }
}
