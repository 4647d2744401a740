import CKernels

/// Weights in panels, as the planner packs them for the selected instruction set.
final class PackedConvolution {
    let panelCount: Int
    private var layer = dv_convolution()
    private var taps: [Int64] = [], weights: [Float] = [], bias: [Float], panels: [dv_panel] = []
    /// One a channel, and the scale that multiplies them: sums are scaled, and `bias` comes after that.
    private let factors: [Float]

    /// - Parameter given: [output][kernel row][kernel column][input].
    init(
        _ l: ConvolutionTests.Layer, source: Canvas, weights given: [Float], bias: [Float], factors: [Float] = [], scale: Float = 1
    ) {
        let vectors = (l.outputs + 15) / 16, limit = Int(dv_panel_limit())
        panelCount = (vectors + limit - 1) / limit
        self.bias = bias + [Float](repeating: 0, count: vectors * 16 - bias.count)
        self.factors = factors.isEmpty ? [] : factors + [Float](repeating: 0, count: vectors * 16 - factors.count)
        layer.scaling.scale = scale
        for y in 0..<l.kernel.y {
            for x in 0..<(l.isContiguous ? 1 : l.kernel.x) {
                taps.append(Int64(y * l.dilation.y * source.row + x * l.dilation.x * source.pixel))
            }
        }
        let depth = l.isContiguous ? l.kernel.x * l.inputs : l.inputs
        var first = 0
        for panel in 0..<panelCount {
            let count = vectors / panelCount + (panel < vectors % panelCount ? 1 : 0)
            panels.append(dv_panel(first_vector: Int32(first), vectors: Int32(count), weights: Int64(weights.count)))
            for k in 0..<taps.count * depth {
                for o in first * 16..<(first + count) * 16 { weights.append(o < l.outputs ? given[o * taps.count * depth + k] : 0) }
            }
            first += count
        }
        layer.taps = Int32(taps.count)
        layer.depth = Int32(depth)
        layer.panel_count = Int32(panelCount)
        layer.channels = Int32(l.outputs)
        layer.source_row = Int64(l.stride.y * source.row)
        layer.source_pixel = Int64(l.stride.x * source.pixel)
        layer.activation = l.function.activation
        layer.adds_after_activation = l.residualAfter == true ? 1 : 0
        layer.block = Int32(l.block)
    }

    func run(
        _ source: dv_image, _ destination: dv_image, _ residual: dv_image, _ spans: [dv_span], _ first: Int, _ last: Int, _ compact: Int32
    ) {
        taps.withUnsafeBufferPointer { taps in
            weights.withUnsafeBufferPointer { weights in
                bias.withUnsafeBufferPointer { bias in
                    panels.withUnsafeBufferPointer { panels in
                        layer.tap_offsets = taps.baseAddress
                        layer.weights = weights.baseAddress
                        layer.bias = bias.baseAddress
                        layer.panels = panels.baseAddress
                        guard !factors.isEmpty else {
                            return dv_convolve(
                                &layer, source, destination, residual, spans, spans.count, Int32(first), Int32(last), compact)
                        }
                        factors.withUnsafeBufferPointer { factors in
                            [Float](repeating: 0, count: factors.count).withUnsafeBufferPointer { zeros in
                                layer.bias = zeros.baseAddress
                                (layer.scaling.factors, layer.scaling.terms) = (factors.baseAddress, bias.baseAddress)
                                dv_convolve(
                                    &layer, source, destination, residual, spans, spans.count, Int32(first), Int32(last), compact)
                            }
                        }
                    }
                }
            }
        }
    }
}
