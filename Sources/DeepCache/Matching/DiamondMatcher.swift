/// DeepCache's matcher: one displacement for the whole picture, voted for by a diamond search in blocks (MobiCom'18, §4.2).
///
/// 1. Every k-th block of every k-th row looks for itself in the reference, beginning at the last picture's displacement
///    (`DiamondSearch`).
/// 2. The blocks that were found with 0.9 of the wanted PSNR vote; the rounded mean without outliers is M (`MotionVote`).
/// 3. Every block is compared with the reference at exactly M; it is reused if its PSNR is above the threshold.
///
/// The reference is the previous picture, as in the paper: what differs a little is accepted again at every frame, and
/// differences add up until the caller computes a frame in full. PSNR is taken over the pixels whose counterpart lies in
/// the reference; the others are changed. The paper's code shifts its grid when M is negative, for it would lose the partial
/// blocks at the far edge otherwise; here partial blocks are blocks, and no shift is needed.
public final class DiamondMatcher: Matcher {
    public struct Settings: Sendable, Hashable {
        /// Side of the blocks in pixels.
        public var block = 10
        /// PSNR in dB above which a block is reused; infinity wants the very same pixels.
        public var threshold = 20.0
        /// Most moves of the large diamond; each is 2 pixels far. The small one adds 1 pixel.
        public var steps = 3
        /// Only every skip-th block of every skip-th row searches; all are compared at the end.
        public var skip = 2

        public init() {}
    }

    public let width: Int
    public let height: Int
    public let channels: Int
    public let settings: Settings
    private let rowBytes: Int
    private let grid: BlockGrid
    private let reference: UnsafeMutablePointer<UInt8>
    private var changed: [Bool]
    /// Displacement of the last accepted match: cameras tend to go on as they moved.
    private var prediction = Motion.none

    /// - Parameter rowBytes: distance between the starts of two rows of every picture given.
    public init(width: Int, height: Int, channels: Int, rowBytes: Int, settings: Settings = Settings()) {
        (self.width, self.height, self.channels) = (width, height, channels)
        (self.rowBytes, self.settings) = (rowBytes, settings)
        grid = BlockGrid(width: width, height: height, block: settings.block)
        reference = .allocate(capacity: rowBytes * height)
        reference.initialize(repeating: 0, count: rowBytes * height)
        changed = Array(repeating: false, count: grid.count)
    }

    deinit { reference.deallocate() }

    public func match(_ picture: UnsafePointer<UInt8>) -> Match { match(picture, candidates: []) }

    /// - Parameter candidates: displacements to begin the search at, besides the last picture's: what a codec found. They
    ///   are compared with pixels like any other, so a wrong one costs time only.
    /// - Complexity: O(width · height · channels · (1 + (8 · steps + candidates) / skip²)).
    public func match(_ picture: UnsafePointer<UInt8>, candidates: [Motion]) -> Match {
        let comparison = BlockComparison(grid: grid, channels: channels, rowBytes: rowBytes, picture: picture, reference: reference)
        let motion = vote(comparison, starts: [prediction] + candidates.filter { $0 != prediction })
        let limit = SquaredError.limit(decibels: settings.threshold)
        for by in 0..<grid.down {
            for bx in 0..<grid.across {
                let error = comparison.error(bx, by, motion)
                changed[by * grid.across + bx] = !(error?.isBelow(limit) ?? false)
            }
        }
        var match = Match()
        match.motion = motion
        let pixels = grid.append(changed: changed, motion: motion, to: &match.changed)
        match.share = Double(pixels) / Double(width * height)
        return match
    }

    private func vote(_ comparison: BlockComparison, starts: [Motion]) -> Motion {
        let search = DiamondSearch(comparison: comparison, steps: settings.steps)
        // The paper votes with 0.9 of the threshold in dB.
        let limit = SquaredError.limit(decibels: 0.9 * settings.threshold)
        var vote = MotionVote()
        for by in stride(from: 0, to: grid.down, by: settings.skip) {
            for bx in stride(from: 0, to: grid.across, by: settings.skip) {
                guard let found = search.find(bx, by, from: starts), found.error.isBelow(limit) else { continue }
                vote.add(found.motion)
            }
        }
        return vote.result
    }

    /// Makes the picture the reference, and the match's displacement the next search's beginning.
    public func accept(_ match: Match, _ picture: UnsafePointer<UInt8>) {
        reference.update(from: picture, count: rowBytes * height)
        prediction = match.motion
    }

    public func accept(_ picture: UnsafePointer<UInt8>) {
        reference.update(from: picture, count: rowBytes * height)
        prediction = .none
    }
}
