import CKernels
import DeepCache
import Inference
import Tensors
import TestSupport

extension ChangeMask {
    func spans() -> [dv_span] {
        var spans: [dv_span] = []
        appendSpans(to: &spans)
        return spans
    }
}

/// 8-bit pictures that change a little, and what changed in them.
struct Film {
    let height: Int, width: Int, channels: Int
    private(set) var pixels: [UInt8]
    var rowBytes: Int { width * channels }

    init(height: Int, width: Int, channels: Int, _ dice: inout Dice) {
        (self.height, self.width, self.channels) = (height, width, channels)
        pixels = (0..<height * width * channels).map { _ in UInt8(dice.int(0...255)) }
    }

    /// Every pixel the same.
    mutating func flatten() { for i in pixels.indices { pixels[i] = 90 } }

    /// Moves every value by up to so many levels, up or down.
    mutating func addNoise(levels: Int, _ dice: inout Dice) {
        for i in pixels.indices { pixels[i] = UInt8(max(0, min(255, Int(pixels[i]) + dice.int(-levels...levels)))) }
    }

    /// The next picture: at rest, noise in a few pixels, rectangles, or everything. The spans cover the changes, and
    /// may cover pixels that stayed the same.
    mutating func advance(_ dice: inout Dice) -> [dv_span] {
        let mask = ChangeMask(height: height, width: width)
        switch dice.int(0...9) {
        case 0, 1: break
        case 2, 3: for _ in 0..<dice.int(1...4) { change(dice.int(0...height - 1), dice.int(0...width - 1), mask, &dice) }
        case 4: for y in 0..<height { for x in 0..<width { change(y, x, mask, &dice) } }
        default:
            for _ in 0..<dice.int(1...2) {
                let top = dice.int(0...height - 1), left = dice.int(0...width - 1)
                for y in top..<min(height, top + dice.int(1...height / 2 + 1)) {
                    for x in left..<min(width, left + dice.int(1...width / 2 + 1)) { change(y, x, mask, &dice) }
                }
            }
        }
        if dice.chance(6) { mask.mark(rows: 0..<dice.int(1...height), columns: 0..<dice.int(1...width)) }
        return mask.spans()
    }

    private mutating func change(_ y: Int, _ x: Int, _ mask: ChangeMask, _ dice: inout Dice) {
        for c in 0..<channels { pixels[(y * width + x) * channels + c] = UInt8(dice.int(0...255)) }
        mask.mark(rows: y..<y + 1, columns: x..<x + 1)
    }

    /// The same picture seen from `motion` further, with new content where it uncovers, and mostly some changes.
    mutating func displace(by motion: Motion, _ dice: inout Dice, onlyUncovered: Bool = false) -> [dv_span] {
        let before = pixels, mask = ChangeMask(height: height, width: width), isUncoveredOld = !onlyUncovered && dice.chance(2)
        for y in 0..<height {
            for x in 0..<width {
                let (fromX, fromY) = (x + motion.x, y + motion.y)
                guard (0..<width).contains(fromX), (0..<height).contains(fromY) else {
                    // What comes into view may be what was here before: stored values then look unchanged, and are not.
                    if isUncoveredOld {
                        mask.mark(rows: y..<y + 1, columns: x..<x + 1)
                    } else {
                        change(y, x, mask, &dice)
                    }
                    continue
                }
                for c in 0..<channels { pixels[(y * width + x) * channels + c] = before[(fromY * width + fromX) * channels + c] }
            }
        }
        if !onlyUncovered {
            for _ in 0..<dice.int(0...5) { change(dice.int(0...height - 1), dice.int(0...width - 1), mask, &dice) }
        }
        return mask.spans()
    }

    /// A square of another color at (y, x) of the first picture; returns the spans of the old and the new place.
    mutating func moveSquare(from old: (y: Int, x: Int), to new: (y: Int, x: Int), size: Int, background: [UInt8]) -> [dv_span] {
        let mask = ChangeMask(height: height, width: width)
        for place in [old, new] { mask.mark(rows: place.y..<place.y + size, columns: place.x..<place.x + size) }
        pixels = background
        for y in new.y..<min(height, new.y + size) {
            for x in new.x..<min(width, new.x + size) {
                for c in 0..<channels {
                    pixels[(y * width + x) * channels + c] = UInt8(
                        truncatingIfNeeded: 40 &+ 70 &* c &+ 13 &* (y - new.y) &+ 7 &* (x - new.x))
                }
            }
        }
        return mask.spans()
    }
}

/// Nil, or where two lists of outputs hold other bits.
func difference(_ a: [Tensor], _ b: [Tensor]) -> String? {
    guard a.count == b.count else { return "\(a.count) outputs instead of \(b.count)" }
    for (index, (x, y)) in zip(a, b).enumerated() {
        guard x.shape == y.shape, x.elementType == y.elementType else { return "output \(index) is \(x.shape) instead of \(y.shape)" }
        guard x.elementType == .float32 else {
            if let mismatch = Approximation.exact.mismatch(x, reference: y) { return "output \(index): \(mismatch)" }
            continue
        }
        let p: [Float] = x.elements(), q: [Float] = y.elements()
        for i in p.indices where p[i].bitPattern != q[i].bitPattern {
            return "output \(index), element \(i) of \(x.shape): \(p[i]) instead of \(q[i])"
        }
    }
    return nil
}
