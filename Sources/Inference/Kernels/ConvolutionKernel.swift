import CKernels

/// A 2-D convolution (any groups, dilation, stride) with packed weights.
final class ConvolutionKernel: SpatialKernel, @unchecked Sendable {
    struct Geometry {
        var rows = SpatialGeometry.Axis.one
        var columns = SpatialGeometry.Axis.one
        var groups = 1
        var inputChannels: Int, outputChannels: Int
    }

    struct Group {
        var layer: dv_convolution
        let sourceOffset: Int
        let destinationOffset: Int
    }

    let groups: [Group]
    private let origin: (row: Int, pixel: Int)
    let hasResidual: Bool
    let activation: Unary.Function
    let addsAfterActivation: Bool
    /// Source channels that a group reads.
    let groupChannels: Int
    let weights: AlignedFloats
    private let bias: AlignedFloats
    private let scaling: SumScaling?
    private let taps: UnsafeMutablePointer<Int64>
    let panels: UnsafeMutablePointer<dv_panel>
    let panelCount: Int

    /// `weights` is OIHW with I = inputChannels / groups. With `scaling` there is no bias.
    init(
        _ geometry: Geometry, weights source: UnsafeBufferPointer<Float>, bias biasValues: [Float]?, source spec: BufferSpec,
        activation: Unary.Function, addsAfterActivation: Bool, hasResidual: Bool, scaling: SumScaling? = nil
    ) {
        (self.hasResidual, self.activation, self.addsAfterActivation) = (hasResidual, activation, addsAfterActivation)
        self.scaling = scaling
        groupChannels = geometry.inputChannels / geometry.groups
        let g = geometry
        let ci = g.inputChannels / g.groups, co = g.outputChannels / g.groups
        // A kernel row is one run where the taps of neighboring pixels follow each other in memory.
        let isContiguous = ci == spec.pixel && g.groups == 1 && (g.columns.dilation == 1 || g.columns.kernel == 1)
        let tapCount = isContiguous ? g.rows.kernel : g.rows.kernel * g.columns.kernel
        let depth = isContiguous ? g.columns.kernel * ci : ci
        taps = .allocate(capacity: tapCount)
        for tap in 0..<tapCount {
            let (y, x) = isContiguous ? (tap, 0) : (tap / g.columns.kernel, tap % g.columns.kernel)
            taps[tap] = Int64(y * g.rows.dilation * spec.row + x * g.columns.dilation * spec.pixel)
        }
        // Panels of equal width rather than full ones and a narrow rest.
        let vectors = (co + 15) / 16, limit = Int(dv_panel_limit())
        panelCount = (vectors + limit - 1) / limit
        panels = .allocate(capacity: panelCount * g.groups)
        weights = AlignedFloats(count: g.groups * vectors * 16 * tapCount * depth)
        bias = AlignedFloats(count: g.groups * vectors * 16)
        origin = (g.rows.padBegin, g.columns.padBegin)
        var offset = 0
        var groups: [Group] = []
        let isSmall = panelCount <= 2 && vectors * 16 * tapCount * depth * 4 <= Self.smallWeightBytes && !hasResidual
        // Otherwise L2 holds a block's source beside a panel's weights.
        let sourceFloats = max(1, spec.pixel * g.rows.stride * g.columns.stride)
        let block = isSmall ? 24 : max(48, min(768, 384 * 1024 / 4 / sourceFloats / 24 * 24))
        for group in 0..<g.groups {
            let groupStart = offset
            var first = 0
            for panel in 0..<panelCount {
                let count = vectors / panelCount + (panel < vectors % panelCount ? 1 : 0)
                panels[group * panelCount + panel] = dv_panel(
                    first_vector: Int32(first), vectors: Int32(count), weights: Int64(offset - groupStart))
                for tap in 0..<tapCount {
                    for k in 0..<depth {
                        let (y, x, i) =
                            isContiguous
                            ? (tap, k / ci, k % ci) : (tap / g.columns.kernel, tap % g.columns.kernel, k)
                        for index in 0..<min(count * 16, co - first * 16) {
                            let o = group * co + first * 16 + index
                            weights.base[offset + index] = source[((o * ci + i) * g.rows.kernel + y) * g.columns.kernel + x]
                        }
                        offset += count * 16
                    }
                }
                first += count
            }
            if let biasValues { for o in 0..<co { bias.base[group * vectors * 16 + o] = biasValues[group * co + o] } }
            groups.append(
                Group(
                    layer: dv_convolution(
                        taps: Int32(tapCount), depth: Int32(depth), tap_offsets: UnsafePointer(taps),
                        weights: UnsafePointer(weights.base + groupStart), bias: UnsafePointer(bias.base + group * vectors * 16),
                        panels: UnsafePointer(panels + group * panelCount), panel_count: Int32(panelCount), channels: Int32(co),
                        source_row: Int64(g.rows.stride * spec.row), source_pixel: Int64(g.columns.stride * spec.pixel),
                        activation: activation.kernel!, adds_after_activation: addsAfterActivation ? 1 : 0, block: Int32(block),
                        scaling: dv_scaling()),
                    sourceOffset: group * ci, destinationOffset: group * co))
        }
        self.groups = groups
    }

    /// Weights that L1 has room for, beside all that a few pixels read and write, need not be read seldom: panels then take turns every few
    /// pixels, and cache lines that two of them write stay in L1 meanwhile. More panels than two, or a residual, are more streams than the
    /// CPU fetches ahead; one panel after the other is then faster.
    private static let smallWeightBytes = 4096

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
        var source = sources[0]
        source.base -= origin.row * Int(source.row) + origin.pixel * Int(source.pixel)
        // Slices are the panels of the only group, or the groups.
        let isSingle = groups.count == 1
        for index in isSingle ? groups.indices : first..<last {
            let group = groups[index]
            var from = source, to = destination, residual = hasResidual ? sources[1] : Image(), layer = group.layer
            from.base += group.sourceOffset
            to.base += group.destinationOffset
            if hasResidual { residual.base += group.destinationOffset }
            if let scaling { layer.scaling = scaling.layer(sources, group: index) }
            withUnsafePointer(to: layer) {
                dv_convolve(
                    $0, from, to, residual, spans.baseAddress, spans.count, Int32(isSingle ? first : 0),
                    Int32(isSingle ? last : panelCount), isCompact ? 1 : 0)
            }
        }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let sums = scaling?.importance(ofSumsFrom: importance, layer) ?? importance
        var result = [Float](repeating: 0, count: layer.sources[0].channels)
        for (index, group) in groups.enumerated() {
            for panel in 0..<panelCount {
                let layout = panels[index * panelCount + panel], width = Int(layout.vectors) * 16
                let first = Int(layout.first_vector) * 16, count = min(width, Int(group.layer.channels) - first)
                guard count > 0 else { continue }
                var packed = group.layer.weights + Int(layout.weights)
                for _ in 0..<Int(group.layer.taps) {
                    for k in 0..<Int(group.layer.depth) {
                        var sum: Float = 0
                        for index in 0..<count {
                            sum += packed[index] * packed[index] * sums[group.destinationOffset + first + index]
                        }
                        result[group.sourceOffset + k % groupChannels] += sum
                        packed += width
                    }
                }
            }
        }
        let density = layer.density
        for c in result.indices { result[c] *= density }
        var all = [result]
        if hasResidual { all.append(layer.importance(ofResidualFrom: importance, addedAfterActivation: addsAfterActivation)) }
        if let scaling { all.append(scaling.importance(ofScaleFrom: importance, layer)) }
        return all
    }
}

/// One filter per channel: groups = input channels = output channels.
final class DepthwiseKernel: SpatialKernel, @unchecked Sendable {
    let layer: dv_depthwise
    private let origin: (row: Int, pixel: Int)
    let weights: AlignedFloats
    let activation: Unary.Function
    private let bias: AlignedFloats
    private let scaling: SumScaling?

    /// `weights` is [C, 1, H, W]. With `scaling` there is no bias.
    init(
        _ g: ConvolutionKernel.Geometry, weights source: UnsafeBufferPointer<Float>, bias biasValues: [Float]?, source spec: BufferSpec,
        activation: Unary.Function, scaling: SumScaling? = nil
    ) {
        (self.activation, self.scaling) = (activation, scaling)
        let channels = g.outputChannels, padded = (channels + 15) / 16 * 16, taps = g.rows.kernel * g.columns.kernel
        weights = AlignedFloats(count: taps * padded)
        bias = AlignedFloats(count: padded)
        for c in 0..<channels {
            for tap in 0..<taps { weights.base[tap * padded + c] = source[c * taps + tap] }
            if let biasValues { bias.base[c] = biasValues[c] }
        }
        origin = (g.rows.padBegin, g.columns.padBegin)
        layer = dv_depthwise(
            kernel_height: Int32(g.rows.kernel), kernel_width: Int32(g.columns.kernel), stride_x: Int32(g.columns.stride),
            tap_row: Int64(g.rows.dilation * spec.row), tap_pixel: Int64(g.columns.dilation * spec.pixel),
            weights: UnsafePointer(weights.base), bias: UnsafePointer(bias.base), channels: Int32(channels),
            source_row: Int64(g.rows.stride * spec.row), source_pixel: Int64(g.columns.stride * spec.pixel), activation: activation.kernel!,
            scaling: dv_scaling())
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        var source = sources[0]
        source.base -= origin.row * Int(source.row) + origin.pixel * Int(source.pixel)
        var layer = layer
        if let scaling { layer.scaling = scaling.layer(sources) }
        withUnsafePointer(to: layer) {
            dv_convolve_depthwise($0, source, destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
        }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let channels = importance.count, padded = (channels + 15) / 16 * 16
        let taps = Int(self.layer.kernel_height * self.layer.kernel_width)
        let sums = scaling?.importance(ofSumsFrom: importance, layer) ?? importance
        let result = sums.indices.map { c in
            let gain = (0..<taps).reduce(Float(0)) { $0 + weights.base[$1 * padded + c] * weights.base[$1 * padded + c] }
            return gain * sums[c] * layer.density
        }
        return [result] + (scaling.map { [$0.importance(ofScaleFrom: importance, layer)] } ?? [])
    }
}
