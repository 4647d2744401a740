import Vision

/// Strong changes of the picture that no known object explains: somebody may have come. Where such changes came to nothing before, as
/// leaves do, they count less.
package final class UnexplainedChanges {
    private typealias Constants = PolicyConstants.Propagation

    private let matcher: BlockMatcher
    /// How often strong changes came to nothing, 0…1, by cells of blocks.
    private var nuisance: [Float]
    private let cellsAcross: Int
    /// Of the blocks, whether an object is there; kept so that nothing is allocated.
    private var isExplained: [Bool]

    package init(_ matcher: BlockMatcher) {
        self.matcher = matcher
        let cell = Constants.cell
        cellsAcross = (matcher.grid.across + cell - 1) / cell
        nuisance = Array(repeating: 0, count: cellsAcross * ((matcher.grid.down + cell - 1) / cell))
        isExplained = Array(repeating: false, count: matcher.grid.count)
    }

    /// Changes between the two pictures that were compared last.
    package struct Found {
        /// In objects of the usual size.
        package let objects: Double
        /// Cells of blocks that have some.
        fileprivate let cells: Set<Int>
    }

    /// - Parameter objects: that are known, in source pixels. One over half of the picture explains nothing.
    /// - Complexity: O(blocks).
    package func find(outside objects: [Box], _ placement: Placement) -> Found {
        let grid = matcher.grid, block = grid.block
        for index in isExplained.indices { isExplained[index] = false }
        var blocks = 0
        for box in objects {
            let area = matcher.area(of: box, placement)
            blocks += area.width * area.height / (block * block)
            guard 2 * area.width * area.height < matcher.width * matcher.height else { continue }
            for by in grid.blocks(area.y - block, area.maxY + block, of: grid.down) {
                for bx in grid.blocks(area.x - block, area.maxX + block, of: grid.across) { isExplained[by * grid.across + bx] = true }
            }
        }
        var weight: Float = 0
        var cells: Set<Int> = []
        for by in 0..<grid.down {
            for bx in 0..<grid.across where !isExplained[by * grid.across + bx] && matcher.mean(bx, by) >= Constants.strongDifference {
                let cell = by / Constants.cell * cellsAcross + bx / Constants.cell
                cells.insert(cell)
                weight += 1 - nuisance[cell]
            }
        }
        let usual = objects.isEmpty ? Constants.usualBlocks : max(Constants.leastBlocks, Double(blocks) / Double(objects.count))
        return Found(objects: Double(weight) / min(usual, Constants.usualBlocks), cells: cells)
    }

    /// Takes what the changes of a frame came to, once the network has looked.
    /// - Parameter new: objects of the frame that were not known when the changes were found.
    package func learn(_ found: Found, new: [Box], _ placement: Placement) {
        let side = Constants.cell * matcher.grid.block, areas = new.map { matcher.area(of: $0, placement) }
        for cell in found.cells {
            let rect = PixelRect(x: cell % cellsAcross * side, y: cell / cellsAcross * side, width: side, height: side)
            let isFruitful = areas.contains { $0.intersection(rect).width > 0 && $0.intersection(rect).height > 0 }
            nuisance[cell] =
                isFruitful
                ? Constants.fruitful * nuisance[cell] : nuisance[cell] + Constants.fruitless * (Constants.largestNuisance - nuisance[cell])
        }
    }

    /// The next picture is of another view.
    package func clear() { for index in nuisance.indices { nuisance[index] = 0 } }
}

extension BlockMatcher {
    /// Where a box of the frame lies in the picture, inside it and one pixel large at least.
    fileprivate func area(of box: Box, _ placement: Placement) -> PixelRect {
        let from = placement.modelPoint(sourceX: Double(box.x), y: Double(box.y))
        let to = placement.modelPoint(sourceX: Double(box.x + box.width), y: Double(box.y + box.height))
        func clip(_ value: Double, _ limit: Int) -> Int { Int(min(max(value.rounded(), 0), Double(limit))) }
        let (left, top) = (clip(from.x, width - 1), clip(from.y, height - 1))
        return PixelRect(x: left, y: top, width: max(1, clip(to.x, width) - left), height: max(1, clip(to.y, height) - top))
    }
}

extension BlockGrid {
    /// The blocks that pixels touch in one direction, of so many.
    fileprivate func blocks(_ from: Int, _ to: Int, of count: Int) -> Range<Int> {
        let first = min(max(0, from / block), count)
        return first..<min(max(first, (to + block - 1) / block), count)
    }
}
