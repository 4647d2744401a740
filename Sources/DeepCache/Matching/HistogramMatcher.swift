/// DeepMon's matcher: blocks at the same place of consecutive pictures, compared by their colors' histograms.
///
/// The paper (MobiSys'17) does not publish its figures. Chosen here: `bins` equal intervals of 0…255 a channel, and the
/// chi-square distance ½ Σ (a − b)² / (a + b) of the two histograms' shares, averaged over the channels, 0 (the same
/// colors) to 1 (none in common). Where colors lie within a block does not count: a histogram cannot tell a picture
/// from its mirror image, and no threshold makes it exact.
public final class HistogramMatcher: Matcher {
    private let channels: Int
    private let options: DeepMonOptions
    private let rowBytes: Int
    private let grid: BlockGrid
    /// Pixels by block, channel and bin.
    private var current: [UInt16]
    private var reference: [UInt16]

    /// - Parameter rowBytes: distance between the starts of two rows of every picture given.
    public init(width: Int, height: Int, channels: Int, rowBytes: Int, options: DeepMonOptions) {
        precondition(options.bins > 0 && options.bins <= 64 && options.bins.nonzeroBitCount == 1, "bins are a power of two up to 64")
        (self.channels, self.rowBytes, self.options) = (channels, rowBytes, options)
        grid = BlockGrid(width: width, height: height, block: options.block)
        current = Array(repeating: 0, count: grid.count * channels * options.bins)
        reference = current
    }

    /// - Complexity: O(width · height · channels + blocks · channels · bins).
    public func match(_ picture: UnsafePointer<UInt8>, candidates: [Motion]) -> Match {
        count(picture)
        let size = channels * options.bins
        return current.withUnsafeBufferPointer { now in
            reference.withUnsafeBufferPointer { before in
                grid.match { bx, by in
                    let at = (by * grid.across + bx) * size, pixels = Float(grid.rows(by).count * grid.columns(bx).count * channels)
                    return Self.distance(now.baseAddress! + at, before.baseAddress! + at, size) > Float(options.threshold) * pixels
                }
            }
        }
    }

    /// ½ Σ (a − b)² / (a + b) of counts: the distance times the number of values.
    static func distance(_ a: UnsafePointer<UInt16>, _ b: UnsafePointer<UInt16>, _ count: Int) -> Float {
        var sum: Float = 0
        for i in 0..<count where a[i] != b[i] {
            let difference = Float(a[i]) - Float(b[i])
            sum += difference * difference / (Float(a[i]) + Float(b[i]))
        }
        return sum / 2
    }

    /// Fills `current` with the picture's histograms.
    private func count(_ picture: UnsafePointer<UInt8>) {
        let bins = options.bins, shift = UInt8(8 - bins.trailingZeroBitCount), size = channels * bins
        current.withUnsafeMutableBufferPointer { all in
            all.update(repeating: 0)
            for y in 0..<grid.height {
                let row = picture + y * rowBytes, histograms = all.baseAddress! + y / grid.block * grid.across * size
                for bx in 0..<grid.across {
                    let histogram = histograms + bx * size
                    for x in grid.columns(bx) {
                        for c in 0..<channels { histogram[c &* bins &+ Int(row[x &* channels &+ c] >> shift)] &+= 1 }
                    }
                }
            }
        }
    }

    /// Makes the picture just matched the reference: consecutive pictures are compared, whatever was reused.
    public func accept(_ match: Match, _ picture: UnsafePointer<UInt8>) { swap(&current, &reference) }

    public func accept(_ picture: UnsafePointer<UInt8>) {
        count(picture)
        swap(&current, &reference)
    }
}
