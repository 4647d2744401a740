/// Convolutions that add their sums to an image that nobody reads afterwards: the result takes that image's memory. A residual block then
/// writes to cache lines that it has just read, instead of to as many others.
extension Lowering {
    /// By the buffer of such a result: the buffer that it replaces. To be asked before buffers are kept through groups.
    ///
    /// A kernel reads a pixel of the image before it writes that pixel. In a group of bands other steps may use the image while the sums are
    /// computed; they are done with a row that is written where the sums depend on their own row. O(steps in groups²).
    func inPlaceSums(in groups: [BandGroup]) -> [Int: Int] {
        var replaced: [Int: Int] = [:]
        for index in drafts.indices {
            guard case .spatial(let draft) = drafts[index], let position = draft.step.addedSource else { continue }
            let added = draft.sources[position], result = draft.destination
            let (from, to) = (buffers[added.buffer], buffers[result.buffer])
            guard added.buffer != result.buffer, from.lastUse == index, to.firstUse == index,
                !draft.sources.indices.contains(where: { $0 != position && draft.sources[$0].buffer == added.buffer }),
                added.channelRange == result.channelRange
            else { continue }
            if let group = groups.first(where: { $0.steps.contains(index) }),
                !isDone(with: added.buffer, before: index, writes: result.buffer, in: group.steps)
            {
                continue
            }
            replaced[result.buffer] = added.buffer
        }
        return replaced
    }

    /// Whether, in whatever order a group's rows are computed, the others are done with row y of the buffer once step `index` computes its own
    /// row y, and it alone writes the buffer of the result.
    private func isDone(with buffer: Int, before index: Int, writes result: Int, in group: Range<Int>) -> Bool {
        var done: Set<Int> = [], open = [index]
        while let step = open.popLast() {
            for writer in group.lowerBound..<step where !done.contains(writer) && covers(step, writer) {
                done.insert(writer)
                open.append(writer)
            }
        }
        return group.allSatisfy { other in
            guard other != index, case .spatial(let draft) = drafts[other] else { return other == index }
            guard draft.destination.buffer != result else { return false }
            let reads = zip(draft.sources, draft.step.sources).filter { $0.0.buffer == buffer }
            guard draft.destination.buffer == buffer || !reads.isEmpty else { return true }
            return done.contains(other)
                && reads.allSatisfy { source, read in
                    (0..<source.height).allSatisfy { read.field.rows(of: $0..<$0 + 1, height: source.height) == $0..<$0 + 1 }
                }
        }
    }

    /// Whether row y of step `reader` needs row y of step `writer`, whatever y is.
    private func covers(_ reader: Int, _ writer: Int) -> Bool {
        guard case .spatial(let to) = drafts[reader], case .spatial(let from) = drafts[writer],
            to.destination.height == from.destination.height
        else { return false }
        return zip(to.sources, to.step.sources).contains { source, read in
            from.destination.overlaps(source)
                && (0..<source.height).allSatisfy { read.field.rows(of: $0..<$0 + 1, height: source.height).contains($0) }
        }
    }
}
