import CKernels
@testable import DeepCache
import Glibc
import Testing
import TestSupport

struct DiamondMatcherTests {
    private func options(block: Int = 10, threshold: Double = 20, steps: Int = 3, skip: Int = 2) -> DeepCacheOptions {
        var options = DeepCacheOptions()
        (options.block, options.threshold, options.steps, options.skip) = (block, threshold, steps, skip)
        return options
    }

    @Test(arguments: [1, 2, 3])
    func findsTheDisplacement(skip: Int) {
        for (seed, motion) in [(0, 0), (1, 0), (0, -1), (3, 2), (-4, 1), (-2, -5), (6, 0), (5, -1)].enumerated() {
            var dice = Dice(seed)
            let wall = Wall(&dice), motion = Motion(x: motion.0, y: motion.1)
            let matcher = DiamondMatcher(width: 95, height: 64, channels: 3, rowBytes: 300, options: options(threshold: 40, skip: skip))
            matcher.accept(wall.view(95, 64, rowBytes: 300, at: .none))
            let match = matcher.match(wall.view(95, 64, rowBytes: 300, at: motion))
            #expect(match.motion == motion, "seed \(seed), skip \(skip)")
            // The very same pixels elsewhere: all that changed is what came into view.
            let seen = (95 - abs(motion.x)) * (64 - abs(motion.y))
            #expect(grid(match, 95, 64)?.joined().filter { $0 }.count == 95 * 64 - seen, "seed \(seed), skip \(skip)")
            #expect(abs(match.share - Double(95 * 64 - seen) / Double(95 * 64)) < 1e-9)
        }
    }

    @Test func findsTheDisplacementUnderNoise() {
        for seed in 0..<10 {
            var dice = Dice(seed)
            let wall = Wall(&dice), motion = Motion(x: dice.int(-5...5), y: dice.int(-2...2))
            func noisy(_ at: Motion) -> [UInt8] {
                wall.view(120, 80, rowBytes: 360, at: at).map { UInt8(max(0, min(255, Int($0) + dice.int(-4...4)))) }
            }
            let matcher = DiamondMatcher(width: 120, height: 80, channels: 3, rowBytes: 360, options: options())
            matcher.accept(noisy(.none))
            let match = matcher.match(noisy(motion))
            #expect(match.motion == motion, "seed \(seed)")
            #expect(match.share < 0.2, "seed \(seed)")
        }
    }

    /// A pan that gets faster than the diamond reaches: the last displacement is where the next search begins.
    @Test func followsAPan() {
        var dice = Dice(5), at = Motion.none
        let wall = Wall(&dice), matcher = DiamondMatcher(width: 128, height: 64, channels: 3, rowBytes: 384, options: options())
        matcher.accept(wall.view(128, 64, rowBytes: 384, at: at))
        for speed in [2, 5, 9, 12, 14, 14, 12] {
            at.x += speed
            let picture = wall.view(128, 64, rowBytes: 384, at: at), match = matcher.match(picture)
            #expect(match.motion == Motion(x: speed, y: 0))
            matcher.accept(match, picture)
        }
        // A whole picture begins anew: the same search as in a matcher that has seen nothing else.
        let fresh = DiamondMatcher(width: 128, height: 64, channels: 3, rowBytes: 384, options: options())
        let last = wall.view(128, 64, rowBytes: 384, at: at), next = wall.view(128, 64, rowBytes: 384, at: Motion(x: at.x + 20, y: 0))
        matcher.accept(last)
        fresh.accept(last)
        #expect(matcher.match(next).motion == fresh.match(next).motion)
    }

    @Test func beginsAtCandidatesToo() {
        var dice = Dice(3)
        let wall = Wall(&dice)
        let matcher = DiamondMatcher(width: 160, height: 80, channels: 3, rowBytes: 480, options: options(threshold: 40))
        let far = Motion(x: 31, y: -9)
        matcher.accept(wall.view(160, 80, rowBytes: 480, at: .none))
        let picture = wall.view(160, 80, rowBytes: 480, at: far)
        #expect(matcher.match(picture).motion != far)
        #expect(matcher.match(picture, candidates: [Motion(x: -40, y: 3), Motion(x: 30, y: -8)]).motion == far)
        // Nonsense costs time only.
        matcher.accept(picture)
        let rest = matcher.match(picture, candidates: [Motion(x: 7, y: 7), Motion(x: 5000, y: -5000)])
        #expect(rest.motion == .none)
        #expect(rest.changed.isEmpty)
        #expect(rest.share == 0)
    }

    /// Changed is exactly: what has no counterpart at M, and the blocks whose PSNR at M is not above the threshold.
    @Test func changedPixelsByDefinition() {
        for seed in 0..<400 {
            var dice = Dice(seed)
            let shape = PictureShape(&dice), block = dice.pick([2, 5, 8, 10, 16, 64]),
                threshold: Double = dice.pick([10, 20, 30, .infinity])
            let matcher = DiamondMatcher(
                width: shape.width, height: shape.height, channels: shape.channels, rowBytes: shape.rowBytes,
                options: options(block: block, threshold: threshold, steps: dice.int(0...3), skip: dice.int(1...3)))
            let wall = Wall(&dice)
            func view(_ at: Motion) -> [UInt8] {
                wall.view(shape.width, shape.height, channels: shape.channels, rowBytes: shape.rowBytes, at: at)
            }
            let before = view(.none)
            let after = shape.change(view(Motion(x: dice.int(-4...4), y: dice.int(-4...4))), noise: dice.pick([0, 3, 25]), &dice)
            matcher.accept(before)
            let match = matcher.match(after), m = match.motion
            guard let changed = grid(match, shape.width, shape.height) else {
                Issue.record("seed \(seed): spans overlap or leave the picture")
                continue
            }
            for top in stride(from: 0, to: shape.height, by: block) {
                for left in stride(from: 0, to: shape.width, by: block) {
                    var sum = 0, count = 0, pixels: [(x: Int, y: Int)] = []
                    for y in top..<min(shape.height, top + block) {
                        for x in left..<min(shape.width, left + block) {
                            guard (0..<shape.width).contains(x + m.x), (0..<shape.height).contains(y + m.y) else {
                                if !changed[y][x] { Issue.record("seed \(seed): (\(x), \(y)) has no counterpart at \(m)") }
                                continue
                            }
                            pixels.append((x, y))
                            for c in 0..<shape.channels {
                                let d = Int(after[shape.at(x, y, c)]) - Int(before[shape.at(x + m.x, y + m.y, c)])
                                (sum, count) = (sum + d * d, count + 1)
                            }
                        }
                    }
                    let decibels = sum == 0 ? Double.infinity : 10 * log10(65025 * Double(count) / Double(sum))
                    let isReused = decibels > threshold || decibels == .infinity
                    if pixels.contains(where: { changed[$0.y][$0.x] == isReused }) {
                        Issue.record("seed \(seed): block (\(left), \(top)) at \(m) has \(decibels) dB of \(threshold)")
                    }
                }
            }
            let count = changed.joined().filter { $0 }.count
            #expect(abs(match.share - Double(count) / Double(shape.width * shape.height)) < 1e-9)
        }
    }

    /// A difference of 10 levels everywhere is 20 log10(255 / 10) = 28.1308 dB.
    @Test func thresholdIsInDecibels() {
        let dark = [UInt8](repeating: 100, count: 30 * 20 * 3), light = [UInt8](repeating: 110, count: 30 * 20 * 3)
        for (threshold, share) in [(28.13, 0.0), (28.132, 1.0)] {
            let matcher = DiamondMatcher(width: 30, height: 20, channels: 3, rowBytes: 90, options: options(threshold: threshold))
            matcher.accept(dark)
            #expect(matcher.match(light).share == share)
        }
    }

    @Test func votesLeaveOutliersOut() {
        #expect(DiamondMatcher.result(of: []) == .none)
        let votes = Array(repeating: Motion(x: 6, y: 0), count: 8) + [Motion(x: -7, y: 5), Motion(x: -6, y: -6)]
        // Mean (3.5, −0.1); both outliers are further from it than 3.6.
        #expect(DiamondMatcher.result(of: votes) == Motion(x: 6, y: 0))
        #expect(DiamondMatcher.result(of: Array(repeating: .none, count: 20) + [Motion(x: 7, y: 1)]) == .none)
    }
}
