import CKernels

/// A 3×3 convolution of stride 1 by Winograd's F(2×2, 3×3): 4 products an output instead of 9, and the transformations. Same pixel, same
/// bits, whatever is computed with it. In a lower precision the transformed sources and weights are rounded. Scratch of at most half a
/// megabyte lives as long as a call.
final class WinogradKernel: SpatialKernel, @unchecked Sendable {
    private let layer: dv_winograd
    private let hasResidual: Bool
    let activation: Unary.Function
    private let addsAfterActivation: Bool
    private let weights: PackedWords
    private let bias: AlignedFloats
    private let scaling: SumScaling?
    private let levelScaling: LevelScaling?
    private let panels: UnsafeMutablePointer<dv_panel>
    private let scratchFloats: Int
    /// By source channel and output: the sum of the taps' squares.
    private let gains: [Float]
    private let padTop, padLeft: Int

    /// Below so many channels on either side the transformations cost more than the products that they save.
    private static let leastChannels = (floats: 32, rounded: 48)
    /// Floats of transformed sources that stay in L2 beside the weights of a panel: 384 KB.
    private static let sourceFloats = 96 * 1024

    static func isWorthwhile(_ g: ConvolutionKernel.Geometry, _ rounding: Rounding = .none) -> Bool {
        let least = rounding.precision == .fp32 ? leastChannels.floats : leastChannels.rounded
        guard g.groups == 1, g.inputChannels >= least, g.outputChannels >= least else { return false }
        for axis in [g.rows, g.columns] {
            guard axis.kernel == 3, axis.stride == 1, axis.dilation == 1, axis.output >= 4, axis.output <= 8192 else { return false }
        }
        return true
    }

    /// `weights` is OIHW. With `scaling` there is no bias.
    init(
        _ g: ConvolutionKernel.Geometry, weights source: UnsafeBufferPointer<Float>, bias biasValues: [Float]?,
        activation: Unary.Function, addsAfterActivation: Bool, hasResidual: Bool, scaling: SumScaling? = nil,
        rounding choice: Rounding = .none
    ) {
        self.scaling = scaling
        (self.activation, self.addsAfterActivation, self.hasResidual) = (activation, addsAfterActivation, hasResidual)
        (padTop, padLeft) = (g.rows.padBegin, g.columns.padBegin)
        let ci = g.inputChannels, co = g.outputChannels, depth = (ci + 15) / 16 * 16, vectors = (co + 15) / 16
        let limit = Int(dv_panel_limit()), count = (vectors + limit - 1) / limit
        panels = .allocate(capacity: count)
        let precision = choice.precision, perWord = precision.numbersPerWord, words = depth / perWord
        let levels = choice.level.map { _ in WeightLevels(source, perChannel: ci * 9) }
        // Four times the transformed weights are whole.
        levelScaling = choice.level.map { LevelScaling(levels!, $0, bias: biasValues, groups: 1, share: 0.25) }
        weights = PackedWords(words: 16 * words * vectors * 16, precision)
        bias = AlignedFloats(count: vectors * 16)
        if let biasValues, levels == nil { bias.base.update(from: biasValues, count: co) }
        var offset = 0, first = 0, widest = 0
        for panel in 0..<count {
            // Panels of equal width rather than full ones and a narrow rest.
            let width = vectors / count + (panel < vectors % count ? 1 : 0)
            panels[panel] = dv_panel(first_vector: Int32(first), vectors: Int32(width), weights: Int64(offset))
            for o in first * 16..<min(co, (first + width) * 16) {
                for i in 0..<ci {
                    let own = UnsafeBufferPointer(rebasing: source[(o * ci + i) * 9..<(o * ci + i + 1) * 9])
                    let transformed =
                        levels.map { levels in own.map { 4 * levels.level(of: $0, channel: o) }.withUnsafeBufferPointer(Self.transform) }
                        ?? Self.transform(own)
                    for position in 0..<16 {
                        weights.set(
                            transformed[position], word: offset + (position * words + i / perWord) * width * 16 + o - first * 16,
                            number: i % perWord)
                    }
                }
            }
            offset += 16 * words * width * 16
            first += width
            widest = max(widest, width)
        }
        gains = (0..<ci * co).map { index in
            let taps = source.baseAddress! + (index % co * ci + index / co) * 9
            return (0..<9).reduce(0) { $0 + taps[$1] * taps[$1] }
        }
        let block = max(12, min(96, Self.sourceFloats / (16 * depth) / 12 * 12))
        scratchFloats = block * 16 * (words + widest * 16)
        var rounding = dv_rounding()
        rounding.precision = precision.kernel
        if let level = choice.level { (rounding.inverse, rounding.low, rounding.high) = (1 / level.scale, level.low, level.high) }
        layer = dv_winograd(
            depth: Int32(ci), channels: Int32(co), height: Int32(g.rows.output), width: Int32(g.columns.output),
            weights: weights.base, bias: UnsafePointer(bias.base), panels: UnsafePointer(panels), panel_count: Int32(count),
            activation: activation.kernel!, adds_after_activation: addsAfterActivation ? 1 : 0, block: Int32(block),
            scaling: levelScaling?.layer(after: 0) ?? dv_scaling(), rounding: rounding)
    }

    deinit { panels.deallocate() }

    /// G g Gᵀ of nine taps.
    private static func transform(_ g: UnsafeBufferPointer<Float>) -> InlineArray<16, Float> {
        func column(_ a: Float, _ b: Float, _ c: Float) -> (Float, Float, Float, Float) { (a, (a + b + c) / 2, (a - b + c) / 2, c) }
        let columns = (column(g[0], g[3], g[6]), column(g[1], g[4], g[7]), column(g[2], g[5], g[8]))
        let rows = (
            column(columns.0.0, columns.1.0, columns.2.0), column(columns.0.1, columns.1.1, columns.2.1),
            column(columns.0.2, columns.1.2, columns.2.2), column(columns.0.3, columns.1.3, columns.2.3)
        )
        return [
            rows.0.0, rows.0.1, rows.0.2, rows.0.3, rows.1.0, rows.1.1, rows.1.2, rows.1.3, rows.2.0, rows.2.1, rows.2.2, rows.2.3,
            rows.3.0, rows.3.1, rows.3.2, rows.3.3,
        ]
    }

    /// A tile.
    var period: Int { 2 }
    var channelSlices: Int { Int(layer.panel_count) }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        run(sources, destination, spans, isCompact, first: 0, last: channelSlices)
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, first: Int, last: Int) {
        run(sources, destination, spans, false, first: first, last: last)
    }

    private func run(
        _ sources: UnsafePointer<Image>, _ destination: Image, _ spans: UnsafeBufferPointer<dv_span>, _ isCompact: Bool, first: Int,
        last: Int
    ) {
        var source = sources[0], layer = layer
        if let scaling { layer.scaling = scaling.layer(sources) }
        source.base -= padTop * Int(source.row) + padLeft * Int(source.pixel)
        withUnsafeTemporaryAllocation(byteCount: scratchFloats * 4, alignment: 64) { scratch in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: Int(layer.width) / 2 + 1) { index in
                withUnsafePointer(to: layer) {
                    dv_convolve_winograd(
                        $0, source, destination, hasResidual ? sources[1] : Image(), spans.baseAddress, spans.count, Int32(first),
                        Int32(last),
                        isCompact ? 1 : 0, scratch.bindMemory(to: Float.self).baseAddress, index.baseAddress)
                }
            }
        }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let count = importance.count, density = layer.density
        let sums = scaling?.importance(ofSumsFrom: importance, layer) ?? importance
        let result = (0..<Int(self.layer.depth)).map { i in
            importance.indices.reduce(Float(0)) { $0 + gains[i * count + $1] * sums[$1] } * density
        }
        var all = [result]
        if hasResidual { all.append(layer.importance(ofResidualFrom: importance, addedAfterActivation: addsAfterActivation)) }
        if let scaling { all.append(scaling.importance(ofScaleFrom: importance, layer)) }
        return all
    }
}
