/// DeepMon's matcher: blocks at the same place of consecutive pictures, compared by their colors' histograms.
///
/// The paper (MobiSys'17) does not publish its figures. Chosen here: `bins` equal intervals of 0…255 a channel, and the
/// chi-square distance ½ Σ (a − b)² / (a + b) of the two histograms' shares, averaged over the channels, 0 (the same
/// colors) to 1 (none in common). Where colors lie within a block does not count: a histogram cannot tell a picture
/// from its mirror image, and no threshold makes it exact.
public final class HistogramMatcher: Matcher {
    public struct Settings: Sendable, Hashable {
        /// Side of the blocks in pixels.
        public var block = 10
        /// Intervals of each channel; a power of two up to 64.
        public var bins = 16
        /// Distance above which a block counts as changed, 0…1.
        public var threshold = 0.05

        public init() {}
    }

    public let width: Int
    public let height: Int
    public let channels: Int
    public let settings: Settings
    private let rowBytes: Int
    private let grid: BlockGrid
    /// Pixels by block, channel and bin.
    private var current: [UInt16]
    private var reference: [UInt16]
    private var changed: [Bool]

    /// - Parameter rowBytes: distance between the starts of two rows of every picture given.
    public init(width: Int, height: Int, channels: Int, rowBytes: Int, settings: Settings = Settings()) {
        precondition(settings.bins > 0 && settings.bins <= 64 && settings.bins.nonzeroBitCount == 1, "bins are a power of two up to 64")
        (self.width, self.height, self.channels) = (width, height, channels)
        (self.rowBytes, self.settings) = (rowBytes, settings)
        grid = BlockGrid(width: width, height: height, block: settings.block)
        current = Array(repeating: 0, count: grid.count * channels * settings.bins)
        reference = current
        changed = Array(repeating: false, count: grid.count)
    }

    /// - Complexity: O(width · height · channels + blocks · channels · bins).
    public func match(_ picture: UnsafePointer<UInt8>) -> Match {
        count(picture)
        let size = channels * settings.bins
        current.withUnsafeBufferPointer { now in
            reference.withUnsafeBufferPointer { before in
                for by in 0..<grid.down {
                    let rows = grid.rows(by).count
                    for bx in 0..<grid.across {
                        let at = (by * grid.across + bx) * size
                        let distance = Self.distance(now.baseAddress! + at, before.baseAddress! + at, size)
                        let pixels = Float(rows * grid.columns(bx).count * channels)
                        changed[by * grid.across + bx] = distance > Float(settings.threshold) * pixels
                    }
                }
            }
        }
        var match = Match()
        let pixels = grid.append(changed: changed, motion: .none, to: &match.changed)
        match.share = Double(pixels) / Double(width * height)
        return match
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
        let bins = settings.bins, shift = UInt8(8 - bins.trailingZeroBitCount), size = channels * bins
        current.withUnsafeMutableBufferPointer { all in
            all.update(repeating: 0)
            for y in 0..<height {
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
