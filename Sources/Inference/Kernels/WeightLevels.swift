import CKernels

/// The weights of a layer as whole numbers −128 … 127, with a scale for each output channel.
struct WeightLevels {
    let scales: [Float]

    /// - Parameter weights: those of an output channel follow each other, `perChannel` of them. Not finite ones are zeros.
    /// - Complexity: O(weights), a hundred times that at most.
    init(_ weights: UnsafeBufferPointer<Float>, perChannel: Int) {
        scales = stride(from: 0, to: weights.count, by: max(1, perChannel)).map { start in
            Self.scale(UnsafeBufferPointer(rebasing: weights[start..<start + perChannel]))
        }
    }

    func level(of weight: Float, channel: Int) -> Float {
        let level = (weight / scales[channel]).rounded(.toNearestOrEven)
        return level.isNaN ? 0 : min(max(level, -128), 127)
    }

    /// Weights that are levels already, of a network that came quantised, keep them, also where none is ±127.
    private static func scale(_ weights: UnsafeBufferPointer<Float>) -> Float {
        let largest = weights.reduce(Float(0)) { $1.isFinite ? max($0, abs($1)) : $0 }
        guard largest > .leastNormalMagnitude * 256 else { return 1 }
        for most in stride(from: Float(128), to: leastLargest, by: -1) {
            let scale = largest / most
            if weights.allSatisfy({ abs($0 / scale - ($0 / scale).rounded()) < 1e-3 && $0 / scale < 127.5 }) { return scale }
        }
        return largest / 127
    }

    /// Fewer levels than that are those of no calibration.
    private static let leastLargest: Float = 31
}

/// What becomes of sums of whole numbers: sum · (weights' scale · sources' scale) + bias, by output channel, in vectors.
final class LevelScaling: Sendable {
    private let factors, terms: AlignedFloats

    /// - Parameters:
    ///   - share: what a sum of whole numbers is to be multiplied with besides.
    ///   - groups: of channels; each begins with a vector.
    init(_ weights: WeightLevels, _ source: Level, bias: [Float]?, groups: Int, share: Float = 1) {
        let perGroup = weights.scales.count / groups, padded = (perGroup + 15) / 16 * 16
        (factors, terms) = (AlignedFloats(count: padded * groups), AlignedFloats(count: padded * groups))
        for (o, scale) in weights.scales.enumerated() {
            let place = o / perGroup * padded + o % perGroup
            factors.base[place] = scale * source.scale * share
            if let bias { terms.base[place] = bias[o] }
        }
    }

    /// - Parameter vectors: those of the groups before.
    func layer(after vectors: Int) -> dv_scaling {
        dv_scaling(factors: factors.base + vectors * 16, terms: terms.base + vectors * 16, scale: 1)
    }
}
