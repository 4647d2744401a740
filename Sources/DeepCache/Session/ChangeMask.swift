import CKernels
import Inference

/// Which pixels of one activation changed in the current frame: a byte a pixel and a flag a row.
///
/// Row flags let everything skip the rows of a mostly resting picture. Masks of several sources are united pixel by
/// pixel; nothing is ever widened to a rectangle.
package final class ChangeMask {
    package let height: Int
    package let width: Int
    let bytes: UnsafeMutablePointer<UInt8>
    let rows: UnsafeMutablePointer<Bool>
    /// Changed pixels.
    package private(set) var count = 0
    /// Where the pixels that did not change were: (x, y) is the last frame's (x + motion.x, y + motion.y).
    var motion = Motion.none

    package init(height: Int, width: Int) {
        (self.height, self.width) = (height, width)
        bytes = .allocate(capacity: height * width)
        bytes.initialize(repeating: 0, count: height * width)
        rows = .allocate(capacity: height)
        rows.initialize(repeating: false, count: height)
    }

    deinit {
        bytes.deallocate()
        rows.deallocate()
    }

    package var isEmpty: Bool { count == 0 }
    package var isFull: Bool { count == height * width }
    package subscript(y: Int, x: Int) -> Bool { bytes[y * width + x] != 0 }

    package func clear() {
        guard count > 0 else { return }
        for y in 0..<height where rows[y] {
            (bytes + y * width).update(repeating: 0, count: width)
            rows[y] = false
        }
        count = 0
    }

    package func fill() {
        bytes.update(repeating: 1, count: height * width)
        rows.update(repeating: true, count: height)
        count = height * width
    }

    /// Marks a rectangle, clipped to the mask.
    package func mark(rows ys: Range<Int>, columns xs: Range<Int>) {
        for y in ys.clamped(to: 0..<height) {
            for x in xs.clamped(to: 0..<width) where bytes[y * width + x] == 0 {
                bytes[y * width + x] = 1
                count += 1
                rows[y] = true
            }
        }
    }

    /// Marks the pixels of `spans` whose flag is set.
    func mark(_ spans: UnsafeBufferPointer<dv_span>, flags: UnsafePointer<UInt8>) {
        var at = 0
        for span in spans {
            let row = bytes + Int(span.row) * width
            var any: UInt8 = 0
            for x in Int(span.begin)..<Int(span.end) {
                let flag = flags[at]
                count &+= Int(flag & ~row[x])
                row[x] |= flag
                any |= flag
                at &+= 1
            }
            if any != 0 { rows[Int(span.row)] = true }
        }
    }

    /// The changed pixels as spans, in row order, appended to `spans`.
    package func appendSpans(to spans: inout [dv_span]) {
        guard count > 0 else { return }
        for y in 0..<height where rows[y] {
            let row = bytes + y * width
            var x = 0
            while x < width {
                if row[x] == 0 {
                    x &+= 1
                    continue
                }
                let begin = x
                while x < width && row[x] != 0 { x &+= 1 }
                spans.append(dv_span(row: Int32(y), begin: Int32(begin), end: Int32(x)))
            }
        }
    }

    /// Adds the output pixels that a changed source pixel reaches: exact interval algebra per axis
    /// (DESIGN §4: changed input [a, b] touches outputs [⌈(a+p−K+1)/s⌉, ⌊(b+p)/s⌋]).
    package func add(touchedBy source: ChangeMask, reach: Reach) {
        guard !source.isEmpty else { return }
        switch reach {
        case .whole: fill()
        case .pixel: unite(source)
        case .window(let window):
            if source.isFull { return fill() }
            dilate(source, window)
        case .table(let rowReach, let columnReach):
            if source.isFull { return fill() }
            for y in 0..<height {
                let from = rowReach[y]
                guard source.rows[from.first] || source.rows[from.last] else { continue }
                let top = source.bytes + from.first * source.width, bottom = source.bytes + from.last * source.width
                set(row: y) { x in
                    top[columnReach[x].first] | top[columnReach[x].last] | bottom[columnReach[x].first] | bottom[columnReach[x].last]
                }
            }
        }
    }

    private func unite(_ source: ChangeMask) {
        for y in 0..<height where source.rows[y] {
            let from = source.bytes + y * width
            set(row: y) { from[$0] }
        }
    }

    private func dilate(_ source: ChangeMask, _ w: Window) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: source.width) { united in
            for y in 0..<height {
                let first = max(0, y * w.strideY - w.padTop), last = min(source.height - 1, y * w.strideY - w.padTop + w.extentY - 1)
                var any = false
                if first <= last {
                    for sy in first...last where source.rows[sy] {
                        let row = source.bytes + sy * source.width
                        if any {
                            for x in 0..<source.width { united[x] |= row[x] }
                        } else {
                            for x in 0..<source.width { united[x] = row[x] }
                            any = true
                        }
                    }
                }
                guard any else { continue }
                if w.extentX == 1 && w.strideX == 1 && w.padLeft == 0 && width <= source.width {
                    set(row: y) { united[$0] }
                    continue
                }
                set(row: y) { x in
                    var value: UInt8 = 0
                    let start = x &* w.strideX &- w.padLeft
                    for sx in max(0, start)..<max(max(0, start), min(source.width, start &+ w.extentX)) { value |= united[sx] }
                    return value
                }
            }
        }
    }

    @inline(__always)
    private func set(row y: Int, _ value: (Int) -> UInt8) {
        let row = bytes + y * width
        var added = 0
        var any: UInt8 = 0
        for x in 0..<width {
            let flag = value(x)
            added &+= Int(flag & ~row[x])
            row[x] |= flag
            any |= flag
        }
        count &+= added
        if any != 0 { rows[y] = true }
    }
}
