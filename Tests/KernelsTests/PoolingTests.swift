import CKernels
import Testing
import TestSupport

struct PoolingTests {
    /// dv_pool against loops over the windows' positions: both kinds, dilation, padding counted or not.
    @Test func poolMatchesNaiveLoops() {
        for seed in 0..<150 {
            var dice = Dice(seed)
            let isMaximum = dice.chance(2), countsPadding = dice.chance(2)
            let kernel = (y: dice.int(1...4), x: dice.int(1...4)), stride = (y: dice.int(1...3), x: dice.int(1...3))
            let dilation = dice.chance(3) ? (y: 2, x: dice.int(1...2)) : (y: 1, x: 1)
            let pads = (
                top: dice.int(0...kernel.y - 1), left: dice.int(0...kernel.x - 1), bottom: dice.int(0...kernel.y - 1),
                right: dice.int(0...kernel.x - 1)
            )
            let extent = (y: (kernel.y - 1) * dilation.y + 1, x: (kernel.x - 1) * dilation.x + 1)
            let height = dice.int(extent.y...10), width = dice.int(extent.x...12)
            let channels = dice.pick([1, 3, 15, 16, 17, 63, 64, 65, 130])
            let source = Canvas(height, width, channels, pixel: channels + dice.int(0...9))
            source.randomize(&dice)

            func close(_ y: Int, _ x: Int, _ c: Int, _ value: Float) -> String? {
                var seen: [Float] = []
                for ky in 0..<kernel.y {
                    for kx in 0..<kernel.x {
                        let sy = y * stride.y - pads.top + ky * dilation.y, sx = x * stride.x - pads.left + kx * dilation.x
                        if sy >= 0, sy < height, sx >= 0, sx < width { seen.append(source[sy, sx, c]) }
                    }
                }
                if seen.isEmpty { return nil }
                if isMaximum { return value == seen.max()! ? nil : "\(value) instead of \(seen.max()!)" }
                let divisor = countsPadding ? kernel.y * kernel.x : seen.count
                return near(value, seen.reduce(0.0) { $0 + Double($1) } / Double(divisor), 1e-6)
            }
            var layer = dv_pooling(
                kind: isMaximum ? DV_POOL_MAXIMUM : DV_POOL_AVERAGE, kernel_height: Int32(kernel.y), kernel_width: Int32(kernel.x),
                stride_y: Int32(stride.y), stride_x: Int32(stride.x), dilation_y: Int32(dilation.y), dilation_x: Int32(dilation.x),
                pad_top: Int32(pads.top), pad_left: Int32(pads.left), height: Int32(height), width: Int32(width),
                pad_bottom: Int32(pads.bottom),
                pad_right: Int32(pads.right), counts_padding: countsPadding ? 1 : 0, channels: Int32(channels))
            ISA.each { isa in
                var spanDice = Dice(seed)
                let wrong = violation(
                    (height + pads.top + pads.bottom - extent.y) / stride.y + 1, (width + pads.left + pads.right - extent.x) / stride.x + 1,
                    channels, &spanDice, close: close
                ) { destination, spans, compact in dv_pool(&layer, source.image, destination, spans, spans.count, compact) }
                if let wrong {
                    Issue.record(
                        "\(isa), seed \(seed): \(isMaximum ? "maximum" : "average") kernel \(kernel) stride \(stride) dilation \(dilation) pads \(pads) on \(height)×\(width)×\(channels): \(wrong)"
                    )
                }
            }
        }
    }

    @Test(arguments: [1, 3, 16, 17, 64, 130], [1, 7, 40])
    func globalPoolTakesEveryPixelOfItsChannels(channels: Int, height: Int) {
        var dice = Dice(channels * 100 + height)
        let width = dice.int(1...33), source = Canvas(height, width, channels, pixel: channels + dice.int(0...5))
        source.randomize(&dice)
        let first = channels > 20 ? 16 : 0
        ISA.each { isa in
            for kind in [DV_POOL_MAXIMUM, DV_POOL_AVERAGE] {
                var result = [Float](repeating: Float(bitPattern: Canvas.guardBits), count: channels + 32)
                // Channel c of the image goes to result[c].
                dv_global_pool(kind, Int32(height), Int32(width), Int32(first), Int32(channels), source.image, &result)
                for c in 0..<result.count {
                    guard c >= first, c < channels else {
                        #expect(result[c].bitPattern == Canvas.guardBits, "\(isa): channel \(c) of [\(first), \(channels)) was written")
                        continue
                    }
                    var sum = 0.0, largest = -Float.infinity
                    for y in 0..<height {
                        for x in 0..<width {
                            sum += Double(source[y, x, c])
                            largest = max(largest, source[y, x, c])
                        }
                    }
                    let wrong =
                        kind == DV_POOL_MAXIMUM ? near(result[c], Double(largest), 0) : near(result[c], sum / Double(height * width), 1e-6)
                    if let wrong { Issue.record("\(isa), \(height)×\(width), channel \(c): \(wrong)") }
                }
            }
        }
    }
}
