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
        /// Where these are in the picture.
        package let areas: [PixelRect]
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
            grid.forEachBlock(in: area.widened(by: block)) { isExplained[$0] = true }
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
        return Found(objects: Double(weight) / min(usual, Constants.usualBlocks), cells: cells, areas: cells.map(area))
    }

    private func area(ofCell cell: Int) -> PixelRect {
        let side = Constants.cell * matcher.grid.block
        return PixelRect(x: cell % cellsAcross * side, y: cell / cellsAcross * side, width: side, height: side)
    }

    /// Takes what the changes of a frame came to, once the network has looked.
    /// - Parameter new: objects of the frame that were not known when the changes were found.
    package func learn(_ found: Found, new: [Box], _ placement: Placement) {
        let areas = new.map { matcher.area(of: $0, placement) }
        for cell in found.cells {
            let own = area(ofCell: cell), isFruitful = areas.contains { $0.meets(own) }
            nuisance[cell] =
                isFruitful
                ? Constants.fruitful * nuisance[cell] : nuisance[cell] + Constants.fruitless * (Constants.largestNuisance - nuisance[cell])
        }
    }

    /// The next picture is of another view.
    package func clear() { for index in nuisance.indices { nuisance[index] = 0 } }
}
