/// A crop scaled to 32×32 pixels, and what a key tells of it.
struct SmallPicture {
    static let side = 32
    /// Cells across and down.
    static let cells = 4
    private static let cellSide = side / cells
    private static let pixels = side * side

    /// 0…255, row by row.
    private var luma = [Int32](repeating: 0, count: pixels)
    /// The first and the last channel less the luma; 0 for crops of one channel.
    private var first = [Int32](repeating: 0, count: pixels)
    private var last = [Int32](repeating: 0, count: pixels)

    /// Each pixel is the mean of the crop's pixels in its place, or the nearest one where the crop is smaller.
    init(_ pixels: UnsafePointer<UInt8>, width: Int, height: Int, rowBytes: Int, channels: Int) {
        for y in 0..<Self.side {
            let top = y * height / Self.side, bottom = max(top + 1, (y + 1) * height / Self.side)
            for x in 0..<Self.side {
                let left = x * width / Self.side, right = max(left + 1, (x + 1) * width / Self.side)
                var sums: (Int32, Int32, Int32) = (0, 0, 0)
                for row in top..<bottom {
                    var at = row * rowBytes + left * channels
                    for _ in left..<right {
                        sums.0 &+= Int32(pixels[at])
                        if channels == 3 {
                            sums.1 &+= Int32(pixels[at &+ 1])
                            sums.2 &+= Int32(pixels[at &+ 2])
                        }
                        at &+= channels
                    }
                }
                let count = Int32((bottom - top) * (right - left)), at = y * Self.side + x
                guard channels == 3 else {
                    luma[at] = sums.0 / count
                    continue
                }
                let mean = (sums.0 / count, sums.1 / count, sums.2 / count)
                // Rec. 601, if the first channel is red; for blue first it is a luma of its own, as good for telling crops apart.
                luma[at] = (77 * mean.0 + 150 * mean.1 + 29 * mean.2) >> 8
                (first[at], last[at]) = (mean.0 - luma[at], mean.2 - luma[at])
            }
        }
    }
}

extension SmallPicture {
    private typealias Constants = ResultCacheConstants.Key

    /// Of each cell, how strong the gradients toward each of 8 directions are: 8 numbers a cell, all together brought to a fixed length, so that
    /// contrast does not matter. Less where there is hardly any edge: noise is no shape.
    func edges() -> [UInt8] {
        let side = Self.side
        var sums = [Int32](repeating: 0, count: Self.cells * Self.cells * 8)
        luma.withUnsafeBufferPointer { luma in
            sums.withUnsafeMutableBufferPointer { sums in
                for y in 1..<side - 1 {
                    for x in 1..<side - 1 {
                        let at = y * side + x
                        let right = luma[at + 1] - luma[at - 1], down = luma[at + side] - luma[at - side]
                        // The gradient's part along each direction: 181 / 256 is the cosine of 45 degrees.
                        let (a, b) = (((right + down) * 181) >> 8, ((down - right) * 181) >> 8)
                        let cell = sums.baseAddress! + 8 * (y / Self.cellSide * Self.cells + x / Self.cellSide)
                        cell[right >= 0 ? 0 : 4] += abs(right)
                        cell[a >= 0 ? 1 : 5] += abs(a)
                        cell[down >= 0 ? 2 : 6] += abs(down)
                        cell[b >= 0 ? 3 : 7] += abs(b)
                    }
                }
            }
        }
        let squares = sums.reduce(0) { $0 + Int64($1) * Int64($1) }
        let scale = Constants.edgeLength / (Double(squares).squareRoot() + Constants.edgeNoise)
        return sums.map { UInt8(min(255, Double($0) * scale + 0.5)) }
    }

    /// Mean luma of each cell less that of the crop; 128 where they are the same.
    func light() -> [UInt8] {
        let means = Self.cellMeans(luma), mean = means.reduce(0, +) / Int32(means.count)
        return means.map { UInt8(clamping: 128 + ($0 - mean) * Constants.lightWeight / 16) }
    }

    /// Mean of each difference to the luma in each cell; 128 where there is no color.
    func color() -> [UInt8] {
        (Self.cellMeans(first) + Self.cellMeans(last)).map { UInt8(clamping: 128 + $0 * Constants.colorWeight / 16) }
    }

    /// Row by row.
    private static func cellMeans(_ plane: [Int32]) -> [Int32] {
        (0..<cells * cells).map { cell in
            var sum: Int32 = 0
            for y in 0..<cellSide {
                let row = (cell / cells * cellSide + y) * side + cell % cells * cellSide
                for x in row..<row + cellSide { sum += plane[x] }
            }
            return sum / Int32(cellSide * cellSide)
        }
    }
}
