/// Where a network can be left: found in any plan, whatever made it.
extension Plan {
    /// Steps after which everything that follows depends on one image only, and multiply-accumulates are still to come.
    ///
    /// In a chain that is every layer; in networks of blocks it is where blocks end, for inside a block the shortcut, or the
    /// other branches, are needed as well. Of steps without multiply-accumulates between them the last counts (the
    /// activation after an addition, the last part of a concatenation).
    ///
    /// - Parameter limit: at most so many. Ends of blocks (additions, concatenations) are preferred where there are several;
    ///   of more than `limit`, the first and others about evenly spread over the multiply-accumulates.
    /// - Complexity: O(steps²).
    public func taps(limit: Int = 12) -> [Tap] {
        let cuts = cuts().filter { $0.depthShare <= Self.worthLeaving }
        let blockEnds = cuts.filter { isBlockEnd($0) }
        // The first image of all is the cheapest to look at, whatever made it.
        let chosen = blockEnds.count >= 3 ? Array(cuts.prefix(1)) + blockEnds.filter { $0.step != cuts[0].step } : cuts
        guard chosen.count > limit, limit > 1 else { return Array(chosen.prefix(max(0, limit))) }
        var kept: [Tap] = []
        for tap in chosen {
            let wanted = Double(kept.count) / Double(limit) * (chosen.last!.depthShare - chosen[0].depthShare) + chosen[0].depthShare
            if tap.depthShare >= wanted, kept.count < limit { kept.append(tap) }
        }
        return kept
    }

    /// Later than this nothing is gained.
    private static let worthLeaving = 0.96

    /// All taps, also inside chains.
    public func cuts() -> [Tap] {
        guard inputs.count == 1, case .spatial(let input) = inputs[0].place, input.images == 1 else { return [] }
        var lastRead: [Int: Int] = [:], writers: [Int: [Int]] = [:], hostFrom = steps.count
        for (index, step) in steps.enumerated() {
            switch step {
            case .spatial(let s):
                for source in s.sources { lastRead[source.buffer] = index }
                writers[s.destination.buffer, default: []].append(index)
            case .toHost(let copy):
                lastRead[copy.source.buffer] = index
                hostFrom = min(hostFrom, index)
            case .toSpatial(_, let destination): writers[destination.buffer, default: []].append(index)
            case .host: hostFrom = min(hostFrom, index)
            }
        }
        let all = Double(max(1, macs))
        var cuts: [Tap] = [], done = 0, written: Set<Int> = [input.buffer]
        // Once values have left for row-major tensors, other steps than those of images hold what is needed.
        for index in 0..<hostFrom {
            guard case .spatial(let step) = steps[index] else { break }
            done += step.macs
            written.insert(step.destination.buffer)
            let needed = written.filter { lastRead[$0] ?? -1 > index }
            guard needed == [step.destination.buffer], writers[step.destination.buffer]!.last == index, done > 0, done < macs,
                step.destination.height * step.destination.width > 1
            else { continue }
            let image = whole(step.destination, writers[step.destination.buffer]!)
            let name = step.name.isEmpty ? "\(step.kind)#\(index)" : step.name
            let tap = Tap(step: index, name: name, channels: image.channels, depthShare: Double(done) / all, image: image)
            if let last = cuts.last, last.depthShare == tap.depthShare { cuts.removeLast() }
            cuts.append(tap)
        }
        return cuts
    }

    /// All channels that the writers of a buffer fill: a concatenation's, of which a step knows its part.
    private func whole(_ reference: SpatialRef, _ writers: [Int]) -> SpatialRef {
        var image = reference
        image.channelOffset = 0
        image.channels = writers.reduce(0) { most, index in
            guard case .spatial(let step) = steps[index] else { return most }
            return max(most, step.destination.channelOffset + step.destination.channels)
        }
        return image
    }

    /// Whether several images are joined here, or since the last multiply-accumulates.
    private func isBlockEnd(_ tap: Tap) -> Bool {
        guard case .spatial(let step) = steps[tap.step] else { return false }
        if step.destination.channels < tap.channels { return true }
        var index = tap.step
        while index >= 0, case .spatial(let step) = steps[index] {
            let images = step.sources.filter { $0.height == step.destination.height && $0.width == step.destination.width }
            if step.sources.count > 1, images.count > 1 || (step.macs > 0 && !images.isEmpty) { return true }
            guard step.macs == 0 else { return false }
            index -= 1
        }
        return false
    }
}
