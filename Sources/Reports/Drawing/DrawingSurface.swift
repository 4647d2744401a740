import Tracking
import Video
import Vision

/// Something to draw on. Conforming types fill pixels and rectangles; lines, outlines and text are made of these.
///
/// Whatever lies outside is left out, so callers need not clip. (0, 0) is the upper left corner of the image.
protocol DrawingSurface {
    var width: Int { get }
    var height: Int { get }
    /// Lays a color over one pixel; `opacity` 0…1.
    mutating func blend(_ x: Int, _ y: Int, _ color: Color, _ opacity: Double)
    mutating func fill(_ area: PixelRect, _ color: Color, opacity: Double)
}

extension DrawingSurface {
    mutating func blend(_ x: Int, _ y: Int, _ color: Color, _ opacity: Double) {
        fill(PixelRect(x: x, y: y, width: 1, height: 1), color, opacity: opacity)
    }

    mutating func fill(_ area: PixelRect, _ color: Color) { fill(area, color, opacity: 1) }

    var bounds: PixelRect { PixelRect(x: 0, y: 0, width: width, height: height) }

    /// Image pixels for one pixel of the font, so that text can be read on an image of this size.
    var textScale: Int { max(1, (min(width, height) + 220) / 360) }

    /// The part of a rectangle that lies within the image. Positions and sides may be any number.
    func clipped(_ area: PixelRect) -> (columns: Range<Int>, rows: Range<Int>) {
        func range(_ start: Int, _ length: Int, _ limit: Int) -> Range<Int> {
            let (end, overflows) = start.addingReportingOverflow(length)
            let low = max(0, min(start, limit))
            return low..<max(low, min(limit, overflows ? (length > 0 ? limit : 0) : end))
        }
        return (range(area.x, area.width, width), range(area.y, area.height, height))
    }
}

extension DrawingSurface {
    /// A rectangle's border, `thickness` pixels wide, inside the rectangle.
    mutating func outline(_ area: PixelRect, _ color: Color, thickness: Int = 1, opacity: Double = 1) {
        let thick = max(0, min(thickness, (min(area.width, area.height) + 1) / 2))
        let (right, bottom) = (area.x + area.width - thick, area.y + area.height - thick)
        fill(PixelRect(x: area.x, y: area.y, width: area.width, height: thick), color, opacity: opacity)
        fill(PixelRect(x: area.x, y: bottom, width: area.width, height: thick), color, opacity: opacity)
        let between = area.height - 2 * thick
        guard between > 0 else { return }
        fill(PixelRect(x: area.x, y: area.y + thick, width: thick, height: between), color, opacity: opacity)
        fill(PixelRect(x: right, y: area.y + thick, width: thick, height: between), color, opacity: opacity)
    }

    /// A straight line between two points with soft edges, `thickness` pixels wide.
    mutating func line(from a: Point, to b: Point, _ color: Color, thickness: Double = 1, opacity: Double = 1) {
        guard [a.x, a.y, b.x, b.y].allSatisfy(\.isFinite) else { return }
        let (segment, along, reach) = (Segment(from: a, to: b), b - a, thickness / 2 + 1)
        // Points may lie anywhere: only pixels of the image are visited.
        func range(_ a: Double, _ b: Double, _ limit: Int) -> Range<Int> {
            let low = Int(max(0, min(min(a, b) - reach, Double(limit))))
            return low..<max(low, Int(min(Double(limit), max(0, max(a, b) + reach + 1))))
        }
        for y in range(a.y, b.y, height) {
            // Only the part of the line that is near this row is visited, not the line's whole bounding box.
            let (low, high) = (Double(y) - reach, Double(y) + 1 + reach)
            let ends = along.y == 0 ? [0, 1] : [(low - a.y) / along.y, (high - a.y) / along.y].map { min(1, max(0, $0)) }
            for x in range(a.x + ends[0] * along.x, a.x + ends[1] * along.x, width) {
                let cover = thickness / 2 + 0.5 - segment.distance(to: Point(Double(x) + 0.5, Double(y) + 0.5))
                if cover > 0 { blend(x, y, color, min(1, cover) * opacity) }
            }
        }
    }

    /// The inside of a polygon, row by row; where its edges cross, what an odd number of them surrounds.
    ///
    /// - Complexity: O(rows × corners + pixels).
    mutating func fill(polygon points: [Point], _ color: Color, opacity: Double) {
        guard points.count > 2, points.allSatisfy({ abs($0.x) < 1e6 && abs($0.y) < 1e6 }) else { return }
        let edges = zip(points, points.dropFirst() + [points[0]])
        let top = max(0, Int(points.map(\.y).min()!.rounded(.down))), bottom = min(height, Int(points.map(\.y).max()!.rounded(.up)))
        for row in top..<max(top, bottom) {
            let y = Double(row) + 0.5
            let crossings = edges.filter { ($0.y > y) != ($1.y > y) }.map { $0.x + (y - $0.y) * ($1.x - $0.x) / ($1.y - $0.y) }.sorted()
            for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                let (from, to) = (Int(crossings[pair].rounded()), Int(crossings[pair + 1].rounded()))
                fill(PixelRect(x: from, y: row, width: to - from, height: 1), color, opacity: opacity)
            }
        }
    }

    mutating func arrow(from a: Point, to b: Point, _ color: Color, thickness: Double = 1, head: Double = 4) {
        line(from: a, to: b, color, thickness: thickness)
        let along = b - a, length = (along * along).sum().squareRoot()
        guard length > 0 else { return }
        let back = along / length * min(head, length)
        for side in [0.5, -0.5] { line(from: b, to: b - back + side * Point(-back.y, back.x), color, thickness: thickness) }
    }
}

struct Color: Sendable, Hashable {
    var red: UInt8
    var green: UInt8
    var blue: UInt8

    init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

    static let black = Color(0, 0, 0)
    static let white = Color(255, 255, 255)
    // Also people who do not tell red from green can tell these apart.
    static let sky = Color(64, 190, 255)
    static let orange = Color(255, 150, 30)
    static let yellow = Color(255, 232, 64)

    /// From 0, yellow, to 1, a deep red.
    static func heat(_ share: Double) -> Color {
        let share = min(1, max(0, share))
        return Color(UInt8(255 - 35 * share), UInt8(225 * (1 - share) + 20 * share), UInt8(70 * (1 - share) + 40 * share))
    }

    /// Black or white, whichever reads better on this color.
    var contrast: Color { 299 * Int(red) + 587 * Int(green) + 114 * Int(blue) > 128_000 ? .black : .white }
}
