/// The connected regions of a map whose values are above a limit; places touch also at their corners.
struct Regions {
    /// For each region its places of which a neighbor in the row or column is outside.
    let edges: [[SIMD2<Float>]]

    /// The most regions that are looked at, as PaddleOCR has it; the rest is noise.
    private static let most = 1000

    /// O(places). Undefined values are outside.
    init(_ map: OutputRows, least: Float) {
        let (columns, rows) = (map.columns, map.rows)
        func isInside(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < columns && y < rows && map.row(y)[x] > least }
        var seen = [Bool](repeating: false, count: columns * rows)
        var edges: [[SIMD2<Float>]] = []
        var open: [(x: Int, y: Int)] = []
        for startY in 0..<rows {
            for startX in 0..<columns where !seen[startY * columns + startX] && isInside(startX, startY) {
                if edges.count == Self.most {
                    self.edges = edges
                    return
                }
                seen[startY * columns + startX] = true
                open.append((startX, startY))
                var edge: [SIMD2<Float>] = []
                while let (x, y) = open.popLast() {
                    if !isInside(x - 1, y) || !isInside(x + 1, y) || !isInside(x, y - 1) || !isInside(x, y + 1) {
                        edge.append(SIMD2(Float(x), Float(y)))
                    }
                    for (nextX, nextY) in (-1...1).flatMap({ dy in (-1...1).map { (x + $0, y + dy) } })
                    where isInside(nextX, nextY) && !seen[nextY * columns + nextX] {
                        seen[nextY * columns + nextX] = true
                        open.append((nextX, nextY))
                    }
                }
                edges.append(edge)
            }
        }
        self.edges = edges
    }
}

extension RotatedBox {
    /// The rectangle of the least area around points: one of its sides lies on a side of their convex hull. Nil without points. O(n log n).
    init?(leastAround points: [SIMD2<Float>]) {
        let hull = Self.hull(points)
        guard let first = hull.first else { return nil }
        var best: (area: Float, box: RotatedBox)?
        for (index, from) in hull.enumerated() {
            let side = hull[(index + 1) % hull.count] - from
            let length = (side * side).sum().squareRoot()
            let along = length > 0 ? side / length : SIMD2(1, 0), across = SIMD2(-along.y, along.x)
            var (least, most) = (SIMD2<Float>(repeating: .infinity), SIMD2<Float>(repeating: -.infinity))
            for point in hull {
                let place = SIMD2((point * along).sum(), (point * across).sum())
                (least, most) = (pointwiseMin(least, place), pointwiseMax(most, place))
            }
            let size = most - least, middle = (most + least) / 2, area = size.x * size.y
            guard area < best?.area ?? .infinity else { continue }
            let center = along * middle.x + across * middle.y
            best = (
                area,
                RotatedBox(
                    centerX: center.x, centerY: center.y, width: size.x, height: size.y, angle: Self.angle(along))
            )
        }
        self = best?.box ?? RotatedBox(centerX: first.x, centerY: first.y, width: 0, height: 0, angle: 0)
    }

    /// Andrew's monotone chain.
    private static func hull(_ points: [SIMD2<Float>]) -> [SIMD2<Float>] {
        let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        guard sorted.count > 2 else { return sorted }
        func half(_ points: [SIMD2<Float>]) -> [SIMD2<Float>] {
            var chain: [SIMD2<Float>] = []
            for point in points {
                while chain.count > 1 {
                    let (a, b) = (chain[chain.count - 2], chain[chain.count - 1]), (u, v) = (b - a, point - a)
                    guard u.x * v.y - u.y * v.x <= 0 else { break }
                    chain.removeLast()
                }
                chain.append(point)
            }
            return chain.dropLast()
        }
        return half(sorted) + half(sorted.reversed())
    }
}
