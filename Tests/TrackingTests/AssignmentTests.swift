import TestSupport
import Testing

@testable import Tracking

@Suite struct AssignmentTests {
    /// Against all assignments there are, over random matrices of every small shape.
    @Test func isTheBestOfAll() {
        var random = Dice(1)
        for _ in 0..<600 {
            let (rows, columns) = (Int.random(in: 0...5, using: &random), Int.random(in: 0...5, using: &random))
            let values = (0..<rows * columns).map { _ in Double.random(in: 0...1, using: &random) }
            let matrix = CostMatrix(rows: rows, columns: columns) { values[$0 * columns + $1] }
            let limit = Double.random(in: 0.1...1.1, using: &random)
            let found = matrix.assignment(limit: limit)
            #expect(found.count == rows)
            #expect(Set(found.compactMap(\.self)).count == found.count { $0 != nil })
            for (row, column) in found.enumerated() { if let column { #expect(matrix[row, column] < limit) } }
            #expect(abs(saving(found, matrix, limit) - best(matrix, limit)) < 1e-12)
        }
    }

    /// Many pairs at the limit and many alike: nothing is lost or paired twice.
    @Test func tiesAndLimits() {
        var random = Dice(2)
        for _ in 0..<300 {
            let (rows, columns) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...4, using: &random))
            let values = (0..<rows * columns).map { _ in [0, 0.5, 0.8, 1, 1].randomElement(using: &random)! }
            let matrix = CostMatrix(rows: rows, columns: columns) { values[$0 * columns + $1] }
            let found = matrix.assignment(limit: 0.8)
            #expect(abs(saving(found, matrix, 0.8) - best(matrix, 0.8)) < 1e-12)
        }
        #expect(CostMatrix(rows: 2, columns: 0) { _, _ in 0 }.assignment(limit: 1) == [nil, nil])
        #expect(CostMatrix(rows: 0, columns: 3) { _, _ in 0 }.assignment(limit: 1) == [])
        #expect(CostMatrix(rows: 1, columns: 2) { _, _ in .nan }.assignment(limit: 1) == [nil])
    }

    private func saving(_ pairs: [Int?], _ matrix: CostMatrix, _ limit: Double) -> Double {
        pairs.enumerated().reduce(0) { sum, pair in sum + (pair.element.map { limit - matrix[pair.offset, $0] } ?? 0) }
    }

    private func best(_ matrix: CostMatrix, _ limit: Double, row: Int = 0, taken: Set<Int> = []) -> Double {
        guard row < matrix.rows else { return 0 }
        var largest = best(matrix, limit, row: row + 1, taken: taken)
        for column in 0..<matrix.columns where !taken.contains(column) && matrix[row, column] < limit {
            largest = max(largest, limit - matrix[row, column] + best(matrix, limit, row: row + 1, taken: taken.union([column])))
        }
        return largest
    }
}
