import CKernels
import Inference

/// Which pixels of one activation changed in the current frame: a bit a pixel and a flag a row.
///
/// Row flags let everything skip the rows of a mostly resting picture. Masks of several sources are united pixel by
/// pixel; nothing is ever widened to a rectangle.
package final class ChangeMask {
    package let height: Int
    package let width: Int
    /// Words of a row; bit x % 64 of word x / 64 is pixel x, and those past the width are 0.
    private let rowWords: Int
    private let words: UnsafeMutablePointer<UInt64>
    let rows: UnsafeMutablePointer<Bool>
    /// Changed pixels.
    package private(set) var count = 0
    /// Where the pixels that did not change were: (x, y) is the last frame's (x + motion.x, y + motion.y).
    var motion = Motion.none

    package init(height: Int, width: Int) {
        (self.height, self.width, rowWords) = (height, width, BitRow.words(width))
        words = .allocate(capacity: height * rowWords)
        words.initialize(repeating: 0, count: height * rowWords)
        rows = .allocate(capacity: height)
        rows.initialize(repeating: false, count: height)
    }

    deinit {
        words.deallocate()
        rows.deallocate()
    }

    package var isEmpty: Bool { count == 0 }
    package var isFull: Bool { count == height * width }
    package subscript(y: Int, x: Int) -> Bool { words[y * rowWords + x / 64] >> UInt64(x % 64) & 1 != 0 }

    package func clear() {
        guard count > 0 else { return }
        for y in 0..<height where rows[y] {
            (words + y * rowWords).update(repeating: 0, count: rowWords)
            rows[y] = false
        }
        count = 0
    }

    package func fill() {
        for y in 0..<height { BitRow.fill(words + y * rowWords, 0..<width) }
        rows.update(repeating: true, count: height)
        count = height * width
    }

    /// Marks a rectangle, clipped to the mask.
    package func mark(rows ys: Range<Int>, columns xs: Range<Int>) {
        let xs = xs.clamped(to: 0..<width)
        guard !xs.isEmpty else { return }
        for y in ys.clamped(to: 0..<height) {
            count += BitRow.fill(words + y * rowWords, xs)
            rows[y] = true
        }
    }

    /// Marks the pixels of `spans` whose flag, 0 or 1, is set: one flag a pixel, span after span.
    func mark(_ spans: UnsafeBufferPointer<dv_span>, flags: UnsafePointer<UInt8>) {
        var flags = flags
        for span in spans {
            let y = Int(span.row), added = BitRow.set(words + y * rowWords, from: Int(span.begin), to: Int(span.end), flags)
            flags += span.length
            guard added >= 0 else { continue }
            (count, rows[y]) = (count &+ added, true)
        }
    }

    /// The changed pixels as spans, in row order, appended to `spans`.
    package func appendSpans(to spans: inout [dv_span]) {
        guard count > 0 else { return }
        withUnsafeTemporaryAllocation(of: dv_span.self, capacity: width / 2 + 1) { found in
            for y in 0..<height where rows[y] {
                let count = BitRow.spans(words + y * rowWords, rowWords, y, found.baseAddress!)
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
        case .pixel: for y in 0..<height where source.rows[y] { merge(source.words + y * rowWords, row: y) }
        case .window(let window):
            if source.isFull { return fill() }
            if field.isPointwise, (window.padTop, window.padLeft, source.width) == (0, 0, width) {
                return propagate(from: source, through: .pixel)
            }
            dilate(source, window)
        case .table(let rowField, let columnField):
            if source.isFull { return fill() }
            resample(source, rowField, columnField)
        }
    }

    private func dilate(_ source: ChangeMask, _ w: Window) {
        // A source row with as much room on both sides as windows reach past it; pixel 0 is the leftmost that a window reads.
        let room = BitRow.words(max(source.width + max(0, w.padLeft), (width - 1) * w.strideX + w.extentX)) + 1
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: room + rowWords) { memory in
            let united = memory.baseAddress!, reached = united + room
            for y in 0..<height {
                let first = max(0, y * w.strideY - w.padTop), last = min(source.height - 1, y * w.strideY - w.padTop + w.extentY - 1)
                var isAny = false
                for sy in first..<max(first, last + 1) where source.rows[sy] {
                    if !isAny { united.update(repeating: 0, count: room) }
                    isAny = true
                    BitRow.unite(united, room, with: source.words + sy * source.rowWords, source.rowWords, shiftedBy: w.padLeft)
                }
                guard isAny else { continue }
                BitRow.widen(united, room, by: w.extentX)
                BitRow.take(each: w.strideX, of: united, room, into: reached, width)
                merge(reached, row: y)
            }
        }
    }

    private func resample(_ source: ChangeMask, _ rowField: [(first: Int, last: Int)], _ columnField: [(first: Int, last: Int)]) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: source.rowWords + rowWords) { memory in
            let united = memory.baseAddress!, reached = united + source.rowWords
            for y in 0..<height {
                let top = max(0, rowField[y].first), bottom = min(rowField[y].last, source.height - 1)
                var isAny = false
                for sy in top..<max(top, bottom + 1) where source.rows[sy] {
                    if !isAny { united.update(repeating: 0, count: source.rowWords) }
                    isAny = true
                    for word in 0..<source.rowWords { united[word] |= source.words[sy * source.rowWords + word] }
                }
                guard isAny else { continue }
                reached.update(repeating: 0, count: rowWords)
                for x in 0..<width {
                    let last = min(columnField[x].last, source.width - 1)
                    var at = max(0, columnField[x].first)
                    while at <= last, united[at >> 6] >> UInt64(at & 63) & 1 == 0 { at += 1 }
                    if at <= last { reached[x >> 6] |= 1 << UInt64(x & 63) }
                }
                merge(reached, row: y)
            }
        }
    }

    private func merge(_ more: UnsafePointer<UInt64>, row y: Int) {
        let row = words + y * rowWords
        var added = 0
        for word in 0..<rowWords {
            added &+= (more[word] & ~row[word]).nonzeroBitCount
            row[word] |= more[word]
        }
        if added > 0 { (count, rows[y]) = (count &+ added, true) }
    }
}

/// Rows of bits, 64 pixels a word.
private enum BitRow {
    typealias Words = UnsafeMutablePointer<UInt64>

    static func words(_ width: Int) -> Int { (width + 63) / 64 }

    /// Sets the bits of a range that is not empty.
    /// - Returns: how many were not set.
    @discardableResult
    static func fill(_ row: Words, _ range: Range<Int>) -> Int {
        let first = range.lowerBound / 64, last = (range.upperBound - 1) / 64
        var added = 0
        for word in first...last {
            var bits = UInt64.max
            if word == first { bits &= .max << UInt64(range.lowerBound % 64) }
            if word == last { bits &= .max >> UInt64(63 - (range.upperBound - 1) % 64) }
            added += (bits & ~row[word]).nonzeroBitCount
            row[word] |= bits
        }
        return added
    }

    /// Sets bits from..<to where the flags, bytes of 0 or 1, are set.
    /// - Returns: how many were not set; -1 where no flag is.
    static func set(_ row: Words, from: Int, to: Int, _ flags: UnsafePointer<UInt8>) -> Int {
        var x = from, added = 0, any: UInt64 = 0
        func take(_ bits: UInt64, _ word: Int) {
            added &+= (bits & ~row[word]).nonzeroBitCount
            row[word] |= bits
            any |= bits
        }
        while x < to {
            // Eight bytes become eight bits: each product's bit 56 + k is byte k's.
            let count = min(8, to &- x)
            var eight: UInt64 = 0
            if count == 8 {
                eight = UnsafeRawPointer(flags + (x &- from)).loadUnaligned(as: UInt64.self)
            } else {
                for k in 0..<count { eight |= UInt64(flags[x &- from &+ k]) << UInt64(8 &* k) }
            }
            let bits = (eight &* 0x0102_0408_1020_4080) >> 56, word = x >> 6, offset = x & 63
            take(bits << UInt64(offset), word)
            if offset > 56, bits >> UInt64(64 &- offset) != 0 { take(bits >> UInt64(64 &- offset), word &+ 1) }
            x &+= count
        }
        return any == 0 ? -1 : added
    }

    /// The runs of set bits of row y, in order; there is room for (width + 1) / 2.
    /// - Returns: how many.
    static func spans(_ row: Words, _ count: Int, _ y: Int, _ spans: UnsafeMutablePointer<dv_span>) -> Int {
        var found = 0, begin = -1
        func close(_ end: Int) {
            spans[found] = dv_span(
                row: Int32(truncatingIfNeeded: y), begin: Int32(truncatingIfNeeded: begin), end: Int32(truncatingIfNeeded: end))
            (found, begin) = (found &+ 1, -1)
        }
        for word in 0..<count {
            var bits = row[word]
            let base = word &* 64
            if begin >= 0 {
                // A run goes on.
                if bits == .max { continue }
                let length = (~bits).trailingZeroBitCount
                close(base &+ length)
                bits &= .max << UInt64(length)
            }
            while bits != 0 {
                let start = bits.trailingZeroBitCount, length = (~(bits >> UInt64(start))).trailingZeroBitCount
                begin = base &+ start
                if start &+ length >= 64 { break }
                close(base &+ start &+ length)
                bits &= .max << UInt64(start &+ length)
            }
        }
        if begin >= 0 { close(count &* 64) }
        return found
    }

    /// row |= other, whose bit x becomes bit x + shift; bits that would leave the row on either side are lost.
    static func unite(_ row: Words, _ count: Int, with other: Words, _ otherCount: Int, shiftedBy shift: Int) {
        // Of a negative shift, the words and bits by which it is one of a positive rest.
        let words = shift >> 6, bits = UInt64(shift & 63)
        for word in 0..<otherCount {
            let value = other[word], low = word &+ words
            if low >= 0, low < count { row[low] |= value << bits }
            if bits > 0, low &+ 1 >= 0, low &+ 1 < count { row[low &+ 1] |= value >> (64 &- bits) }
        }
    }

    /// Bit x becomes whether any of x..<x + extent is set.
    static func widen(_ row: Words, _ count: Int, by extent: Int) {
        var reach = 1
        while reach < extent {
            let step = min(reach, extent &- reach), words = step >> 6, bits = UInt64(step & 63)
            for word in 0..<count &- words {
                var more = row[word &+ words] >> bits
                if bits > 0, word &+ words &+ 1 < count { more |= row[word &+ words &+ 1] << (64 &- bits) }
                row[word] |= more
            }
            reach &+= step
        }
    }

    /// Bits 0, step, 2 · step … of a row become bits 0, 1, 2 … of another, `width` of them; the rest of it is 0.
    static func take(each step: Int, of row: Words, _ count: Int, into taken: Words, _ width: Int) {
        let total = words(width)
        for word in 0..<total {
            switch step {
            case 1: taken[word] = row[word]
            case 2:
                let upper = 2 &* word &+ 1 < count ? row[2 &* word &+ 1] : 0
                taken[word] = even(row[2 &* word]) | even(upper) << 32
            default:
                taken[word] = 0
                for x in word &* 64..<min(width, word &* 64 &+ 64) {
                    let from = x &* step
                    taken[word] |= (row[from >> 6] >> UInt64(from & 63) & 1) << UInt64(x & 63)
                }
            }
        }
        if width % 64 != 0 { taken[total - 1] &= .max >> UInt64(64 - width % 64) }
    }

    /// Every other bit, from bit 0 on, in the lower half.
    private static func even(_ word: UInt64) -> UInt64 {
        var bits = word & 0x5555_5555_5555_5555
        bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
        bits = (bits | bits >> 2) & 0x0f0f_0f0f_0f0f_0f0f
        bits = (bits | bits >> 4) & 0x00ff_00ff_00ff_00ff
        bits = (bits | bits >> 8) & 0x0000_ffff_0000_ffff
        return (bits | bits >> 16) & 0xffff_ffff
    }
}
