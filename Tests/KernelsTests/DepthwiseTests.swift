import CKernels
import Testing
import TestSupport

/// dv_convolve_depthwise against loops in double precision: the unrolled sizes and the general one.
struct DepthwiseTests {
    @Test(arguments: [1, 2, 3, 5, 7], [1, 2, 3])
    func matchesNaiveLoops(kernel: Int, stride: Int) {
        for round in 0..<12 {
            let seed = kernel * 1000 + stride * 100 + round
            var dice = Dice(seed)
            let channels = dice.pick([1, 3, 8, 15, 16, 17, 24, 58, 64, 65, 130])
            let kernelY = dice.chance(5) ? dice.pick([1, 3]) : kernel, strideY = dice.chance(5) ? 1 : stride
            let dilation = dice.pick([1, 1, 1, 2])
            let height = dice.int(1...5), width = dice.pick([1, 2, 3, 4, 7, 8, 9, 15, 21])
            let function = dice.pick(Function.all)
            let what =
                "seed \(seed): kernel \(kernelY)×\(kernel) stride \(strideY)×\(stride) dilation \(dilation) channels \(channels) output \(height)×\(width) \(function)"

            let source = Canvas(
                (height - 1) * strideY + (kernelY - 1) * dilation + 1, (width - 1) * stride + (kernel - 1) * dilation + 1, channels,
                pixel: channels + dice.int(0...20))
            source.randomize(&dice)
            let padded = (channels + 15) / 16 * 16
            var weights = [Float](repeating: 0, count: kernelY * kernel * padded), bias = [Float](repeating: 0, count: padded)
            for tap in 0..<kernelY * kernel { for c in 0..<channels { weights[tap * padded + c] = dice.nonZero() } }
            for c in 0..<channels { bias[c] = dice.nonZero() }
            // Sums that are scaled before the bias.
            let factors = round % 3 == 0 ? dice.floats(padded) : [], scale: Float = 0.7, zeros = [Float](repeating: 0, count: padded)

            func close(_ y: Int, _ x: Int, _ c: Int, _ value: Float) -> String? {
                var sum = Double(bias[c]), magnitude = abs(sum)
                for ky in 0..<kernelY {
                    for kx in 0..<kernel {
                        let term =
                            Double(source[y * strideY + ky * dilation, x * stride + kx * dilation, c])
                            * Double(weights[(ky * kernel + kx) * padded + c])
                        sum += term
                        magnitude += abs(term)
                    }
                }
                if !factors.isEmpty {
                    let factor = Double(factors[c] * scale)
                    sum = (sum - Double(bias[c])) * factor + Double(bias[c])
                    magnitude = magnitude * abs(factor) + abs(Double(bias[c]))
                }
                return near(value, function.exact(sum), function.allowance(sum, 1e-6 * magnitude))
            }
            ISA.each { isa in
                var spanDice = Dice(seed)
                let wrong = violation(height, width, channels, &spanDice, close: close) { destination, spans, compact in
                    withPointers(weights, bias, factors, zeros) { weights, bias, factors, zeros in
                        let isScaled = factors.count > 0
                        var layer = dv_depthwise(
                            kernel_height: Int32(kernelY), kernel_width: Int32(kernel), stride_x: Int32(stride),
                            tap_row: Int64(dilation * source.row), tap_pixel: Int64(dilation * source.pixel), weights: weights.baseAddress,
                            bias: isScaled ? zeros.baseAddress : bias.baseAddress, channels: Int32(channels),
                            source_row: Int64(strideY * source.row), source_pixel: Int64(stride * source.pixel),
                            activation: function.activation,
                            scaling: isScaled
                                ? dv_scaling(factors: factors.baseAddress, terms: bias.baseAddress, scale: scale) : dv_scaling())
                        dv_convolve_depthwise(&layer, source.image, destination, spans, spans.count, compact)
                    }
                }
                if let wrong { Issue.record("\(isa), \(what): \(wrong)") }
            }
        }
    }
}

private typealias Floats = UnsafeBufferPointer<Float>

private func withPointers(_ a: [Float], _ b: [Float], _ c: [Float], _ d: [Float], _ body: (Floats, Floats, Floats, Floats) -> Void) {
    a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in c.withUnsafeBufferPointer { c in d.withUnsafeBufferPointer { d in body(a, b, c, d) } } }
    }
}
