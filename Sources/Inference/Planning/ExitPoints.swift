/// A place in a plan where a run can be looked at, and ended: a step after which one image holds all that later steps need.
public struct ExitPoint: Sendable, Hashable {
    /// Index of the step in `Plan.layers`.
    public let step: Int
    public let name: String
    public let channels: Int
    /// Share of the plan's multiply-accumulates that are done when this step is, 0…1.
    public let macsFraction: Double
    package let image: SpatialRef
}

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
    public func exitPoints(limit: Int = 12) -> [ExitPoint] {
        let all = allExitPoints().filter { $0.macsFraction <= Self.worthLeaving }
        let blockEnds = all.filter { isBlockEnd($0) }
        // The first image of all is the cheapest to look at, whatever made it.
        let chosen = blockEnds.count >= 3 ? Array(all.prefix(1)) + blockEnds.filter { $0.step != all[0].step } : all
        guard chosen.count > limit, limit > 1 else { return Array(chosen.prefix(max(0, limit))) }
        var kept: [ExitPoint] = []
        for point in chosen {
            let wanted = Double(kept.count) / Double(limit) * (chosen.last!.macsFraction - chosen[0].macsFraction) + chosen[0].macsFraction
            if point.macsFraction >= wanted, kept.count < limit { kept.append(point) }
        }
        return kept
    }

    /// Later than this nothing is gained.
    private static let worthLeaving = 0.96

    /// All of them, also those inside chains.
    public func allExitPoints() -> [ExitPoint] {
        guard inputs.count == 1, case .spatial(let input) = inputs[0].place, input.images == 1 else { return [] }
        var lastRead: [Int: Int] = [:], writers: [Int: [Int]] = [:], rowMajorFrom = steps.count
        for (index, step) in steps.enumerated() {
            switch step {
            case .spatial(let s):
                for source in s.sources { lastRead[source.buffer] = index }
                writers[s.destination.buffer, default: []].append(index)
            case .toRowMajor(let copy):
                lastRead[copy.source.buffer] = index
                rowMajorFrom = min(rowMajorFrom, index)
            case .toSpatial(let copy): writers[copy.destination.buffer, default: []].append(index)
            case .rowMajor: rowMajorFrom = min(rowMajorFrom, index)
            }
        }
        let all = Double(max(1, macs))
        var points: [ExitPoint] = [], done = 0, written: Set<Int> = [input.buffer]
        // Once values have left for row-major tensors, other steps than those of images hold what is needed.
        for index in 0..<rowMajorFrom {
            guard case .spatial(let step) = steps[index] else { break }
            done += step.macs
            written.insert(step.destination.buffer)
            let needed = written.filter { lastRead[$0] ?? -1 > index }
            guard needed == [step.destination.buffer], writers[step.destination.buffer]!.last == index, done > 0, done < macs,
                step.destination.height * step.destination.width > 1
            else { continue }
            let image = whole(step.destination, writers[step.destination.buffer]!)
            let name = step.name.isEmpty ? "\(step.kind)#\(index)" : step.name
            let point = ExitPoint(step: index, name: name, channels: image.channels, macsFraction: Double(done) / all, image: image)
            if let last = points.last, last.macsFraction == point.macsFraction { points.removeLast() }
            points.append(point)
        }
        return points
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
    private func isBlockEnd(_ point: ExitPoint) -> Bool {
        guard case .spatial(let step) = steps[point.step] else { return false }
        if step.destination.channels < point.channels { return true }
        var index = point.step
        while index >= 0, case .spatial(let step) = steps[index] {
            let images = step.sources.filter { $0.height == step.destination.height && $0.width == step.destination.width }
            if step.sources.count > 1, images.count > 1 || (step.macs > 0 && !images.isEmpty) { return true }
            guard step.macs == 0 else { return false }
            index -= 1
        }
        return false
    }
}
