import CKernels

/// One filter per channel: groups = input channels = output channels.
final class DepthwiseKernel: SpatialKernel, @unchecked Sendable {
    let layer: dv_depthwise
    private let origin: (row: Int, pixel: Int)
    let weights: AlignedFloats
    let activation: Activation
    private let bias: AlignedFloats

    /// `weights` is [C, 1, H, W].
    init(
        _ g: ConvolutionKernel.Geometry, weights source: UnsafeBufferPointer<Float>, bias biasValues: [Float]?, source spec: BufferSpec,
        activation: Activation
    ) {
        self.activation = activation
        let channels = g.outputChannels, padded = (channels + 15) / 16 * 16, taps = g.kernelHeight * g.kernelWidth
        weights = AlignedFloats(count: taps * padded)
        bias = AlignedFloats(count: padded)
        for c in 0..<channels {
            for tap in 0..<taps { weights.base[tap * padded + c] = source[c * taps + tap] }
            if let biasValues { bias.base[c] = biasValues[c] }
        }
        origin = (g.padTop, g.padLeft)
        layer = dv_depthwise(
            kernel_height: Int32(g.kernelHeight), kernel_width: Int32(g.kernelWidth), stride_x: Int32(g.strideX),
            tap_row: Int64(g.dilationY * spec.row), tap_pixel: Int64(g.dilationX * spec.pixel),
            weights: UnsafePointer(weights.base), bias: UnsafePointer(bias.base), channels: Int32(channels),
            source_row: Int64(g.strideY * spec.row), source_pixel: Int64(g.strideX * spec.pixel), activation: activation.kernel)
    }

    var weightBytes: Int { weights.count * 4 }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        var source = sources[0]
        source.base -= origin.row * Int(source.row) + origin.pixel * Int(source.pixel)
        withUnsafePointer(to: layer) {
            dv_convolve_depthwise($0, source, destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
        }
    }
}
