import CKernels
import Vision

/// Moves the boxes of the last computed frame to where their contents went, and tells how far that can be trusted.
///
/// Contents are looked for by diamond search, each box as one block, in the picture that was computed last: errors do not add up.
/// A box in which next to nothing changed stays.
package final class BoxPropagator {
    private typealias Constants = PolicyConstants.Propagation

    /// An object of the last computed frame.
    fileprivate struct Item {
        let detection: Detection
        /// Where it was, in model pixels.
        let area: PixelRect
        let isReported: Bool
        /// Pixels a frame, as long as nothing else is known.
        var velocity: (x: Double, y: Double)
        /// Since then, in model pixels.
        var displacement = Motion.none
        var misfit = 0.0
    }

    private let matcher: BlockMatcher
    private let score: Float
    private var items: [Item]?
    private var placement: Placement?
    private var age = 0
    /// How often strong changes came to nothing, 0…1, by cells of blocks.
    private var nuisance: [Float]
    private let cellsAcross: Int
    /// Cells with changes that nothing explained in the last frame, and how many blocks of each.
    private var unexplained: [Int: Int] = [:]

    /// - Parameter score: least one of reported objects.
    package init(_ matcher: BlockMatcher, score: Float) {
        (self.matcher, self.score) = (matcher, score)
        let cell = Constants.cell
        cellsAcross = (matcher.grid.across + cell - 1) / cell
        nuisance = Array(repeating: 0, count: cellsAcross * ((matcher.grid.down + cell - 1) / cell))
    }

    /// There is nothing to be moved any more.
    package func clear() {
        (items, age) = (nil, 0)
        unexplained.removeAll()
    }

    /// The answer of the frame that was computed last; nil where there is none, or none that can be moved.
    package var base: [Detection]? { items?.map(\.detection) }

    /// The same where the last assessed frame has it. Objects that left the frame are left out.
    package var moved: [Detection]? { items?.compactMap { item in placement.flatMap { Self.move(item, $0) } } }

    /// Takes a computed frame's answer: what later ones are moved from.
    package func start(_ detections: [Detection], _ placement: Placement) {
        rememberChanges(detections, placement)
        let before = items ?? [], frames = Double(max(1, age))
        self.placement = placement
        age = 0
        // Shapes are more than a box.
        guard detections.allSatisfy({ $0.shape == nil }) else { return items = nil }
        items = detections.map { detection in
            let area = Self.area(detection.box, placement, matcher)
            let same = before.filter { $0.detection.classID == detection.classID }
                .map { ($0, Self.overlap($0.area.shifted($0.displacement), area)) }.max { $0.1 < $1.1 }
            var velocity = (x: 0.0, y: 0.0)
            if let same, same.1 > Constants.sameObject {
                velocity.x = Double(area.x + area.width / 2 - same.0.area.x - same.0.area.width / 2) / frames
                velocity.y = Double(area.y + area.height / 2 - same.0.area.y - same.0.area.height / 2) / frames
            }
            return Item(detection: detection, area: area, isReported: detection.score >= score, velocity: velocity)
        }
    }

    /// Looks for all objects in the picture that was matched last.
    ///
    /// - Returns: nil where there is nothing to move.
    /// - Complexity: O(pixels of boxes that changed · steps), some ten microseconds each.
    package func assess(_ picture: UnsafePointer<UInt8>) -> PropagationRisk? {
        guard var items, placement != nil else { return nil }
        age += 1
        for index in items.indices { follow(&items[index], picture) }
        self.items = items
        let reported = items.filter(\.isReported)
        var risk = PropagationRisk(age: age, objects: reported.count)
        if !reported.isEmpty {
            risk.misfit = reported.reduce(0) { $0 + $1.misfit } / Double(reported.count)
            risk.motion = reported.reduce(0) { $0 + $1.relativeMotion } / Double(reported.count)
        }
        risk.appeared = appeared(reported) + Double(reported.count { $0.misfit >= Constants.gone })
        return risk
    }

    private func follow(_ item: inout Item, _ picture: UnsafePointer<UInt8>) {
        guard changedShare(item.area) >= Constants.stillShare else {
            (item.displacement, item.misfit) = (.none, 0)
            return
        }
        let area = item.area.inner(Constants.innerShare)
        let last = item.displacement
        let predicted = Motion(
            x: last.x + Int(item.velocity.x.rounded()), y: last.y + Int(item.velocity.y.rounded()))
        var best = (motion: Motion.none, error: error(area, .none, picture) ?? .infinity)
        func take(_ motion: Motion) -> Bool {
            guard let error = error(area, motion, picture), error < best.error else { return false }
            best = (motion, error)
            return true
        }
        _ = take(last)
        _ = take(predicted)
        if last == .none, predicted == .none {
            // Nothing is known: contents that repeat themselves would hold up a search from where they were.
            for y in -2...2 { for x in -2...2 { _ = take(Motion(x: Constants.firstStep * x, y: Constants.firstStep * y)) } }
        }
        for _ in 0..<Constants.steps {
            let center = best.motion
            var isBetter = false
            for offset in DiamondSearch.large where take(Motion(x: center.x + offset.x, y: center.y + offset.y)) { isBetter = true }
            if !isBetter { break }
        }
        let center = best.motion
        for offset in DiamondSearch.small { _ = take(Motion(x: center.x + offset.x, y: center.y + offset.y)) }
        item.velocity = (Double(best.motion.x - last.x), Double(best.motion.y - last.y))
        item.displacement = best.motion
        let rms = best.error.squareRoot(), lost = 1 - item.area.shifted(best.motion).visibleShare(in: matcher)
        item.misfit = min(1, max(rms / Constants.largestMisfit, lost))
    }

    /// Mean squared difference between the contents of an area in the reference and of the displaced one in the picture, in some of the
    /// rows; nil where less than half of it is in the picture.
    private func error(_ area: PixelRect, _ motion: Motion, _ picture: UnsafePointer<UInt8>) -> Double? {
        let left = max(area.x, -motion.x, 0), right = min(area.maxX, matcher.width - motion.x, matcher.width)
        let top = max(area.y, -motion.y, 0), bottom = min(area.maxY, matcher.height - motion.y, matcher.height)
        guard left < right, top < bottom, 2 * (right - left) * (bottom - top) >= area.width * area.height else { return nil }
        let step = max(1, (bottom - top) / Constants.rows), rows = (bottom - top) / step, bytes = (right - left) * matcher.channels
        let sum = dv_squared_difference(
            picture + (top + motion.y) * matcher.rowBytes + (left + motion.x) * matcher.channels,
            matcher.reference + top * matcher.rowBytes + left * matcher.channels,
            Int64(matcher.rowBytes * step), Int32(bytes), Int32(rows))
        return Double(sum) / Double(bytes * rows)
    }

    /// Share of an area's blocks that differ from the reference.
    private func changedShare(_ area: PixelRect) -> Double {
        let grid = matcher.grid
        var (changed, all) = (0, 0)
        for by in grid.blocks(area.y, area.maxY, of: grid.down) {
            for bx in grid.blocks(area.x, area.maxX, of: grid.across) {
                all += 1
                if matcher.mean(bx, by) > max(matcher.tolerance, 1) { changed += 1 }
            }
        }
        return all > 0 ? Double(changed) / Double(all) : 0
    }

    /// Strong changes outside of where reported objects were and are, in objects. A box of half the picture explains nothing.
    private func appeared(_ reported: [Item]) -> Double {
        unexplained.removeAll(keepingCapacity: true)
        let grid = matcher.grid, block = grid.block
        var isExplained = [Bool](repeating: false, count: grid.count)
        func explain(_ area: PixelRect) {
            for by in grid.blocks(area.y - block, area.maxY + block, of: grid.down) {
                for bx in grid.blocks(area.x - block, area.maxX + block, of: grid.across) {
                    isExplained[by * grid.across + bx] = true
                }
            }
        }
        for item in reported where 2 * item.area.width * item.area.height < matcher.width * matcher.height {
            explain(item.area)
            if item.displacement != .none { explain(item.area.shifted(item.displacement)) }
        }
        var weight: Float = 0
        for by in 0..<grid.down {
            for bx in 0..<grid.across where !isExplained[by * grid.across + bx] && matcher.mean(bx, by) >= Constants.strongDifference {
                let cell = by / Constants.cell * cellsAcross + bx / Constants.cell
                unexplained[cell, default: 0] += 1
                weight += 1 - nuisance[cell]
            }
        }
        let blocks = reported.reduce(0) { $0 + $1.area.width * $1.area.height } / (block * block)
        let usual = reported.isEmpty ? Constants.usualBlocks : max(Constants.leastBlocks, Double(blocks) / Double(reported.count))
        return Double(weight) / min(usual, Constants.usualBlocks)
    }

    /// What strong changes that nothing explained came to, in the frame that was computed now.
    private func rememberChanges(_ detections: [Detection], _ placement: Placement) {
        guard !unexplained.isEmpty, items != nil else { return }
        let side = Constants.cell * matcher.grid.block, known = moved ?? []
        let new = detections.filter { new in
            !known.contains { $0.classID == new.classID && $0.box.intersectionOverUnion(new.box) >= 0.3 }
        }.map { Self.area($0.box, placement, matcher) }
        for cell in unexplained.keys {
            let rect = PixelRect(x: cell % cellsAcross * side, y: cell / cellsAcross * side, width: side, height: side)
            let isFruitful = new.contains { $0.intersection(rect).width > 0 && $0.intersection(rect).height > 0 }
            nuisance[cell] =
                isFruitful
                ? Constants.fruitful * nuisance[cell] : nuisance[cell] + Constants.fruitless * (Constants.largestNuisance - nuisance[cell])
        }
    }

    private static func area(_ box: Box, _ placement: Placement, _ matcher: BlockMatcher) -> PixelRect {
        let from = placement.modelPoint(sourceX: Double(box.x), y: Double(box.y))
        let to = placement.modelPoint(sourceX: Double(box.x + box.width), y: Double(box.y + box.height))
        func clip(_ value: Double, _ limit: Int) -> Int { Int(min(max(value.rounded(), 0), Double(limit))) }
        let (left, top) = (clip(from.x, matcher.width - 1), clip(from.y, matcher.height - 1))
        return PixelRect(
            x: left, y: top, width: max(1, clip(to.x, matcher.width) - left), height: max(1, clip(to.y, matcher.height) - top))
    }

    private static func move(_ item: Item, _ placement: Placement) -> Detection? {
        guard item.displacement != .none else { return item.detection }
        let old = item.detection
        let x = old.box.x + Float(Double(item.displacement.x) * placement.horizontalScale)
        let y = old.box.y + Float(Double(item.displacement.y) * placement.verticalScale)
        let (left, top) = (max(0, x), max(0, y))
        let right = min(Float(placement.sourceWidth), x + old.box.width), bottom = min(Float(placement.sourceHeight), y + old.box.height)
        guard right > left, bottom > top else { return nil }
        let box = Box(x: left, y: top, width: right - left, height: bottom - top)
        return Detection(classID: old.classID, label: old.label, score: old.score, box: box)
    }

    private static func overlap(_ a: PixelRect, _ b: PixelRect) -> Double {
        let both = a.intersection(b), area = max(0, both.width) * max(0, both.height)
        return Double(area) / Double(max(1, a.width * a.height + b.width * b.height - area))
    }
}

extension BoxPropagator.Item {
    /// In sides of the box, at most 1.
    fileprivate var relativeMotion: Double {
        min(1, Double(abs(displacement.x) + abs(displacement.y)) / Double(max(1, min(area.width, area.height))))
    }
}

extension BlockGrid {
    /// The blocks that pixels touch in one direction, of so many.
    fileprivate func blocks(_ from: Int, _ to: Int, of count: Int) -> Range<Int> {
        let first = min(max(0, from / block), count)
        return first..<min(max(first, (to + block - 1) / block), count)
    }
}

extension PixelRect {
    fileprivate func shifted(_ motion: Motion) -> PixelRect { PixelRect(x: x + motion.x, y: y + motion.y, width: width, height: height) }

    /// The middle, without this share of each side at each end.
    fileprivate func inner(_ share: Double) -> PixelRect {
        let (across, down) = (Int(Double(width) * share), Int(Double(height) * share))
        return PixelRect(x: x + across, y: y + down, width: max(1, width - 2 * across), height: max(1, height - 2 * down))
    }

    fileprivate func visibleShare(in matcher: BlockMatcher) -> Double {
        let visible = intersection(PixelRect(x: 0, y: 0, width: matcher.width, height: matcher.height))
        return Double(max(0, visible.width) * max(0, visible.height)) / Double(max(1, width * height))
    }
}
