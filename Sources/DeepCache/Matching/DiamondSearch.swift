/// Block motion by diamond search (Zhu and Ma, 2000): a large diamond walks while a neighbor is better than its centre,
/// then a small one looks around the last centre.
struct DiamondSearch {
    let comparison: BlockComparison
    /// Most moves of the large diamond.
    let steps: Int

    private static let large = [
        Motion(x: 0, y: 2), Motion(x: 1, y: 1), Motion(x: 2, y: 0), Motion(x: 1, y: -1), Motion(x: 0, y: -2), Motion(x: -1, y: -1),
        Motion(x: -2, y: 0), Motion(x: -1, y: 1),
    ]
    private static let small = [Motion(x: 0, y: 1), Motion(x: 1, y: 0), Motion(x: 0, y: -1), Motion(x: -1, y: 0)]

    /// Where block (bx, by) is found, beginning at the best of `starts`; nil if none of them lies in the reference.
    func find(_ bx: Int, _ by: Int, from starts: [Motion]) -> (motion: Motion, error: SquaredError)? {
        var best: (motion: Motion, error: SquaredError)?
        for start in starts {
            guard let error = comparison.searchError(bx, by, start) else { continue }
            if best.map({ error < $0.error }) ?? true { best = (start, error) }
        }
        guard var best else { return nil }
        for _ in 0..<steps where best.error.sum > 0 {
            guard let better = better(than: best, around: Self.large, bx, by) else { break }
            best = better
        }
        if best.error.sum > 0, let better = better(than: best, around: Self.small, bx, by) { best = better }
        return best
    }

    private func better(
        than centre: (motion: Motion, error: SquaredError), around offsets: [Motion], _ bx: Int, _ by: Int
    ) -> (motion: Motion, error: SquaredError)? {
        var best = centre
        for offset in offsets {
            let motion = Motion(x: centre.motion.x + offset.x, y: centre.motion.y + offset.y)
            guard let error = comparison.searchError(bx, by, motion), error < best.error else { continue }
            best = (motion, error)
        }
        return best.motion == centre.motion ? nil : best
    }
}
