import CKernels
import Testing
import TestSupport

struct QuantizeTests {
    private static let channels = [1, 2, 3, 15, 16, 17, 33, 64, 130]

    @Test func extremesAreThoseOfARowAndZero() {
        for seed in 0..<120 {
            var dice = Dice(seed)
            let channels = dice.pick(Self.channels), height = dice.int(1...4), width = dice.int(1...40)
            let source = Canvas(height, width, channels, pixel: channels + (dice.chance(2) ? 0 : dice.int(1...9)))
            source.randomize(&dice)
            // All above zero, all below, or both; and something that is no number.
            let shift = dice.pick([Float(0), 100, -100])
            for y in 0..<height { for x in 0..<width { for c in 0..<channels { source[y, x, c] += shift } } }
            source[0, dice.int(0...width - 1), 0] = .nan
            func close(_ y: Int, _ x: Int, _ c: Int, _ value: Float) -> String? {
                var values: [Float] = [0]
                for x in 0..<width { for c in 0..<channels { values.append(source[y, x, c]) } }
                values.removeAll(where: \.isNaN)
                let wanted = c == 0 ? values.min()! : values.max()!
                return value == wanted ? nil : "\(value) instead of \(wanted)"
            }
            ISA.each { isa in
                var spanDice = Dice(seed)
                let wrong = violation(height, 1, 2, &spanDice, close: close) { destination, spans, compact in
                    dv_row_extremes(Int32(width), Int32(channels), source.image, destination, spans, spans.count, compact)
                }
                if let wrong { Issue.record("\(isa), seed \(seed): \(width)×\(channels), shifted by \(shift): \(wrong)") }
            }
        }
    }

    @Test func levelsAreTheNearest() {
        for seed in 0..<120 {
            var dice = Dice(seed)
            let channels = dice.pick(Self.channels), height = dice.int(1...4), width = dice.int(1...9)
            let pixel = channels + (dice.chance(2) ? 0 : dice.int(1...9))
            let source = Canvas(height, width, channels, pixel: pixel)
            source.randomize(&dice)
            source[0, 0, 0] = .nan
            source[height - 1, width - 1, channels - 1] = dice.pick([.infinity, -.infinity])
            let scale = dice.pick([Float(0.01), 0.003, 0.5]), factor = dice.chance(2) ? scale : 1, zero = Float(dice.int(0...255))
            func close(_ y: Int, _ x: Int, _ c: Int, _ value: Float) -> String? {
                let given = source[y, x, c] / scale
                let wanted = factor * (given.isNaN ? -zero : min(max(given, -zero), 255 - zero).rounded(.toNearestOrEven))
                return value == wanted ? nil : "\(value) instead of \(wanted)"
            }
            ISA.each { isa in
                var spanDice = Dice(seed)
                let wrong = violation(height, width, channels, &spanDice, close: close) { destination, spans, compact in
                    dv_round_to_levels(
                        scale, factor, -zero, 255 - zero, Int32(channels), source.image, destination, spans, spans.count, compact)
                }
                if let wrong { Issue.record("\(isa), seed \(seed): scale \(scale) zero \(zero) channels \(channels): \(wrong)") }
            }
        }
    }
}
