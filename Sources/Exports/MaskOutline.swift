import Results

/// The outline of a mask as one polygon, in pixels of the frame, as formats want it that have a single list of points for an object.
///
/// Pixels are squares: a mask of one pixel is a square of side 1. Parts and holes are joined to the largest part by lines that go there and
/// back, as Ultralytics joins the parts of COCO's annotations: filled by the even-odd rule, the polygon is the mask. Parts of less than a
/// hundredth of the largest are left out, and steps of less than a pixel are made straight.
struct MaskOutline {
    typealias Point = SIMD2<Double>

    /// By how far, in pixels, the outline may leave the steps of the pixels: a slanted edge's steps are 0.71 away from it.
    private static let tolerance = 0.75
    /// Of the largest part; less is the noise of a mask that was made larger.
    private static let leastShare = 0.01
    /// Joined points: joining takes time in proportion to their square, and a file may contain any mask.
    private static let mostPoints = 10_000

    /// Empty where the mask is, or is none.
    let points: [Point]

    init(_ mask: MaskRecord) {
        let loops = Self.loops(mask).map { (points: $0, area: abs(Self.area($0))) }.sorted { $0.area > $1.area }
        guard let largest = loops.first else {
            points = []
            return
        }
        var joined = Self.simplified(largest.points)
        for loop in loops.dropFirst() {
            guard loop.area >= Self.leastShare * largest.area, joined.count + loop.points.count <= Self.mostPoints else { break }
            Self.join(Self.simplified(loop.points), to: &joined)
        }
        points = joined
    }

    // MARK: Tracing

    /// The borders between inside and outside, closed, the inside to the right of their direction. O(runs).
    private static func loops(_ mask: MaskRecord) -> [[Point]] {
        guard mask.size.count == 2 else { return [] }
        let columns = intervals(mask.runs, height: mask.size[0])
        var next: [SIMD2<Int32>: [SIMD2<Int32>]] = [:]
        func add(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) {
            next[SIMD2(Int32(x1), Int32(y1)), default: []].append(SIMD2(Int32(x2), Int32(y2)))
        }
        for (x, inside) in columns {
            for interval in inside {
                add(x, interval.lowerBound, x + 1, interval.lowerBound)
                add(x + 1, interval.upperBound, x, interval.upperBound)
            }
            for edge in difference(inside, columns[x - 1] ?? []) { add(x, edge.upperBound, x, edge.lowerBound) }
            for edge in difference(inside, columns[x + 1] ?? []) { add(x + 1, edge.lowerBound, x + 1, edge.upperBound) }
        }
        var loops: [[Point]] = []
        // In an order of their own: that of a dictionary is another in every run.
        for start in next.keys.sorted(by: { ($0.x, $0.y) < ($1.x, $1.y) }) {
            while next[start]?.isEmpty == false {
                var loop: [Point] = [], place = start
                while let following = next[place]?.popLast() {
                    loop.append(Point(Double(place.x), Double(place.y)))
                    place = following
                }
                loops.append(withoutStraight(loop))
            }
        }
        return loops
    }

    /// By column, the rows that are inside.
    private static func intervals(_ runs: [Int], height: Int) -> [Int: [Range<Int>]] {
        var columns: [Int: [Range<Int>]] = [:], place = 0
        for (index, run) in runs.enumerated() {
            defer { place += run }
            guard index % 2 == 1, run > 0 else { continue }
            var (from, left) = (place, run)
            while left > 0 {
                let (x, y) = from.quotientAndRemainder(dividingBy: height), length = min(left, height - y)
                // Runs may touch where a file has one of no length between them.
                if let last = columns[x]?.last, last.upperBound == y {
                    columns[x]![columns[x]!.count - 1] = last.lowerBound..<(y + length)
                } else {
                    columns[x, default: []].append(y..<(y + length))
                }
                (from, left) = (from + length, left - length)
            }
        }
        return columns
    }

    /// What is in `a` and not in `b`; both are sorted.
    private static func difference(_ a: [Range<Int>], _ b: [Range<Int>]) -> [Range<Int>] {
        var rest: [Range<Int>] = [], index = 0
        for interval in a {
            var from = interval.lowerBound
            while index < b.count, b[index].upperBound <= from { index += 1 }
            var other = index
            while other < b.count, b[other].lowerBound < interval.upperBound {
                if b[other].lowerBound > from { rest.append(from..<b[other].lowerBound) }
                from = max(from, b[other].upperBound)
                other += 1
            }
            if from < interval.upperBound { rest.append(from..<interval.upperBound) }
        }
        return rest
    }

    private static func withoutStraight(_ loop: [Point]) -> [Point] {
        loop.indices.filter { index in
            let before = loop[(index + loop.count - 1) % loop.count], after = loop[(index + 1) % loop.count]
            return cross(loop[index] - before, after - loop[index]) != 0
        }.map { loop[$0] }
    }

    // MARK: Simplifying

    /// Ramer, Douglas and Peucker's, from the two points that are farthest apart from the first on.
    private static func simplified(_ loop: [Point]) -> [Point] {
        guard loop.count > 8, loop.count <= mostPoints else { return loop }
        let far = loop.indices.max { squaredLength(loop[$0] - loop[0]) < squaredLength(loop[$1] - loop[0]) }!
        let closed = loop + [loop[0]]
        var isKept = [Bool](repeating: false, count: closed.count), open = [(0, far), (far, closed.count - 1)]
        for index in [0, far] { isKept[index] = true }
        while let (first, last) = open.popLast() {
            guard last - first > 1 else { continue }
            let (worst, distance) = ((first + 1)..<last).lazy.map { ($0, squaredDistance(closed[$0], closed[first], closed[last])) }
                .max { $0.1 < $1.1 }!
            guard distance > tolerance * tolerance else { continue }
            isKept[worst] = true
            open += [(first, worst), (worst, last)]
        }
        let kept = loop.indices.filter { isKept[$0] }.map { loop[$0] }
        return kept.count > 2 ? kept : loop
    }

    private static func cross(_ a: Point, _ b: Point) -> Double { a.x * b.y - a.y * b.x }
    private static func squaredLength(_ a: Point) -> Double { a.x * a.x + a.y * a.y }

    /// Of a point from the line between two others; from the point where they are one.
    private static func squaredDistance(_ point: Point, _ a: Point, _ b: Point) -> Double {
        let length = squaredLength(b - a)
        guard length > 0 else { return squaredLength(point - a) }
        let share = min(1, max(0, ((point - a) * (b - a)).sum() / length))
        return squaredLength(point - a - share * (b - a))
    }

    private static func area(_ loop: [Point]) -> Double {
        loop.indices.reduce(0) { $0 + cross(loop[$1], loop[($1 + 1) % loop.count]) } / 2
    }

    // MARK: Joining

    /// Goes from the nearest point to the loop, around it, and back.
    private static func join(_ loop: [Point], to polygon: inout [Point]) {
        var best = (distance: Double.infinity, here: 0, there: 0)
        for (here, point) in polygon.enumerated() {
            for (there, other) in loop.enumerated() {
                let distance = squaredLength(point - other)
                if distance < best.distance { best = (distance, here, there) }
            }
        }
        let around = Array(loop[best.there...] + loop[..<best.there]) + [loop[best.there], polygon[best.here]]
        polygon.insert(contentsOf: around, at: best.here + 1)
    }
}
