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
        withUnsafeTemporaryAllocation(of: dv_span.self, capacity: width / 2 + 1) { found in
            for y in 0..<height where rows[y] {
                let count = dv_mask_spans(bytes + y * width, Int32(y), Int32(width), found.baseAddress!)
                spans.append(contentsOf: UnsafeBufferPointer(start: found.baseAddress!, count: count))
            }
        }
    }

    /// Adds the output pixels in whose receptive field a source pixel changed: exact interval algebra on each axis
    /// (with windows of K, stride s and padding p, changed input [a, b] touches outputs [⌈(a+p−K+1)/s⌉, ⌊(b+p)/s⌋]).
    package func propagate(from source: ChangeMask, through field: ReceptiveField) {
        guard !source.isEmpty else { return }
        switch field {
        case .whole: fill()
        case .pixel: for y in 0..<height where source.rows[y] { merge(source.bytes + y * width, row: y) }
        case .window(let window):
            if source.isFull { return fill() }
            dilate(source, window)
        case .table(let rowField, let columnField):
            if source.isFull { return fill() }
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width) { flags in
                for y in 0..<height {
                    flags.update(repeating: 0)
                    let top = max(0, rowField[y].first), bottom = min(rowField[y].last + 1, source.height)
                    for row in top..<max(top, bottom) where source.rows[row] {
                        let bytes = source.bytes + row * source.width
                        for x in 0..<width {
                            let (first, last) = (max(0, columnField[x].first), min(columnField[x].last, source.width - 1))
                            var at = first
                            while at <= last {
                                flags[x] |= bytes[at]
                                at += 1
                            }
                        }
                    }
                    merge(flags.baseAddress!, row: y)
                }
            }
        }
    }

    private func dilate(_ source: ChangeMask, _ w: Window) {
        // A source row with as much room on both sides as windows reach past it.
        let left = max(0, w.padLeft), room = max(source.width, (width - 1) * w.strideX - w.padLeft + w.extentX)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: left + room + width) { memory in
            let padded = memory.baseAddress!, united = padded + left, reached = united + room
            padded.update(repeating: 0, count: left + room)
            for y in 0..<height {
                let first = max(0, y * w.strideY - w.padTop), last = min(source.height - 1, y * w.strideY - w.padTop + w.extentY - 1)
                guard first <= last, (first...last).contains(where: { source.rows[$0] }) else { continue }
                united.update(repeating: 0, count: source.width)
                for sy in first...last where source.rows[sy] {
                    dv_mask_unite(united, source.bytes + sy * source.width, Int32(source.width))
                }
                dv_mask_reach(united - w.padLeft, Int32(w.extentX), Int32(w.strideX), reached, Int32(width))
                merge(reached, row: y)
            }
        }
    }

    private func merge(_ more: UnsafePointer<UInt8>, row y: Int) {
        let added = dv_mask_merge(bytes + y * width, more, Int32(width))
        if added > 0 { (count, rows[y]) = (count + Int(added), true) }
    }
}
