import Inference

// Reuse of a picture that moved: what is stored moves with it, where it can do so exactly.
//
// A layer that reads displaced sources holds, displaced itself, what it would compute, provided that the displacement is a
// whole number of its own pixels and that no window reads padding: the border's content did not move. Where the
// displacement does not divide, the whole layer is computed; DeepCache's code truncates it instead and reuses what
// belongs up to stride − 1 pixels elsewhere.

extension IncrementalStep {
    /// Called when the sources' changes have been added to `touched`: moves what is stored, and touches the pixels that the
    /// displacement leaves without a stored value or whose windows reach over a border.
    ///
    /// - Parameters:
    ///   - keepsStored: false where the whole layer is computed anyway.
    ///   - isExact: whether what moves must have the bits that it would have if computed where it comes to lie.
    func displace(_ destination: Image, _ reference: SpatialRef, keepsStored: Bool, isExact: Bool) {
        let changed = changed!, touched = touched!
        changed.motion = .none
        guard !touched.isFull else { return }
        guard let motion = sharedMotion else { return touched.fill() }
        guard motion != .none else { return }
        let period = isExact ? spatial?.kernel.period ?? 1 : 1
        guard motion.x % period == 0, motion.y % period == 0 else { return touched.fill() }
        if keepsStored { destination.displace(reference, by: motion) }
        changed.motion = motion
        touched.markUncovered(by: motion)
        for source in sources {
            if case .window(let window) = source.field { touched.markBorders(of: source.mask, window, motion) }
        }
    }

    /// Called after the touched pixels were computed. What came into view counts as changed whatever it was compared with:
    /// nothing downstream has seen the value that is stored there.
    func markUncovered() {
        if changed!.motion != .none { changed!.markUncovered(by: changed!.motion) }
    }

    /// How far the unchanged pixels of this layer move; nil if not by whole pixels, or by a different way from each source.
    private var sharedMotion: Motion? {
        var shared: Motion?
        for source in sources where !source.mask.isFull {
            if case .whole = source.field { continue }
            guard let motion = source.field.motion(of: source.mask.motion, from: source.mask, to: touched!) else { return nil }
            if let known = shared, known != motion { return nil }
            shared = motion
        }
        return shared ?? Motion.none
    }
}

extension ReceptiveField {
    /// How far outputs move when the source's pixels move by `motion`; nil if not by whole pixels or not all alike.
    func motion(of motion: Motion, from source: ChangeMask, to output: ChangeMask) -> Motion? {
        guard motion != .none else { return Motion.none }
        switch self {
        case .whole: return Motion.none
        case .pixel: return motion
        case .window(let w):
            guard motion.x % w.strideX == 0, motion.y % w.strideY == 0 else { return nil }
            return Motion(x: motion.x / w.strideX, y: motion.y / w.strideY)
        case .table(let rows, let columns):
            guard let y = Self.shift(rows, motion.y, of: source.height), let x = Self.shift(columns, motion.x, of: source.width) else {
                return nil
            }
            return Motion(x: x, y: y)
        }
    }

    /// Outputs by which a table moves when what it reads moves by `shift`. Only tables that read one source each: the
    /// weights between two are not known to repeat.
    private static func shift(_ table: [(first: Int, last: Int)], _ shift: Int, of extent: Int) -> Int? {
        guard shift != 0 else { return 0 }
        let (moved, remainder) = (shift * table.count).quotientAndRemainder(dividingBy: extent)
        guard remainder == 0 else { return nil }
        guard abs(moved) < table.count else { return moved }
        for o in max(0, -moved)..<min(table.count, table.count - moved) {
            guard table[o].first == table[o].last, table[o + moved].first == table[o + moved].last,
                table[o + moved].first == table[o].first + shift
            else { return nil }
        }
        return moved
    }
}

extension ChangeMask {
    /// Marks the pixels (x, y) for which (x + motion.x, y + motion.y) does not exist.
    func markUncovered(by motion: Motion) {
        if motion.y > 0 { mark(rows: height - min(motion.y, height)..<height, columns: 0..<width) }
        if motion.y < 0 { mark(rows: 0..<min(-motion.y, height), columns: 0..<width) }
        if motion.x > 0 { mark(rows: 0..<height, columns: width - min(motion.x, width)..<width) }
        if motion.x < 0 { mark(rows: 0..<height, columns: 0..<min(-motion.x, width)) }
    }

    /// Marks the outputs whose window reads past a border of `source` here or where they come from, on the axes that move.
    func markBorders(of source: ChangeMask, _ w: Window, _ motion: Motion) {
        func crosses(_ o: Int, by shift: Int, _ stride: Int, _ pad: Int, _ extent: Int, _ length: Int) -> Bool {
            shift != 0 && [o, o + shift].contains { $0 * stride - pad < 0 || $0 * stride - pad + extent > length }
        }
        for y in 0..<height where crosses(y, by: motion.y, w.strideY, w.padTop, w.extentY, source.height) {
            mark(rows: y..<y + 1, columns: 0..<width)
        }
        for x in 0..<width where crosses(x, by: motion.x, w.strideX, w.padLeft, w.extentX, source.width) {
            mark(rows: 0..<height, columns: x..<x + 1)
        }
    }
}

extension Image {
    /// Pixel (x, y) becomes what pixel (x + motion.x, y + motion.y) was, where both exist.
    func displace(_ reference: SpatialRef, by motion: Motion) {
        let left = max(0, -motion.x), count = reference.width - abs(motion.x), height = reference.height
        guard count > 0 else { return }
        let first = max(0, -motion.y), rows = max(0, height - abs(motion.y)), pixel = Int(pixel)
        let xs = motion.x > 0 ? stride(from: left, to: left + count, by: 1) : stride(from: left + count - 1, to: left - 1, by: -1)
        for step in 0..<rows {
            // In the order in which nothing is overwritten before it was read.
            let y = motion.y > 0 ? first + step : first + rows - 1 - step
            let to = base + y * Int(row), from = base + (y + motion.y) * Int(row) + motion.x * pixel
            if reference.channels == pixel {
                (to + left * pixel).update(from: from + left * pixel, count: count * pixel)
            } else {
                for x in xs { (to + x * pixel).update(from: from + x * pixel, count: reference.channels) }
            }
        }
    }
}
