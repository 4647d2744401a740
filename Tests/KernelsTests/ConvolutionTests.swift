import CKernels
import Testing
import TestSupport

/// dv_convolve against seven nested loops in double precision.
struct ConvolutionTests {
    struct Layer: CustomStringConvertible {
        let seed: Int, kernel: (y: Int, x: Int), stride: (y: Int, x: Int), dilation: (y: Int, x: Int)
        let inputs: Int, outputs: Int, height: Int, width: Int
        /// Kernel rows are read as one run of memory.
        let isContiguous: Bool
        let function: Function
        /// Where a residual is added: nil, before (false) or after (true) the activation.
        let residualAfter: Bool?
        let block: Int

        init(seed: Int, kernel: Int, stride: Int, inputs: Int, outputs: Int, _ dice: inout Dice) {
            (self.seed, self.inputs, self.outputs) = (seed, inputs, outputs)
            self.kernel = dice.chance(4) ? (kernel, dice.pick([1, 3])) : (kernel, kernel)
            self.stride = dice.chance(4) ? (stride, dice.int(1...3)) : (stride, stride)
            isContiguous = dice.chance(2)
            dilation = (dice.pick([1, 1, 2]), isContiguous ? 1 : dice.pick([1, 1, 2, 3]))
            (height, width) = (dice.int(1...4), dice.pick([1, 2, 5, 6, 7, 11, 13]))
            function = dice.pick(Function.all)
            residualAfter = dice.pick([nil, false, true])
            block = dice.pick([1, 5, 48, 768, 4000])
        }

        var description: String {
            "seed \(seed): kernel \(kernel) stride \(stride) dilation \(dilation) channels \(inputs)→\(outputs) output \(height)×\(width) "
                + "\(isContiguous ? "contiguous" : "tap by tap") \(function) residual \(residualAfter.map { $0 ? "after" : "before" } ?? "none") block \(block)"
        }
    }

    @Test(arguments: [1, 3, 5, 6], [1, 2, 3])
    func matchesNaiveLoops(kernel: Int, stride: Int) {
        for round in 0..<14 {
            let seed = kernel * 1000 + stride * 100 + round
            var dice = Dice(seed)
            let channels = [1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 48, 64, 65, 80, 96, 127, 130]
            let many = dice.pick(channels), few = dice.int(1...24)
            check(
                Layer(
                    seed: seed, kernel: kernel, stride: stride, inputs: round % 2 == 0 ? many : few, outputs: round % 2 == 0 ? few : many,
                    &dice), &dice)
        }
    }

    private func check(_ layer: Layer, _ dice: inout Dice) {
        let source = Canvas(
            (layer.height - 1) * layer.stride.y + (layer.kernel.y - 1) * layer.dilation.y + 1,
            (layer.width - 1) * layer.stride.x + (layer.kernel.x - 1) * layer.dilation.x + 1, layer.inputs,
            pixel: layer.isContiguous ? nil : layer.inputs + dice.int(0...9))
        source.randomize(&dice)
        let residual = Canvas(layer.height, layer.width, layer.outputs, pixel: layer.outputs + dice.int(0...5))
        residual.randomize(&dice)
        let weights = dice.floats(layer.outputs * layer.kernel.y * layer.kernel.x * layer.inputs), bias = dice.floats(layer.outputs)
        let factors = dice.chance(3) ? dice.floats(layer.outputs) : [], scale: Float = 0.7
        let sums = Self.sums(layer, source, weights, bias)
        func close(_ y: Int, _ x: Int, _ o: Int, _ value: Float) -> String? {
            var (sum, magnitude) = sums[(y * layer.width + x) * layer.outputs + o]
            if !factors.isEmpty { sum = (sum - Double(bias[o])) * Double(factors[o] * scale) + Double(bias[o]) }
            if layer.residualAfter == false { sum += Double(residual[y, x, o]) }
            let added = layer.residualAfter == true ? Double(residual[y, x, o]) : 0
            return near(value, layer.function.exact(sum) + added, layer.function.allowance(sum, 1e-6 * (magnitude + 1)))
        }
        ISA.each { isa in
            let packed = PackedConvolution(layer, source: source, weights: weights, bias: bias, factors: factors, scale: scale)
            let residualImage = layer.residualAfter == nil ? dv_image() : residual.image
            var spanDice = Dice(layer.seed)
            let cut = spanDice.int(0...packed.panelCount)
            let wrong = violation(layer.height, layer.width, layer.outputs, &spanDice, close: close) { destination, spans, compact in
                packed.run(source.image, destination, residualImage, spans, 0, cut, compact)
                packed.run(source.image, destination, residualImage, spans, cut, packed.panelCount, compact)
            }
            if let wrong { Issue.record("\(isa), \(layer), panels cut at \(cut) of \(packed.panelCount): \(wrong)") }
        }
    }

    /// Per output, bias plus products, and their magnitudes' sum, which bounds the rounding error.
    private static func sums(_ l: Layer, _ source: Canvas, _ weights: [Float], _ bias: [Float]) -> [(sum: Double, magnitude: Double)] {
        var result: [(sum: Double, magnitude: Double)] = []
        for y in 0..<l.height {
            for x in 0..<l.width {
                for o in 0..<l.outputs {
                    var sum = Double(bias[o]), magnitude = abs(sum)
                    for ky in 0..<l.kernel.y {
                        for kx in 0..<l.kernel.x {
                            for i in 0..<l.inputs {
                                let product =
                                    Double(weights[((o * l.kernel.y + ky) * l.kernel.x + kx) * l.inputs + i])
                                    * Double(source[y * l.stride.y + ky * l.dilation.y, x * l.stride.x + kx * l.dilation.x, i])
                                sum += product
                                magnitude += abs(product)
                            }
                        }
                    }
                    result.append((sum, magnitude))
                }
            }
        }
        return result
    }
}
