import CKernels

/// A 2-D convolution (any groups, dilation, stride) whose sources and weights are rounded before they are multiplied. What a block of output
/// pixels reads is rounded into scratch, once for all output channels; sums, bias, activation and the images are floats.
///
/// Same pixel, same bits, whatever is computed with it. Scratch lives as long as a call.
final class RoundedConvolutionKernel: SpatialKernel, @unchecked Sendable {
    private struct Group {
        let layer: dv_convolution
        let sourceOffset, destinationOffset: Int
    }

    private let groups: [Group]
    private let rounding: dv_rounding
    private let origin: (row: Int, pixel: Int)
    private let hasResidual: Bool
    let activation: Unary.Function
    private let addsAfterActivation: Bool
    private let weights: PackedWords
    private let bias: AlignedFloats
    /// Of whole numbers: by output channel, the scales of the weights and what the sums are multiplied with.
    private let levels: WeightLevels?
    private let scaling: LevelScaling?
    private let taps: UnsafeMutablePointer<Int64>
    private let panels: UnsafeMutablePointer<dv_panel>
    private let panelCount: Int

    /// Words of rounded sources that stay in L2 beside the weights of a panel: 64 KB.
    private static let scratchWords = 16 * 1024
    /// Output pixels: as few as keep all accumulators busy, as many as the kernels take.
    private static let blocks = 24...768

    /// Whether rounding costs less than its products save, by the instructions of an output pixel: narrow layers have few products for a number,
    /// and a few channels of each pixel are rounded one pixel at a time.
    static func isWorthwhile(_ g: ConvolutionKernel.Geometry, _ rounding: Rounding, source spec: BufferSpec) -> Bool {
        let ci = g.inputChannels / g.groups, co = g.outputChannels / g.groups, window = g.rows.kernel * g.columns.kernel
        let perWord = rounding.precision.numbersPerWord, isWhole = rounding.level != nil
        guard ci * window <= mostNumbers else { return false }
        let isTight = ci == spec.pixel && (isWhole || ci % perWord == 0)
        let stride = g.columns.kernel == 1 ? 1 : g.columns.stride, vectors = Double((co + 15) / 16)
        let words = Double(isTight ? (g.columns.kernel * ci + perWord - 1) / perWord : g.columns.kernel * ((ci + perWord - 1) / perWord))
        let numbers = Double(stride * ci), costs = isWhole ? perWord == 4 ? Cost.bytes : .int16 : .bf16
        let roundings = numbers * costs.number + (isTight ? 0 : Double(stride) * costs.pixel)
        let rounded = Double(g.rows.kernel) * (words * vectors * costs.product + roundings)
        return rounded < Double(window * ci) * vectors * 0.95
    }

    /// In products of floats of 16 channels. Measured on Zen 4.
    private struct Cost {
        /// Of a word by 16 channels, of rounding a number, and of rounding the channels of a pixel by themselves.
        let product, number, pixel: Double
        static let bf16 = Cost(product: 1, number: 0.2, pixel: 10), bytes = Cost(product: 1, number: 0.3, pixel: 10)
        static let int16 = Cost(product: 1.3, number: 0.5, pixel: 12)
    }

    /// So many products of 255 · 127 are exact in 32 bits.
    private static let mostNumbers = 1 << 16

    /// `weights` is OIHW with I = inputChannels / groups.
    init(
        _ g: ConvolutionKernel.Geometry, weights source: UnsafeBufferPointer<Float>, bias biasValues: [Float]?, source spec: BufferSpec,
        activation: Unary.Function, addsAfterActivation: Bool, hasResidual: Bool, rounding choice: Rounding
    ) {
        (self.activation, self.addsAfterActivation, self.hasResidual) = (activation, addsAfterActivation, hasResidual)
        let ci = g.inputChannels / g.groups, co = g.outputChannels / g.groups
        let precision = choice.precision, perWord = precision.numbersPerWord, level = choice.level
        // Columns side by side as in the image, or each in words of its own. Of floats a word's last number must not be another pixel's: zero
        // times what is no number is none.
        let isTight = ci == spec.pixel && (choice.level != nil || ci % perWord == 0) && (g.columns.kernel > 1 || g.columns.stride == 1)
        let numbers = isTight ? ci : (ci + perWord - 1) / perWord * perWord
        // A kernel row is one run of numbers, unless its taps lie apart.
        let isRun = g.columns.dilation == 1 || g.columns.kernel == 1
        let tapCount = isRun ? g.rows.kernel : g.rows.kernel * g.columns.kernel
        let runNumbers = isRun ? g.columns.kernel * numbers : numbers, depth = (runNumbers + perWord - 1) / perWord
        // With one column a window, those that a stride passes over are left out.
        let stride = g.columns.kernel == 1 ? 1 : g.columns.stride, columns = g.columns.window
        let pixelNumbers = g.rows.kernel * stride * numbers
        let block = min(max(Self.scratchWords * perWord / max(1, pixelNumbers) / 12 * 12, Self.blocks.lowerBound), Self.blocks.upperBound)
        let plane = (block * max(columns, stride) * numbers + 63) / 64 * 64
        rounding = dv_rounding(
            precision: precision.kernel, channels: Int32(ci), numbers: Int32(numbers), rows: Int32(g.rows.kernel),
            columns: Int32(columns), stride: Int32(stride), row_step: Int64(g.rows.dilation * spec.row),
            column_step: Int64(g.columns.kernel == 1 ? g.columns.stride * spec.pixel : spec.pixel), plane: Int64(plane),
            inverse: level.map { 1 / $0.scale } ?? 1, low: level?.low ?? 0, high: level?.high ?? 0, zero_point: Int32(-(level?.low ?? 0)))
        taps = .allocate(capacity: tapCount)
        for tap in 0..<tapCount {
            let (y, x) = isRun ? (tap, 0) : (tap / g.columns.kernel, tap % g.columns.kernel)
            taps[tap] = Int64(y * plane + x * g.columns.dilation * numbers)
        }
        let vectors = (co + 15) / 16, limit = Int(dv_panel_limit())
        panelCount = (vectors + limit - 1) / limit
        panels = .allocate(capacity: panelCount * g.groups)
        weights = PackedWords(words: g.groups * vectors * 16 * tapCount * depth, precision)
        bias = AlignedFloats(count: g.groups * vectors * 16)
        let levels = level.map { _ in WeightLevels(source, perChannel: ci * g.rows.kernel * g.columns.kernel) }
        scaling = level.map { LevelScaling(levels!, $0, bias: biasValues, groups: g.groups) }
        self.levels = levels
        origin = (g.rows.padBegin, g.columns.padBegin)
        var groups: [Group] = [], offset = 0, offsets = [Int32](repeating: 0, count: g.outputChannels)
        for group in 0..<g.groups {
            let groupStart = offset
            var first = 0
            for panel in 0..<panelCount {
                // Panels of equal width rather than full ones and a narrow rest.
                let count = vectors / panelCount + (panel < vectors % panelCount ? 1 : 0)
                panels[group * panelCount + panel] = dv_panel(
                    first_vector: Int32(first), vectors: Int32(count), weights: Int64(offset - groupStart))
                for tap in 0..<tapCount {
                    for word in 0..<depth {
                        for number in 0..<perWord {
                            let place = word * perWord + number, i = place % numbers, y = isRun ? tap : tap / g.columns.kernel
                            guard place < runNumbers, i < ci else { continue }
                            let x = isRun ? place / numbers : tap % g.columns.kernel
                            for index in 0..<min(count * 16, co - first * 16) {
                                let o = group * co + first * 16 + index
                                let weight = source[((o * ci + i) * g.rows.kernel + y) * g.columns.kernel + x]
                                let rounded = levels?.level(of: weight, channel: o) ?? weight
                                weights.set(rounded, word: offset + index, number: number)
                                // Bytes have no sign: each is larger than the level by as many as are below zero.
                                if let level, perWord == 4 { offsets[o] += Int32(rounded) * Int32(level.low) }
                            }
                        }
                        offset += count * 16
                    }
                }
                first += count
            }
            for o in 0..<co {
                let channel = group * co + o, whole = Float(bitPattern: UInt32(bitPattern: offsets[channel]))
                bias.base[group * vectors * 16 + o] = levels == nil ? biasValues?[channel] ?? 0 : whole
            }
            groups.append(
                Group(
                    layer: dv_convolution(
                        taps: Int32(tapCount), depth: Int32(depth), tap_offsets: UnsafePointer(taps),
                        weights: weights.base + groupStart, bias: UnsafePointer(bias.base + group * vectors * 16),
                        panels: UnsafePointer(panels + group * panelCount), panel_count: Int32(panelCount), channels: Int32(co),
                        source_row: Int64(g.rows.stride * spec.row), source_pixel: Int64(g.columns.stride * spec.pixel),
                        activation: activation.kernel!, adds_after_activation: addsAfterActivation ? 1 : 0, block: Int32(block),
                        scaling: scaling?.layer(after: group * vectors) ?? dv_scaling()),
                    sourceOffset: group * ci, destinationOffset: group * co))
        }
        self.groups = groups
    }

    deinit {
        taps.deallocate()
        panels.deallocate()
    }

    var channelSlices: Int { groups.count == 1 ? panelCount : groups.count }

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
        var source = sources[0], rounding = rounding
        source.base -= origin.row * Int(source.row) + origin.pixel * Int(source.pixel)
        // Slices are the panels of the only group, or the groups.
        let isSingle = groups.count == 1
        let words = Int(rounding.rows) * Int(rounding.plane) / weights.numbersPerWord + 2 * BufferSpec.slack
        withUnsafeTemporaryAllocation(byteCount: words * 4, alignment: 64) { scratch in
            for group in isSingle ? groups[...] : groups[first..<last] {
                var from = source, to = destination, residual = hasResidual ? sources[1] : Image(), layer = group.layer
                from.base += group.sourceOffset
                to.base += group.destinationOffset
                if hasResidual { residual.base += group.destinationOffset }
                dv_convolve_rounded(
                    &rounding, &layer, from, to, residual, spans.baseAddress, spans.count, Int32(isSingle ? first : 0),
                    Int32(isSingle ? last : panelCount), isCompact ? 1 : 0, scratch.bindMemory(to: Float.self).baseAddress)
            }
        }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        var result = [Float](repeating: 0, count: layer.sources[0].channels)
        let perWord = weights.numbersPerWord, channels = Int(rounding.channels), numbers = Int(rounding.numbers)
        for (index, group) in groups.enumerated() {
            for panel in UnsafeBufferPointer(start: panels + index * panelCount, count: panelCount) {
                let width = Int(panel.vectors) * 16, first = Int(panel.first_vector) * 16
                let count = min(width, Int(group.layer.channels) - first)
                var word = group.layer.weights - weights.base + Int(panel.weights)
                for _ in 0..<Int(group.layer.taps) {
                    for k in 0..<Int(group.layer.depth) {
                        for number in 0..<perWord {
                            let i = (k * perWord + number) % numbers
                            guard i < channels else { continue }
                            var sum: Float = 0
                            for index in 0..<count {
                                let channel = group.destinationOffset + first + index
                                let weight = weights.value(word: word + index, number: number) * (levels?.scales[channel] ?? 1)
                                sum += weight * weight * importance[channel]
                            }
                            result[group.sourceOffset + i] += sum
                        }
                        word += width
                    }
                }
            }
        }
        let density = layer.density
        for c in result.indices { result[c] *= density }
        guard hasResidual else { return [result] }
        return [result, layer.importance(ofResidualFrom: importance, addedAfterActivation: addsAfterActivation)]
    }
}
