import CKernels
import Testing
import TestSupport

/// What decides which pixels are kept, and the spans that masks become, against loops by definition.
struct IncrementalTests {
    @Test func weightedCommitWritesWhatIsWorthMoreThanThePixelsLimit() {
        for seed in 0..<120 {
            var dice = Dice(seed)
            let channels = dice.pick([1, 3, 16, 17, 64, 65]), height = dice.int(1...5), width = dice.int(1...9)
            let before = Canvas(height, width, channels, pixel: channels + dice.int(0...9))
            before.randomize(&dice)
            let spans = randomSpans(height, width, &dice)
            let pixels = spans.flatMap { span in (span.begin..<span.end).map { (y: Int(span.row), x: Int($0)) } }
            let fresh = Canvas(1, max(1, pixels.count), channels, pixel: channels + dice.int(0...9))
            // Powers of two: sums are exact in any order.
            let weights = (0..<(channels + 15) / 16 * 16).map { $0 < channels ? dice.pick([0, 0.25, 1, 2]) as Float : 0 }
            let factors: [Float] = [1, 4, 16], rows = (0..<height).map { _ in Int32(0) }, columns = (0..<width).map { Int32($0 % 3) }
            let limit: Float = 0.5, mapped = dice.int(0...1) == 1
            for (k, place) in pixels.enumerated() {
                for c in 0..<channels { fresh[0, k, c] = before[place.y, place.x, c] }
                let c = dice.int(0...channels - 1)
                if dice.int(0...9) == 0 { fresh[0, k, c] = .nan }
            }
            var expected: [Bool] = []
            for (k, place) in pixels.enumerated() {
                // Whole steps on top of stored values that are exact: the difference is what was added.
                for c in 0..<channels where !fresh[0, k, c].isNaN {
                    before[place.y, place.x, c] = before[place.y, place.x, c].rounded()
                    fresh[0, k, c] = before[place.y, place.x, c] + dice.pick([0, 0, 0, 0.5, 1])
                }
                var sum: Float = 0
                for c in 0..<channels {
                    let difference = fresh[0, k, c] - before[place.y, place.x, c]
                    sum += difference * difference * weights[c]
                }
                expected.append(!(sum <= limit * (mapped ? factors[place.x % 3] : 1)))
            }
            ISA.each { isa in
                let stored = Canvas(height, width, channels, pixel: before.pixel)
                stored.copyPixels(from: before)
                var flags = [UInt8](repeating: 7, count: pixels.count + 1)
                let written = weights.withUnsafeBufferPointer { w in
                    factors.withUnsafeBufferPointer { f in
                        rows.withUnsafeBufferPointer { r in
                            columns.withUnsafeBufferPointer { c in
                                var rule = dv_truncation(
                                    weights: w.baseAddress, limit: limit, factors: mapped ? f.baseAddress : nil, row_cells: r.baseAddress,
                                    column_cells: c.baseAddress)
                                return dv_commit_weighted(
                                    &rule, fresh.image.base, Int64(fresh.pixel), Int32(channels), stored.image, spans, spans.count, &flags)
                            }
                        }
                    }
                }
                if let wrong = stored.damage() { Issue.record("\(isa), seed \(seed): \(wrong)") }
                #expect(written == expected.count { $0 }, "\(isa), seed \(seed)")
                #expect(flags.last == 7, "\(isa), seed \(seed)")
                for (k, place) in pixels.enumerated() {
                    let holds = (0..<channels).allSatisfy {
                        stored[place.y, place.x, $0].bitPattern
                            == (expected[k] ? fresh[0, k, $0] : before[place.y, place.x, $0]).bitPattern
                    }
                    if flags[k] != (expected[k] ? 1 : 0) || !holds { Issue.record("\(isa), seed \(seed): pixel \(place)") }
                }
            }
        }
    }

    @Test func masksBecomeSpans() {
        for seed in 0..<300 {
            var dice = Dice(seed)
            let width = dice.int(1...90), rarity = dice.pick([1, 3, 30])
            let row: [UInt8] = (0..<width).map { _ in dice.int(0...rarity) == 0 ? 1 : 0 }
            var spans = [dv_span](repeating: dv_span(), count: (width + 1) / 2)
            let count = dv_mask_spans(row, 4, Int32(width), &spans)
            var drawn = [UInt8](repeating: 0, count: width)
            for (index, span) in spans.prefix(count).enumerated() {
                #expect(span.row == 4)
                #expect(span.begin < span.end)
                #expect((index == 0 || spans[index - 1].end < span.begin))
                for x in span.begin..<span.end { drawn[Int(x)] = 1 }
            }
            #expect(drawn == row, "seed \(seed)")
        }
    }
}
