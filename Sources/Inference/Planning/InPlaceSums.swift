/// Convolutions that add their sums to an image that nobody reads afterwards: the result takes that image's memory. A residual block then
/// writes to cache lines that it has just read, instead of to as many others.
extension Lowering {
    /// By the buffer of such a result: the buffer that it replaces. To be asked before buffers are kept through groups.
    ///
    /// A kernel reads a pixel of the image before it writes that pixel. In a group of bands other steps may read the image while the sums are
    /// computed; rows that are written are then done with where the sums depend on those steps' rows. O(steps in groups²).
    func inPlaceSums(in groups: [BandGroup]) -> [Int: Int] {
        var replaced: [Int: Int] = [:]
        for index in drafts.indices {
            guard case .spatial(let draft) = drafts[index], let position = draft.step.addedSource else { continue }
            let added = draft.sources[position], result = draft.destination
            let (from, to) = (buffers[added.buffer], buffers[result.buffer])
            guard added.buffer != result.buffer, from.lastUse == index, to.firstUse == index,
                !draft.sources.indices.contains(where: { $0 != position && draft.sources[$0].buffer == added.buffer }),
                added.channels == from.pixel, result.channels == to.pixel
            else { continue }
            if let group = groups.first(where: { $0.steps.contains(index) }), !isReadBefore(added.buffer, by: index, in: group.steps) {
                continue
            }
            replaced[result.buffer] = added.buffer
        }
        return replaced
    }

    /// Whether, in whatever order a group's rows are computed, row y of the buffer has been read by the others once step `index` computes its
    /// own row y.
    private func isReadBefore(_ buffer: Int, by index: Int, in group: Range<Int>) -> Bool {
        var done: Set<Int> = [], open = [index]
        while let step = open.popLast() {
            for writer in group.lowerBound..<step where !done.contains(writer) && covers(step, writer) {
                done.insert(writer)
                open.append(writer)
            }
        }
        return (group.lowerBound..<index).allSatisfy { reader in
            guard case .spatial(let draft) = drafts[reader] else { return false }
            return zip(draft.sources, draft.step.sources).allSatisfy { source, read in
                source.buffer != buffer
                    || done.contains(reader) && (0..<source.height).allSatisfy { y in
                        read.field.rows(of: y..<y + 1, height: source.height) == y..<y + 1
                    } && draft.destination.height == source.height
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
