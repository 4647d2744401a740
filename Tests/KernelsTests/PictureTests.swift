import CKernels
import Testing
import TestSupport

/// Differences of 8-bit pictures against plain loops.
struct PictureTests {
    private func bytes(_ count: Int, _ dice: inout Dice) -> [UInt8] {
        // Extremes now and then: sums of squares must not overflow their lanes.
        let isExtreme = dice.chance(4)
        return (0..<count).map { _ in isExtreme ? dice.pick([0, 255]) : UInt8(dice.int(0...255)) }
    }

    @Test func squaredDifferences() {
        for seed in 0..<300 {
            var dice = Dice(seed)
            let length = dice.pick([1, 3, 7, 8, 15, 16, 24, 30, 63, 64, 65, 130, 192, 300]), rows = dice.int(1...12)
            let rowBytes = length + dice.int(0...70)
            let a = bytes(rows * rowBytes, &dice), b = bytes(rows * rowBytes, &dice)
            var wanted = 0
            for y in 0..<rows {
                for k in 0..<length {
                    let d = Int(a[y * rowBytes + k]) - Int(b[y * rowBytes + k])
                    wanted += d * d
                }
            }
            ISA.each { isa in
                #expect(dv_squared_difference(a, b, Int64(rowBytes), Int32(length), Int32(rows)) == wanted, "\(isa), seed \(seed)")
                #expect(dv_squared_difference(a, a, Int64(rowBytes), Int32(length), Int32(rows)) == 0)
            }
        }
    }

    @Test func blackAgainstWhiteDoesNotOverflow() {
        let count = 1 << 16, black = [UInt8](repeating: 0, count: count), white = [UInt8](repeating: 255, count: count)
        ISA.each { isa in #expect(dv_squared_difference(black, white, 0, Int32(count), 1) == count * 255 * 255, "\(isa)") }
    }

    @Test func pixelChanges() {
        for seed in 0..<200 {
            var dice = Dice(seed)
            let width = dice.pick([1, 2, 17, 64, 255, 256, 257, 700]), channels = dice.int(1...4),
                threshold = UInt8(dice.pick([0, 1, 9, 255]))
            let a = bytes(width * channels, &dice)
            // Mostly the same, and near the threshold where not.
            let b = a.map { dice.chance(3) ? UInt8(max(0, min(255, Int($0) + dice.int(-12...12)))) : $0 }
            let wanted = (0..<width).map { x in
                (0..<channels).contains { abs(Int(a[x * channels + $0]) - Int(b[x * channels + $0])) > Int(threshold) }
            }
            ISA.each { isa in
                var flags = [UInt8](repeating: 7, count: width + 1)
                let count = dv_pixel_changes(a, b, Int32(width), Int32(channels), threshold, &flags)
                #expect(flags.dropLast().map { $0 == 1 } == wanted, "\(isa), seed \(seed)")
                #expect(flags.last == 7, "\(isa), seed \(seed)")
                #expect(count == wanted.filter { $0 }.count, "\(isa), seed \(seed)")
            }
        }
    }
}
