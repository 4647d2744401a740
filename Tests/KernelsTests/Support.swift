import CKernels
import TestSupport

extension Dice {
    mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in nonZero() } }
}

/// Every instruction set that this machine has. Selection holds for the calling thread only.
enum ISA {
    static let names: [String] = {
        let widest = String(cString: dv_isa_name())
        defer { _ = dv_isa_select(widest) }
        return ["avx512", "avx2", "neon", "portable"].filter { dv_isa_select($0) != 0 }
    }()

    static func each(_ body: (String) throws -> Void) rethrows {
        let widest = String(cString: dv_isa_name())
        defer { _ = dv_isa_select(widest) }
        for name in names {
            guard dv_isa_select(name) != 0 else { continue }
            try body(name)
        }
    }
}

/// An NHWC image among guards: whatever is not a pixel's channel holds a pattern that nothing may overwrite.
final class Canvas {
    static let guardBits: UInt32 = 0x7fc0_dead

    let height: Int, width: Int, channels: Int, pixel: Int, row: Int
    private let floats: UnsafeMutableBufferPointer<Float>
    private let origin = 64

    /// - Parameter pixel: floats a pixel; `channels` when nil.
    init(_ height: Int, _ width: Int, _ channels: Int, pixel: Int? = nil) {
        (self.height, self.width, self.channels) = (height, width, channels)
        self.pixel = pixel ?? channels
        row = width * self.pixel
        floats = .allocate(capacity: height * row + 384)
        floats.initialize(repeating: Float(bitPattern: Self.guardBits))
    }

    deinit { floats.deallocate() }

    var image: dv_image { dv_image(base: floats.baseAddress! + origin, row: Int64(row), pixel: Int64(pixel)) }

    subscript(y: Int, x: Int, c: Int) -> Float {
        get { floats[origin + y * row + x * pixel + c] }
        set { floats[origin + y * row + x * pixel + c] = newValue }
    }

    func randomize(_ dice: inout Dice) {
        for y in 0..<height { for x in 0..<width { for c in 0..<channels { self[y, x, c] = dice.nonZero() } } }
    }

    func copyPixels(from other: Canvas) {
        for y in 0..<height { for x in 0..<width { for c in 0..<channels { self[y, x, c] = other[y, x, c] } } }
    }

    /// Nil when every float outside of the pixels still is a guard.
    func damage() -> String? {
        var isPixel = [Bool](repeating: false, count: floats.count)
        for y in 0..<height { for x in 0..<width { for c in 0..<channels { isPixel[origin + y * row + x * pixel + c] = true } } }
        for i in floats.indices where !isPixel[i] && floats[i].bitPattern != Self.guardBits {
            return "float \(i - origin) beyond the pixels was overwritten with \(floats[i])"
        }
        return nil
    }

    func isUntouched(_ y: Int, _ x: Int) -> Bool { (0..<channels).allSatisfy { self[y, x, $0].bitPattern == Self.guardBits } }
}

func allRows(_ height: Int, _ width: Int) -> [dv_span] {
    (0..<height).map { dv_span(row: Int32($0), begin: 0, end: Int32(width)) }
}

/// Disjoint spans in row order; rows may have none.
func randomSpans(_ height: Int, _ width: Int, _ dice: inout Dice) -> [dv_span] {
    var spans: [dv_span] = []
    for y in 0..<height where !dice.chance(4) {
        var x = dice.int(0...width - 1)
        while x < width {
            let end = dice.int(x + 1...width)
            spans.append(dv_span(row: Int32(y), begin: Int32(x), end: Int32(end)))
            x = end + dice.int(1...3)
        }
    }
    return spans
}

/// A kernel over spans, ready to be run into any image.
typealias Run = (_ destination: dv_image, _ spans: [dv_span], _ compact: Int32) -> Void

/// What every pixel kernel owes: values near the reference, nothing written beside the pixels and channels it was asked
/// for, and the same bits whichever pixels it computes together. Nil, or what went wrong.
func violation(
    _ height: Int, _ width: Int, _ channels: Int, _ dice: inout Dice, close: (_ y: Int, _ x: Int, _ c: Int, Float) -> String?, _ run: Run
) -> String? {
    let pixel = channels + dice.pick([0, 0, 1, 7, 19])
    let whole = Canvas(height, width, channels, pixel: pixel)
    run(whole.image, allRows(height, width), 0)
    if let damage = whole.damage() { return "all rows: " + damage }
    for y in 0..<height {
        for x in 0..<width {
            for c in 0..<channels { if let wrong = close(y, x, c, whole[y, x, c]) { return "(\(y), \(x), \(c)): \(wrong)" } }
        }
    }
    let spans = randomSpans(height, width, &dice)
    let part = Canvas(height, width, channels, pixel: pixel)
    run(part.image, spans, 0)
    if let damage = part.damage() { return "spans: " + damage }
    let count = spans.reduce(0) { $0 + Int($1.end - $1.begin) }
    let compact = Canvas(1, max(1, count), channels, pixel: channels + dice.int(0...17))
    run(compact.image, spans, 1)
    if let damage = compact.damage() { return "compact: " + damage }
    var done = 0
    for y in 0..<height {
        for x in 0..<width {
            guard spans.contains(where: { Int($0.row) == y && Int($0.begin) <= x && x < Int($0.end) }) else {
                guard part.isUntouched(y, x) else { return "(\(y), \(x)) was written and not asked for" }
                continue
            }
            for c in 0..<channels {
                guard part[y, x, c].bitPattern == whole[y, x, c].bitPattern else {
                    return "(\(y), \(x), \(c)) is \(part[y, x, c]) among spans, \(whole[y, x, c]) among all rows"
                }
                guard compact[0, done, c].bitPattern == whole[y, x, c].bitPattern else {
                    return "(\(y), \(x), \(c)) is \(compact[0, done, c]) compact, \(whole[y, x, c]) in place"
                }
            }
            done += 1
        }
    }
    return nil
}

/// `value` within `allowed` of `wanted`; nil, or a sentence.
func near(_ value: Float, _ wanted: Double, _ allowed: Double) -> String? {
    abs(Double(value) - wanted) <= allowed
        ? nil : "\(value) instead of \(wanted), off by \(abs(Double(value) - wanted)), allowed \(allowed)"
}
