import CKernels
import Testing
import TestSupport

struct LayoutTests {
    @Test func normalizeConvertsTheSpansPixels() {
        for seed in 0..<120 {
            var dice = Dice(seed)
            let channels = dice.int(1...4), height = dice.int(1...4), width = dice.int(1...23),
                rowBytes = width * channels + dice.int(0...5)
            let bytes = (0..<height * rowBytes).map { _ in UInt8(dice.int(0...255)) }
            let scale = dice.floats(channels).map { $0 / 64 }, bias = dice.floats(channels)
            let wrong = violationInPlace(height, width, channels, &dice, pixel: channels + dice.pick([0, 0, 1, 13])) { destination, spans in
                dv_normalize(bytes, Int64(rowBytes), Int32(channels), scale, bias, destination, spans, spans.count)
            } expected: { y, x, c in
                Float(bytes[y * rowBytes + x * channels + c]) * scale[c] + bias[c]
            }
            if let wrong { Issue.record("seed \(seed): \(height)×\(width)×\(channels): \(wrong)") }
        }
    }

    /// Multiplied and then added, each rounded once: whatever the spans, the same bits.
    private func violationInPlace(
        _ height: Int, _ width: Int, _ channels: Int, _ dice: inout Dice, pixel: Int, run: (dv_image, [dv_span]) -> Void,
        expected: (Int, Int, Int) -> Float
    ) -> String? {
        for spans in [allRows(height, width), randomSpans(height, width, &dice)] {
            let canvas = Canvas(height, width, channels, pixel: pixel)
            run(canvas.image, spans)
            if let damage = canvas.damage() { return damage }
            for y in 0..<height {
                for x in 0..<width {
                    let isAsked = spans.contains { Int($0.row) == y && Int($0.begin) <= x && x < Int($0.end) }
                    if !isAsked, !canvas.isUntouched(y, x) { return "(\(y), \(x)) was not asked for" }
                    for c in 0..<channels where isAsked && canvas[y, x, c] != expected(y, x, c) {
                        return "(\(y), \(x), \(c)) is \(canvas[y, x, c]) instead of \(expected(y, x, c))"
                    }
                }
            }
        }
        return nil
    }

    @Test func planesToPixelsAndBack() {
        for seed in 0..<60 {
            var dice = Dice(seed)
            let channels = dice.pick([1, 2, 3, 4, 16, 17, 65]), height = dice.int(1...5), width = dice.pick([1, 2, 15, 16, 17, 40])
            let plane = height * width, planes = dice.floats(plane * channels)
            let canvas = Canvas(height, width, channels, pixel: channels + dice.int(0...9))
            dv_interleave(planes, Int64(plane), Int32(channels), Int32(height), Int32(width), canvas.image)
            if let damage = canvas.damage() { Issue.record("seed \(seed): \(damage)") }
            for y in 0..<height {
                for x in 0..<width {
                    for c in 0..<channels where canvas[y, x, c] != planes[c * plane + y * width + x] {
                        Issue.record("seed \(seed): (\(y), \(x), \(c)) of \(height)×\(width)×\(channels) is misplaced")
                        return
                    }
                }
            }
            var back = [Float](repeating: .nan, count: planes.count + 4)
            dv_deinterleave(canvas.image, Int32(channels), Int32(height), Int32(width), &back, Int64(plane))
            #expect(Array(back[..<planes.count]) == planes, "seed \(seed)")
            #expect(back[planes.count...].allSatisfy { $0.isNaN }, "seed \(seed)")
        }
    }
}
