@testable import DeepCache
@testable import Inference
import Testing
import TestSupport

/// ChangeMask.propagate(from:through:) against the definition, pixel by pixel.
struct ReceptiveFieldTests {
    private func randomMask(_ height: Int, _ width: Int, _ dice: inout Dice) -> ChangeMask {
        let mask = ChangeMask(height: height, width: width)
        switch dice.int(0...9) {
        case 0: break
        case 1: mask.fill()
        case 2...5:
            for _ in 0..<dice.int(1...3) {
                mask.mark(
                    rows: dice.int(0...height - 1)..<dice.int(height...height + 2),
                    columns: dice.int(0...width - 1)..<dice.int(width...width + 2))
            }
        default:
            for _ in 0..<dice.int(1...4) {
                let y = dice.int(0...height - 1), x = dice.int(0...width - 1)
                mask.mark(rows: y..<y + 1, columns: x..<x + 1)
            }
        }
        return mask
    }

    /// The mask as its subscript tells it, and its own book-keeping (count, spans) checked on the way.
    private func pixels(_ mask: ChangeMask, _ what: String) -> [[Bool]] {
        let grid = (0..<mask.height).map { y in (0..<mask.width).map { mask[y, $0] } }
        let count = grid.joined().filter { $0 }.count
        if count != mask.count || mask.isEmpty != (count == 0) || mask.isFull != (count == mask.height * mask.width) {
            Issue.record("\(what): count says \(mask.count) of \(count)")
        }
        var spans = mask.spans(), painted = grid.map { $0.map { _ in false } }
        for span in spans { for x in span.begin..<span.end { painted[Int(span.row)][Int(x)] = true } }
        if painted != grid { Issue.record("\(what): spans do not cover the changed pixels exactly") }
        // Maximal and in order: no span ends where the next begins.
        while let last = spans.popLast(), let previous = spans.last {
            if !(previous.row < last.row || previous.row == last.row && previous.end < last.begin) { Issue.record("\(what): spans touch") }
        }
        return grid
    }

    /// A window is an interval: of a dilated kernel also the positions between its taps count, which is
    /// conservative, never too little.
    @Test func windowsTouchExactlyWhatReadsAChange() {
        for seed in 0..<3000 {
            var dice = Dice(seed)
            // Some rows of more than one word.
            let widths = seed.isMultiple(of: 30) ? 60...200 : 1...14, height = dice.int(1...12), width = dice.int(widths)
            let kernel = (y: dice.int(1...5), x: dice.int(1...5)), dilation = (y: dice.int(1...2), x: dice.int(1...3))
            let w = Window(
                extentY: (kernel.y - 1) * dilation.y + 1, extentX: (kernel.x - 1) * dilation.x + 1, strideY: dice.int(1...4),
                strideX: dice.int(1...4),
                padTop: dice.int(-3...4), padLeft: dice.int(-3...4))
            // Also output sizes that leave trailing input unread or read past its end.
            let out = (y: dice.int(1...12), x: dice.int(widths))
            let source = randomMask(height, width, &dice), before = randomMask(out.y, out.x, &dice)
            let old = pixels(before, "seed \(seed)"), changed = pixels(source, "seed \(seed)")
            before.propagate(from: source, through: .window(w))
            let got = pixels(before, "seed \(seed)")
            for y in 0..<out.y {
                for x in 0..<out.x {
                    var touched = old[y][x]
                    for sy in y * w.strideY - w.padTop..<y * w.strideY - w.padTop + w.extentY {
                        for sx in x * w.strideX - w.padLeft..<x * w.strideX - w.padLeft + w.extentX {
                            if sy >= 0, sy < height, sx >= 0, sx < width, changed[sy][sx] { touched = true }
                        }
                    }
                    // A full source is handed on whole: outputs that only see padding are then touched without need.
                    if got[y][x] != touched, !(source.isFull && got[y][x]) {
                        Issue.record("seed \(seed): \(w) on \(height)×\(width) → \(out): (\(y), \(x)) is \(got[y][x])")
                        return
                    }
                }
            }
        }
    }

    @Test func pixelsWholesAndTables() {
        for seed in 0..<1500 {
            var dice = Dice(seed)
            let widths = seed.isMultiple(of: 30) ? 60...200 : 1...11, height = dice.int(1...9), width = dice.int(widths)
            let source = randomMask(height, width, &dice), changed = pixels(source, "seed \(seed)")
            let same = randomMask(height, width, &dice), before = pixels(same, "seed \(seed)")
            same.propagate(from: source, through: .pixel)
            #expect(pixels(same, "seed \(seed)") == zip(before, changed).map { zip($0, $1).map { $0 || $1 } }, "seed \(seed)")

            let all = ChangeMask(height: dice.int(1...4), width: dice.int(1...4))
            all.propagate(from: source, through: .whole)
            #expect(all.isFull == !source.isEmpty, "seed \(seed)")
            #expect(all.isEmpty == source.isEmpty, "seed \(seed)")

            let out = (y: dice.int(1...9), x: dice.int(widths))
            // Two neighbouring rows and columns, as linear resizes read.
            let rows = (0..<out.y).map { _ in
                let first = dice.int(0...height - 1); return (first: first, last: min(height - 1, first + dice.int(0...1)))
            }
            let columns = (0..<out.x).map { _ in
                let first = dice.int(0...width - 1); return (first: first, last: min(width - 1, first + dice.int(0...1)))
            }
            let resized = ChangeMask(height: out.y, width: out.x)
            resized.propagate(from: source, through: .table(rows: rows, columns: columns))
            let wanted = rows.map { row in
                columns.map { column in (row.first...row.last).contains { y in (column.first...column.last).contains { changed[y][$0] } } }
            }
            #expect(pixels(resized, "seed \(seed)") == wanted, "seed \(seed)")
        }
    }

    /// What a comparison says of spans' pixels, 1 of a changed one.
    @Test func flagsMarkThePixelsOfSpans() {
        for seed in 0..<500 {
            var dice = Dice(seed)
            let height = dice.int(1...4), width = dice.int(1...200)
            let mask = randomMask(height, width, &dice), spans = randomMask(height, width, &dice).spans()
            var wanted = pixels(mask, "seed \(seed)"), flags: [UInt8] = []
            for span in spans {
                for x in span.begin..<span.end {
                    flags.append(UInt8(dice.int(0...1)))
                    if flags.last == 1 { wanted[Int(span.row)][Int(x)] = true }
                }
            }
            spans.withUnsafeBufferPointer { spans in
                flags.withUnsafeBufferPointer { if !flags.isEmpty { mask.mark(spans, flags: $0.baseAddress!) } }
            }
            #expect(pixels(mask, "seed \(seed)") == wanted, "seed \(seed)")
        }
    }

    @Test func clearedMasksAreEmptyAndMarksAreClipped() {
        let mask = ChangeMask(height: 5, width: 7)
        mask.mark(rows: -3..<2, columns: 5..<40)
        #expect(mask.count == 4)
        mask.mark(rows: 0..<1, columns: 4..<6)
        #expect(mask.count == 5)
        #expect(mask[0, 4])
        #expect(mask[1, 6])
        #expect(!mask[2, 6])
        #expect(!mask[1, 4])
        mask.clear()
        #expect(mask.isEmpty)
        #expect(mask.spans().isEmpty)
        mask.fill()
        #expect(mask.isFull)
        #expect(mask.spans().count == 5)
    }
}
