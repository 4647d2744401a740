import CKernels
@testable import DeepCache
import Testing
import TestSupport

/// Matchers that compare pixels and blocks with what was at the same place.
struct SamePlaceMatcherTests {
    private func check(
        _ matcher: any Matcher, _ shape: PictureShape, _ before: [UInt8], _ after: [UInt8], block: Int, _ what: String,
        isChanged: (_ xs: Range<Int>, _ ys: Range<Int>) -> Bool?
    ) {
        matcher.accept(before)
        let match = matcher.match(after)
        guard let changed = grid(match, shape.width, shape.height) else {
            Issue.record("\(what): spans overlap or leave the picture")
            return
        }
        #expect(match.motion == .none)
        for top in stride(from: 0, to: shape.height, by: block) {
            for left in stride(from: 0, to: shape.width, by: block) {
                let xs = left..<min(shape.width, left + block), ys = top..<min(shape.height, top + block)
                // Nil is too near the threshold to say.
                guard let wanted = isChanged(xs, ys) else { continue }
                for y in ys { for x in xs where changed[y][x] != wanted { Issue.record("\(what): (\(x), \(y)) is \(!wanted)"); return } }
            }
        }
        #expect(changed.joined().contains(true) == (match.share > 0))
    }

    private func pictures(_ shape: PictureShape, noise: Int, _ dice: inout Dice) -> (before: [UInt8], after: [UInt8]) {
        let before = (0..<shape.count).map { _ in UInt8(dice.int(0...255)) }
        return (before, shape.change(before, noise: noise, &dice))
    }

    @Test func blocksByMeanAndLargestDifference() {
        for seed in 0..<300 {
            var dice = Dice(seed)
            let shape = PictureShape(&dice), block = dice.pick([2, 7, 8, 16, 64]), tolerance: Float = dice.pick([0, 0.5, 2, 60])
            let (before, after) = pictures(shape, noise: dice.pick([0, 1, 6]), &dice)
            let matcher = BlockMatcher(
                width: shape.width, height: shape.height, channels: shape.channels, rowBytes: shape.rowBytes, block: block)
            matcher.tolerance = tolerance
            check(matcher, shape, before, after, block: block, "seed \(seed)") { xs, ys in
                let all = ys.flatMap { y in
                    xs.flatMap { x in (0..<shape.channels).map { abs(Int(before[shape.at(x, y, $0)]) - Int(after[shape.at(x, y, $0)])) } }
                }
                return Float(all.reduce(0, +)) > tolerance * Float(all.count) || all.max()! > Int(min(255, 6 * tolerance))
            }
        }
    }

    @Test func blocksByHowMuchTheyDiffer() {
        for seed in 0..<100 {
            var dice = Dice(seed)
            let shape = PictureShape(&dice), block = dice.pick([7, 8, 16]), level: Float = dice.pick([1, 10, 60])
            let (before, after) = pictures(shape, noise: dice.pick([0, 6]), &dice)
            let matcher = BlockMatcher(
                width: shape.width, height: shape.height, channels: shape.channels, rowBytes: shape.rowBytes, block: block)
            matcher.accept(before)
            _ = matcher.match(after)
            let found = matcher.blocks(differingBy: level)
            var wanted = 0
            for top in stride(from: 0, to: shape.height, by: block) {
                for left in stride(from: 0, to: shape.width, by: block) {
                    let xs = left..<min(shape.width, left + block), ys = top..<min(shape.height, top + block)
                    let all = ys.flatMap { y in
                        xs.flatMap { x in (0..<shape.channels).map { abs(Int(before[shape.at(x, y, $0)]) - Int(after[shape.at(x, y, $0)])) }
                        }
                    }
                    let isStrong = Float(all.reduce(0, +)) / Float(all.count) >= level
                    if isStrong { wanted += 1 }
                    #expect(found.contains { $0.columns == xs && $0.rows == ys } == isStrong, "seed \(seed), block at \(left), \(top)")
                }
            }
            #expect(found.count == wanted)
        }
    }

    @Test func pixelsByLargestChannel() {
        for seed in 0..<200 {
            var dice = Dice(seed)
            let shape = PictureShape(&dice), threshold = UInt8(dice.pick([0, 3, 20]))
            let (before, after) = pictures(shape, noise: dice.pick([0, 4, 30]), &dice)
            let matcher = PixelMatcher(width: shape.width, height: shape.height, channels: shape.channels, rowBytes: shape.rowBytes)
            matcher.threshold = threshold
            check(matcher, shape, before, after, block: 1, "seed \(seed)") { xs, ys in
                let (x, y) = (xs.lowerBound, ys.lowerBound)
                return (0..<shape.channels).contains {
                    abs(Int(before[shape.at(x, y, $0)]) - Int(after[shape.at(x, y, $0)])) > Int(threshold)
                }
            }
        }
    }

    @Test func blocksByHistogram() {
        for seed in 0..<200 {
            var dice = Dice(seed), options = DeepMonOptions()
            let shape = PictureShape(&dice), bins = dice.pick([1, 2, 16, 64])
            (options.block, options.bins, options.threshold) = (dice.pick([2, 7, 10, 64]), bins, dice.pick([0, 0.05, 0.4]))
            let (before, after) = pictures(shape, noise: dice.pick([0, 2, 40]), &dice)
            let matcher = HistogramMatcher(
                width: shape.width, height: shape.height, channels: shape.channels, rowBytes: shape.rowBytes, options: options)
            check(matcher, shape, before, after, block: options.block, "seed \(seed)") { xs, ys in
                var distance = 0.0
                for c in 0..<shape.channels {
                    for bin in 0..<bins {
                        func share(_ picture: [UInt8]) -> Double {
                            let count = ys.reduce(0) { sum, y in
                                sum + xs.filter { Int(picture[shape.at($0, y, c)]) * bins / 256 == bin }.count
                            }
                            return Double(count) / Double(xs.count * ys.count)
                        }
                        let a = share(before), b = share(after)
                        if a + b > 0 { distance += (a - b) * (a - b) / (a + b) / 2 / Double(shape.channels) }
                    }
                }
                return abs(distance - options.threshold) < 1e-6 && distance > 0 ? nil : distance > options.threshold
            }
        }
    }

    @Test func histogramsDoNotSeeWhereColoursLie() {
        let matcher = HistogramMatcher(width: 20, height: 10, channels: 3, rowBytes: 60, options: DeepMonOptions())
        var dice = Dice(1)
        let before = (0..<600).map { _ in UInt8(dice.int(0...255)) }
        matcher.accept(before)
        // Both blocks upside down.
        let turned = (0..<10).flatMap { y in before[(9 - y) * 60..<(10 - y) * 60] }
        let match = matcher.match(turned)
        #expect(match.changed.isEmpty)
        #expect(match.share == 0)
        // Consecutive pictures: the reference is now the turned one.
        matcher.accept(match, turned)
        #expect(matcher.match(turned).changed.isEmpty)
        #expect(matcher.match([UInt8](repeating: 0, count: 600)).share == 1)
    }

    /// What rests is not taken into the reference: drift adds up until it is seen.
    @Test func driftIsSeen() {
        let blocks = BlockMatcher(width: 16, height: 16, channels: 1, rowBytes: 16),
            pixels = PixelMatcher(width: 16, height: 16, channels: 1, rowBytes: 16)
        (blocks.tolerance, pixels.threshold) = (3, 3)
        for matcher in [blocks, pixels] as [any Matcher] {
            matcher.accept([UInt8](repeating: 100, count: 256))
            var seen: [Int] = []
            for level in 101...112 {
                let picture = [UInt8](repeating: UInt8(level), count: 256), match = matcher.match(picture)
                if match.share == 1 { seen.append(level) }
                matcher.accept(match, picture)
            }
            #expect(seen == [104, 108, 112])
        }
    }
}
