/// DeepCache's matcher: one displacement for the whole picture, voted for by a diamond search in blocks (MobiCom'18, §4.2).
///
/// 1. Every k-th block of every k-th row looks for itself in the reference, beginning at the last picture's displacement
///    (`DiamondSearch`).
/// 2. The blocks that were found with 0.9 of the wanted PSNR vote; the rounded mean without outliers is M.
/// 3. Every block is compared with the reference at exactly M; it is reused if its PSNR is above the threshold.
///
/// The reference is the previous picture, as in the paper: what differs a little is accepted again at every frame, and
/// differences add up until the caller computes a frame in full. PSNR is taken over the pixels whose counterpart lies in
/// the reference; the others are changed. The paper's code shifts its grid when M is negative, for it would lose the partial
/// blocks at the far edge otherwise; here partial blocks are blocks, and no shift is needed.
public final class DiamondMatcher: Matcher {
    private let channels: Int
    private let options: DeepCacheOptions
    private let rowBytes: Int
    private let grid: BlockGrid
    private let reference: UnsafeMutablePointer<UInt8>
    /// Displacement of the last accepted match: cameras tend to go on as they moved.
    private var prediction = Motion.none

    /// - Parameter rowBytes: distance between the starts of two rows of every picture given.
    public init(width: Int, height: Int, channels: Int, rowBytes: Int, options: DeepCacheOptions) {
        (self.channels, self.rowBytes, self.options) = (channels, rowBytes, options)
        grid = BlockGrid(width: width, height: height, block: options.block)
        reference = .allocate(capacity: rowBytes * height)
        reference.initialize(repeating: 0, count: rowBytes * height)
    }

    deinit { reference.deallocate() }

    /// - Parameter candidates: displacements to begin the search at, besides the last picture's: what a codec found. They
    ///   are compared with pixels like any other, so a wrong one costs time only.
    /// - Complexity: O(width · height · channels · (1 + (8 · steps + candidates) / skip²)).
    public func match(_ picture: UnsafePointer<UInt8>, candidates: [Motion]) -> Match {
        let search = DiamondSearch(
            grid: grid, channels: channels, rowBytes: rowBytes, picture: picture, reference: reference, steps: options.steps)
        let motion = vote(search, starts: [prediction] + candidates.filter { $0 != prediction })
        let limit = SquaredError.limit(decibels: options.threshold)
        return grid.match(motion: motion) { bx, by in !(search.error(bx, by, motion)?.isBelow(limit) ?? false) }
    }

    private func vote(_ search: DiamondSearch, starts: [Motion]) -> Motion {
        // The paper votes with 0.9 of the threshold in dB.
        let limit = SquaredError.limit(decibels: 0.9 * options.threshold)
        var votes: [Motion] = []
        for by in stride(from: 0, to: grid.down, by: options.skip) {
            for bx in stride(from: 0, to: grid.across, by: options.skip) {
                guard let found = search.find(bx, by, from: starts), found.error.isBelow(limit) else { continue }
                votes.append(found.motion)
            }
        }
        return Self.result(of: votes)
    }

    /// One displacement out of many blocks': their mean, once more without those far from it, rounded.
    ///
    /// DeepCache's rule: a block counts the second time if it deviates from the first mean by less than the mean's own length,
    /// both as |x| + |y|. If none does, which is so about a camera at rest, the first mean stands.
    static func result(of votes: [Motion]) -> Motion {
        func mean(_ votes: [Motion]) -> (x: Double, y: Double)? {
            guard !votes.isEmpty else { return nil }
            let count = Double(votes.count)
            return (Double(votes.reduce(0) { $0 + $1.x }) / count, Double(votes.reduce(0) { $0 + $1.y }) / count)
        }
        guard let first = mean(votes) else { return .none }
        let length = abs(first.x) + abs(first.y)
        let final = mean(votes.filter { abs(Double($0.x) - first.x) + abs(Double($0.y) - first.y) < length }) ?? first
        return Motion(x: Int(final.x.rounded()), y: Int(final.y.rounded()))
    }

    /// Makes the picture the reference, and the match's displacement the next search's beginning.
    public func accept(_ match: Match, _ picture: UnsafePointer<UInt8>) {
        reference.update(from: picture, count: rowBytes * grid.height)
        prediction = match.motion
    }

    public func accept(_ picture: UnsafePointer<UInt8>) {
        reference.update(from: picture, count: rowBytes * grid.height)
        prediction = .none
    }
}
