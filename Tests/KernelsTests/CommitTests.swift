import CKernels
import Testing
import TestSupport

/// dv_commit: a pixel is written, and flagged, exactly when a channel moved by more than the tolerance.
struct CommitTests {
    @Test func writesWhatMovedFurtherThanTheTolerance() {
        for seed in 0..<200 {
            var dice = Dice(seed)
            let channels = dice.pick([1, 3, 15, 16, 17, 64, 65, 130]), height = dice.int(1...5), width = dice.int(1...9)
            let tolerance: Float = dice.pick([0, 0.125, 0.5])
            let before = Canvas(height, width, channels, pixel: channels + dice.int(0...9))
            before.randomize(&dice)
            let spans = randomSpans(height, width, &dice)
            let pixels = spans.flatMap { span in (span.begin..<span.end).map { (y: Int(span.row), x: Int($0)) } }
            let fresh = Canvas(1, max(1, pixels.count), channels, pixel: channels + dice.int(0...9))
            for (k, place) in pixels.enumerated() {
                for c in 0..<channels { fresh[0, k, c] = before[place.y, place.x, c] }
                // Mostly one channel moves, anywhere, also by exactly the tolerance and to a NaN.
                let moves: Float = dice.pick([0, tolerance, tolerance * 1.5 + 0.001, -tolerance * 2 - 0.001, .nan])
                if moves != 0 {
                    let c = dice.int(0...channels - 1)
                    fresh[0, k, c] = before[place.y, place.x, c] + moves
                }
            }
            ISA.each { isa in
                let stored = Canvas(height, width, channels, pixel: before.pixel)
                stored.copyPixels(from: before)
                var flags = [UInt8](repeating: 7, count: pixels.count + 1)
                let written = dv_commit(
                    fresh.image.base, Int64(fresh.pixel), Int32(channels), tolerance, stored.image, spans, spans.count, &flags)
                if let wrong = stored.damage() { Issue.record("\(isa), seed \(seed): \(wrong)") }
                var expected = 0
                for (k, place) in pixels.enumerated() {
                    let moved = (0..<channels).contains { !(abs(fresh[0, k, $0] - before[place.y, place.x, $0]) <= tolerance) }
                    expected += moved ? 1 : 0
                    let holds = (0..<channels).allSatisfy {
                        stored[place.y, place.x, $0].bitPattern == (moved ? fresh[0, k, $0] : before[place.y, place.x, $0]).bitPattern
                    }
                    if flags[k] != (moved ? 1 : 0) || !holds {
                        Issue.record("\(isa), seed \(seed): pixel \(place) moved \(moved), flag \(flags[k])")
                    }
                }
                #expect(written == expected, "\(isa), seed \(seed)")
                #expect(flags[pixels.count] == 7, "\(isa), seed \(seed)")
                for y in 0..<height {
                    for x in 0..<width where !pixels.contains(where: { $0 == (y, x) }) {
                        if (0..<channels).contains(where: { stored[y, x, $0].bitPattern != before[y, x, $0].bitPattern }) {
                            Issue.record("\(isa), seed \(seed): (\(y), \(x)) is in no span and was written")
                        }
                    }
                }
            }
        }
    }

    /// Tolerance 0 means the same bits: a stored +0 does not stand for a fresh −0 (1/x tells them apart), nor a number for
    /// another whose difference flushes to zero.
    @Test func toleranceZeroComparesBits() {
        ISA.each { isa in
            for (old, new, tolerance, moves) in [
                (Float(0.0), Float(-0.0), Float(0), true), (-0.0, 0.0, 0, true), (0.0, 0.0, 0, false), (0.0, -0.0, 0.1, false),
                (2e-38, 2.1e-38, 0, true), (.nan, .nan, 0.1, true),
            ] {
                var fresh = [Float](repeating: 1, count: 19), stored = fresh, flag: UInt8 = 9
                (fresh[18], stored[18]) = (new, old)
                let written = stored.withUnsafeMutableBufferPointer {
                    dv_commit(
                        fresh, 19, 19, tolerance, dv_image(base: $0.baseAddress, row: 19, pixel: 19), [dv_span(row: 0, begin: 0, end: 1)],
                        1, &flag)
                }
                #expect(written == (moves ? 1 : 0), "\(isa): \(old) → \(new) at \(tolerance)")
                #expect(flag == (moves ? 1 : 0))
                #expect(stored[18].bitPattern == (moves ? new : old).bitPattern)
            }
        }
    }
}
