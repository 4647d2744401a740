import CKernels
import DeepCache
import Glibc
import TestSupport

/// A smooth endless pattern and views of it: what a camera sees that moves over a wall.
struct Wall {
    private let waves: [(x: Double, y: Double, phase: Double, channel: Int)]

    init(_ dice: inout Dice) {
        waves = (0..<12).map { index in
            (Double(dice.float()) * 0.35, Double(dice.float()) * 0.35, Double(dice.float()) * 3, index % 3)
        }
    }

    /// Picture (x, y) shows point (x + at.x, y + at.y).
    func view(_ width: Int, _ height: Int, channels: Int = 3, rowBytes: Int, at: Motion) -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: rowBytes * height)
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    let value = waves.reduce(0.0) { sum, wave in
                        sum + (wave.channel == c ? 28 : 9)
                            * sin(wave.x * Double(x + at.x) + wave.y * Double(y + at.y) + wave.phase)
                    }
                    pixels[y * rowBytes + x * channels + c] = UInt8(max(0, min(255, 128 + value)))
                }
            }
        }
        return pixels
    }
}

/// The changed pixels as a grid; nil if a span leaves the picture, or a pixel is there twice.
func grid(_ match: Match, _ width: Int, _ height: Int) -> [[Bool]]? {
    var grid = [[Bool]](repeating: [Bool](repeating: false, count: width), count: height)
    for span in match.changed {
        guard (0..<height).contains(Int(span.row)), span.begin >= 0, span.begin < span.end, span.end <= width else { return nil }
        for x in Int(span.begin)..<Int(span.end) {
            if grid[Int(span.row)][x] { return nil }
            grid[Int(span.row)][x] = true
        }
    }
    return grid
}

/// Sizes and strides that matchers must take: also no multiples of the block, and smaller than one.
struct PictureShape {
    let width: Int, height: Int, channels: Int, rowBytes: Int

    init(_ dice: inout Dice) {
        (width, height) = (dice.pick([1, 7, 16, 20, 33, 50, 64]), dice.pick([1, 5, 16, 21, 30, 40]))
        channels = dice.pick([1, 3, 3])
        rowBytes = width * channels + dice.pick([0, 0, 5, 64])
    }

    var count: Int { rowBytes * height }
    func at(_ x: Int, _ y: Int, _ c: Int) -> Int { y * rowBytes + x * channels + c }

    /// Another picture: mostly a little noise, somewhere something else.
    func change(_ pixels: [UInt8], noise: Int, _ dice: inout Dice) -> [UInt8] {
        var next = pixels.map { UInt8(max(0, min(255, Int($0) + dice.int(-noise...noise)))) }
        for _ in 0..<dice.int(0...2) {
            let left = dice.int(0...width - 1), top = dice.int(0...height - 1)
            for y in top..<min(height, top + dice.int(1...15)) {
                for x in left..<min(width, left + dice.int(1...15)) {
                    for c in 0..<channels { next[at(x, y, c)] = UInt8(dice.int(0...255)) }
                }
            }
        }
        return next
    }
}
