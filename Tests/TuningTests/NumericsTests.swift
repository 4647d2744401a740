import CKernels
import Inference
import Models
import TestSupport
import Testing

@testable import Tuning

/// The linear algebra against plain loops.
struct NumericsTests {
    private func samples(_ rows: Int, _ columns: Int, seed: Int = 3) -> Matrix {
        var dice = Dice(seed)
        return Matrix(rows, columns, (0..<rows * columns).map { _ in Double(dice.float()) })
    }

    private func moments(_ samples: Matrix) -> Matrix {
        let columns = Matrix(
            samples.columns, samples.rows, (0..<samples.columns).flatMap { column in (0..<samples.rows).map { samples[$0, column] } })
        return columns.times(transposed: columns)
    }

    @Test(arguments: [1, 2, 5, 33]) func inverses(side: Int) throws {
        let matrix = moments(samples(3 * side + 2, side))
        let product = matrix.times(transposed: try #require(matrix.ridgeInverse(0)))
        for row in 0..<side {
            for column in 0..<side { #expect(abs(product[row, column] - (row == column ? 1 : 0)) < 1e-8) }
        }
    }

    @Test func aSingularMatrixHasARidge() throws {
        let inverse = try #require(Matrix(3, 3).ridgeInverse())
        #expect(inverse.values.allSatisfy { $0.isFinite })
        #expect(Matrix(1, 1, [.nan]).ridgeInverse() == nil)
    }

    @Test(arguments: [1, 2, 7, 24]) func eigenvectors(side: Int) {
        let matrix = moments(samples(side + 3, side)), (values, vectors) = matrix.eigen()
        #expect(values == values.sorted(by: >))
        let images = vectors.times(transposed: matrix)
        for row in 0..<side {
            for column in 0..<side { #expect(abs(images[row, column] - values[row] * vectors[row, column]) < 1e-9) }
        }
    }

    @Test func eliminationCostsWhatTheFitLeaves() throws {
        let (side, rows, gone) = (12, 4, 5)
        let matrix = moments(samples(60, side)), map = samples(rows, side, seed: 9)
        var (inverse, weights) = (try #require(matrix.ridgeInverse(0)), map)
        var (order, costs) = ([Int32](repeating: 0, count: gone), [Double](repeating: 0, count: gone))
        // The last column, the bias, does not go.
        let eligible = [UInt8](repeating: 1, count: side - 1) + [0]
        let count = dv_eliminate_columns(
            &inverse.values, &weights.values, Int32(rows), Int32(side), eligible, Int32(gone), &order, &costs)
        #expect(count == gone)
        #expect(Set(order).count == gone)
        #expect(!order.contains(Int32(side - 1)))
        let kept = (0..<side).filter { !order.contains(Int32($0)) }
        let inner = try #require(matrix.selecting(rows: kept).selecting(columns: kept).ridgeInverse(0))
        let fitted = map.times(transposed: matrix.selecting(rows: kept)).times(transposed: inner)
        var error = map
        for row in 0..<rows { for (place, column) in kept.enumerated() { error[row, column] -= fitted[row, place] } }
        #expect(abs(error.energy(matrix) - costs.reduce(0, +)) < 1e-8 * map.energy(matrix))
        // What is left is the fit.
        for row in 0..<rows { for (place, column) in kept.enumerated() { #expect(abs(weights[row, column] - fitted[row, place]) < 1e-8) } }
        #expect(costs == costs.sorted())
    }

    /// A 3×2 window with stride and dilation over 2 channels, against loops.
    @Test func momentsOfWindows() {
        var dice = Dice(5)
        let (channels, height, width) = (2, 7, 9), image = (0..<channels * height * width).map { _ in dice.float() }
        let places: [Int32] = [0, 0, 1, 2, 3, 4, 2, 1, 3, 0], side = channels * 6 + 1
        var (sum, scratch) = ([Double](repeating: 0, count: side * side), [Float](repeating: 0, count: side * 16))
        image.withUnsafeBufferPointer { image in
            var windows = dv_windows(
                image: image.baseAddress, channels: 2, height: 7, width: 9, window_height: 3, window_width: 2, stride_y: 2, stride_x: 2,
                dilation_y: 1, dilation_x: 2, pad_top: 1, pad_left: 0)
            dv_add_moments(&windows, places, 5, &scratch, &sum)
        }
        var wanted = [Double](repeating: 0, count: side * side)
        for place in 0..<5 {
            var window: [Double] = []
            for channel in 0..<channels {
                for row in 0..<3 {
                    for column in 0..<2 {
                        let (y, x) = (Int(places[2 * place]) * 2 + row - 1, Int(places[2 * place + 1]) * 2 + 2 * column)
                        let isInside = (0..<height).contains(y) && (0..<width).contains(x)
                        window.append(isInside ? Double(image[(channel * height + y) * width + x]) : 0)
                    }
                }
            }
            window.append(1)
            for row in 0..<side { for column in 0...row { wanted[row * side + column] += window[row] * window[column] } }
        }
        #expect(zip(sum, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}

struct SearchTests {
    @Test func aProcessKnowsItsPoints() throws {
        let points = [[0.0], [0.4], [1.0], [2.0]], values = [1.0, 0.8, 0.2, 0.1]
        let process = try #require(GaussianProcess(points, values))
        for (point, value) in zip(points, values) { #expect(abs(process.predict(point).mean - value) < 0.05) }
        #expect(process.predict([9]).deviation > 3 * process.predict([0.4]).deviation)
        #expect(process.probability([1.0], below: 0.5) > 0.9)
        #expect(process.probability([0.0], below: 0.5) < 0.1)
        #expect(GaussianProcess([], []) == nil)
    }

    private func trial(_ combination: Combination, _ milliseconds: Double, _ agreement: Double) -> Trial {
        Trial(
            combination: combination, techniques: [], milliseconds: milliseconds, speedup: 10 / milliseconds, memoryBytes: 1, fileBytes: 1,
            macs: 1,
            agreement: agreement, score: 0.5)
    }

    /// Against a model whose time and agreement are known functions of the combination.
    @Test func findsTheFastestThatAgrees() throws {
        let original = Combination(width: 320, height: 320)
        let sizes = stride(from: 160, through: 320, by: 32).map { (width: $0, height: $0, scale: Double($0) / 320) }
        func saved(_ price: Double) -> Double { 0.5 * price / (price + 1) }
        func milliseconds(_ combination: Combination) -> Double {
            10 * Double(combination.width * combination.height) / 102_400 * (1 - saved(combination.pruning))
                * (1 - 0.5 * saved(combination.lowRank))
        }
        func agreement(_ combination: Combination) -> Double {
            let shrunk = 1 - Double(combination.width) / 320
            return 1 - 0.3 * shrunk * shrunk - 0.01 * combination.pruning - 0.04 * combination.lowRank
        }
        var limits = TuneLimits()
        limits.agreement = 0.95
        var search = try Search(sizes: sizes, original: original, limits: limits) { $0 == .channelPruning ? saved($1) : 0.5 * saved($1) }
        search.add(trial(original, 10, 1))
        while search.trials.count < 25, let combination = search.next() {
            search.add(trial(combination, milliseconds(combination), agreement(combination)))
        }
        let found = try #require(search.trials.filter(limits.admits).map(\.milliseconds).min())
        let prices = [0] + (-5...3).map { Double(1 << ($0 + 5)) / 32 }
        var best = Double.infinity
        for size in sizes {
            for price in prices {
                for other in prices {
                    let combination = Combination(width: size.width, height: size.height, pruning: price, lowRank: other)
                    if agreement(combination) >= 0.95 { best = min(best, milliseconds(combination)) }
                }
            }
        }
        #expect(found <= 1.1 * best, "\(found) ms found, \(best) ms possible, of \(sizes.count * 100) combinations")
        #expect(Set(search.trials.map(\.combination)).count == search.trials.count)
    }

    /// Whole numbers save most and disagree most: they are the choice only where what is asked for allows it.
    @Test(arguments: [(0.96, Precision.int8), (0.985, .bf16), (0.999, .fp32)])
    func precisionIsChosenByAgreement(target: Double, wanted: Precision) throws {
        let original = Combination(width: 320, height: 320)
        var limits = TuneLimits()
        limits.agreement = target
        var search = try Search(
            sizes: [(width: 320, height: 320, scale: 1.0)], precisions: Precision.allCases, original: original, limits: limits
        ) { _, _ in 0 }
        search.add(trial(original, 10, 1))
        while search.trials.count < 25, let combination = search.next() {
            let (share, agreement) =
                switch combination.precision {
                case .fp32: (1.0, 1.0)
                case .bf16: (0.7, 0.99)
                case .int8: (0.5, 0.97)
                }
            let prices = combination.pruning + combination.lowRank
            search.add(trial(combination, 10 * share, agreement - 0.1 * prices))
        }
        let best = try #require(search.trials.filter(limits.admits).min { limits.isBetter($0, than: $1) })
        #expect(best.combination.precision == wanted)
        #expect(best.combination.techniques(from: 320, 320) == (wanted == .fp32 ? [] : [.precision]))
    }

    @Test func theFrontHasWhatNothingBeats() {
        let combination = Combination(width: 32, height: 32)
        let trials = [
            trial(combination, 10, 1), trial(combination, 5, 0.9), trial(combination, 6, 0.85), trial(combination, 5, 0.8),
            trial(combination, 2, 0.5),
        ]
        #expect(Trial.front(trials).map(\.milliseconds) == [2, 5, 10])
    }

    @Test func limitsChoose() {
        var limits = TuneLimits()
        limits.agreement = 0.8
        let combination = Combination(width: 32, height: 32), (fast, sure) = (trial(combination, 3, 0.82), trial(combination, 6, 0.97))
        #expect(limits.isBetter(fast, than: sure))
        limits.milliseconds = 8
        #expect(limits.isBetter(sure, than: fast))
        #expect(limits.admits(sure))
        #expect(!limits.admits(trial(combination, 9, 1)))
        #expect(!limits.admits(trial(combination, 1, 0.7)))
    }
}
