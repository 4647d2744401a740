import CKernels

/// What the layers of a network read over some runs, and the levels that suit it: for networks that do not say themselves which levels their
/// values have.
///
/// Every run is looked at twice: first for the extents, then for how values are spread between them.
package struct LevelCalibration: Sendable {
    private var spreads: [ValueID: Spread] = [:]
    private var hasExtents = false

    package init() {}

    /// Looks at the run that the session has just made, which has to be of a plan in floats; it is made once more, step by step.
    package mutating func add(_ session: Session) throws(InferenceError) {
        for (index, step) in session.plan.steps.enumerated() {
            if case .spatial(let step) = step, step.macs > 0 { note(step, session.memory) }
            try session.runStep(index)
        }
    }

    /// All runs have been shown once; they are shown once more.
    package mutating func beginSecondPass() { hasExtents = true }

    /// The levels for each value that was read.
    var levels: [ValueID: Level] { spreads.compactMapValues(\.level) }

    private mutating func note(_ step: SpatialStep, _ memory: ActivationMemory) {
        let source = step.sources[0]
        var spread = spreads[step.values[0]] ?? Spread()
        for index in 0..<source.images {
            let image = memory.image(source, index)
            for y in 0..<source.height {
                for x in 0..<source.width {
                    let pixel = UnsafeBufferPointer(start: image.base + y * Int(image.row) + x * Int(image.pixel), count: source.channels)
                    if hasExtents { spread.count(pixel) } else { spread.extend(over: pixel) }
                }
            }
        }
        spreads[step.values[0]] = spread
    }
}

/// How values are spread. Zero is among them: it is what lies around an image.
private struct Spread: Sendable {
    private var low: Float = 0, high: Float = 0
    private var counts = [Int](repeating: 0, count: bins)

    private static let bins = 2048
    /// Shares of either side that are tried. What lies beyond one becomes its end.
    private static let shares = (4...20).map { Float($0) / 20 }

    mutating func extend(over values: UnsafeBufferPointer<Float>) {
        for value in values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    }

    mutating func count(_ values: UnsafeBufferPointer<Float>) {
        let perUnit = Float(Self.bins) / max(high - low, .leastNormalMagnitude)
        guard perUnit.isFinite else { return }
        for value in values where value.isFinite { counts[min(max(Int((value - low) * perUnit), 0), Self.bins - 1)] += 1 }
    }

    /// The levels with the least mean square error; nil where all values are zero. O(bins · shares).
    var level: Level? {
        guard high > low, high - low > .leastNormalMagnitude * 1e6, (high - low).isFinite else { return nil }
        // What is lost beyond an end, by the share of the side that is kept. Sides are independent but for the width of a level.
        let ends = Self.shares.map { share in
            (
                low: low * share, high: high * share, below: lost { $0 < low * share ? low * share - $0 : 0 },
                above: lost { $0 > high * share ? $0 - high * share : 0 }
            )
        }
        let all = Float(counts.reduce(0, +))
        var best: (error: Float, low: Float, high: Float)?
        for lower in ends {
            for upper in ends {
                let step = (upper.high - lower.low) / 255, error = lower.below + upper.above + all * step * step / 12
                if error < best?.error ?? .infinity { best = (error, lower.low, upper.high) }
            }
        }
        guard let best else { return nil }
        let scale = (best.high - best.low) / 255
        return Level(scale: scale, zero: UInt8(min(max((-best.low / scale).rounded(), 0), 255)))
    }

    private func lost(_ distance: (Float) -> Float) -> Float {
        let width = (high - low) / Float(Self.bins)
        var sum: Float = 0
        for (index, count) in counts.enumerated() where count > 0 {
            let lost = distance(low + (Float(index) + 0.5) * width)
            sum += Float(count) * lost * lost
        }
        return sum
    }
}

extension TypedGraph {
    /// Has a plan in `int8` round to the levels of a calibration, which has to be of a plan of this graph in floats.
    package mutating func use(_ calibration: LevelCalibration) { levels = calibration.levels }

    /// The levels that were given, by the names of their values: what stands for a step, and the level of zero.
    package var namedLevels: [String: (scale: Float, zero: UInt8)] {
        let names = distinctNames
        return Dictionary(
            uniqueKeysWithValues: levels.map { (names[$0.index], (scale: $1.scale, zero: UInt8(min(max($1.zero, 0), 255)))) })
    }

    /// The same again: of the same network, optimised the same way, the names are the same. Layers that read values which are not named are
    /// computed in floats.
    package mutating func use(_ named: [String: (scale: Float, zero: UInt8)]) {
        levels = [:]
        for (index, name) in distinctNames.enumerated() {
            if let (scale, zero) = named[name] { levels[ValueID(index: index)] = Level(scale: scale, zero: zero) }
        }
    }

    /// Whether levels were given that the network does not say itself.
    package var hasLevels: Bool { !levels.isEmpty }

    /// A name for each value. Those that passes made may be called alike: the second is `name#2`.
    private var distinctNames: [String] {
        var seen: [String: Int] = [:]
        return graph.valueNames.map { name in
            let count = seen[name, default: 0] + 1
            seen[name] = count
            return count == 1 ? name : "\(name)#\(count)"
        }
    }
}
