import CKernels

/// What a convolution of whole numbers makes of its sums: sum · (scale · the channel's factor) + the channel's term. The scale is that of the
/// data, which a source of the step holds: the pixel of a `LevelRange`.
final class SumScaling: @unchecked Sendable {
    private let factors, terms: AlignedFloats
    private let source: Int
    /// Channels of a group, and those with which it fills whole vectors.
    private let perGroup, padded: Int

    /// - Parameter source: which of the step's sources the scale is.
    init(factors: [Float], terms: [Float]?, groups: Int = 1, source: Int) {
        (self.source, perGroup) = (source, factors.count / groups)
        padded = (perGroup + 15) / 16 * 16
        (self.factors, self.terms) = (AlignedFloats(count: padded * groups), AlignedFloats(count: padded * groups))
        for o in factors.indices {
            self.factors.base[place(o)] = factors[o]
            if let terms { self.terms.base[place(o)] = terms[o] }
        }
    }

    private func place(_ channel: Int) -> Int { channel / perGroup * padded + channel % perGroup }

    /// What kernels are told, with the scale of this run.
    func layer(_ sources: UnsafePointer<Image>, group: Int = 0) -> dv_scaling {
        dv_scaling(factors: factors.base + group * padded, terms: terms.base + group * padded, scale: sources[source].base[0])
    }

    /// The importance of the sums, by that of what is made of them.
    func importance(ofSumsFrom importance: [Float], _ layer: LayerStatistics) -> [Float] {
        let square = layer.meanSquares(layer.sources[source])[0]
        return importance.indices.map { importance[$0] * square * factors.base[place($0)] * factors.base[place($0)] }
    }

    /// Of scale and zero point. All outputs move with the scale, in proportion.
    func importance(ofScaleFrom importance: [Float], _ layer: LayerStatistics) -> [Float] {
        let square = max(layer.meanSquares(layer.sources[source])[0], .leastNormalMagnitude), d = layer.destination
        let moved = zip(importance, layer.meanSquares(d)).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        return [moved * Float(d.height * d.width) / square, 0]
    }
}
