import Foundation
import Inference
import Tensors
import TestSupport
import Testing

@Suite struct OperatorsReductionTests {
    @Test(arguments: ["mean", "sum", "maximum", "minimum", "product", "l1", "l2", "sumOfSquares", "logSumExp"])
    func reductionAgreesWithItsDefinition(name: String) throws {
        let function = Reduction.Function(rawValue: name)!
        var numbers = Dice(40)
        for _ in 0..<60 {
            let shape = Shape((0..<4).map { _ in numbers.int(1...4) })
            let x = numbers.floats(shape)
            let axes = (0..<4).filter { _ in numbers.int(0...1) == 1 }
            let reduced = axes.isEmpty ? [0, 1, 2, 3] : axes
            let keeps = numbers.int(0...1) == 1
            let image = Naive(x)
            let kept = Shape((0..<4).map { reduced.contains($0) ? 1 : shape[$0] })
            let expected = Naive.build(kept) { index in
                let values = indices(shape).filter { full in (0..<4).allSatisfy { reduced.contains($0) || full[$0] == index[$0] } }.map {
                    image[$0]
                }
                return switch function {
                case .mean: values.reduce(0, +) / Float(values.count)
                case .sum: values.reduce(0, +)
                case .maximum: values.max()!
                case .minimum: values.min()!
                case .product: values.reduce(1, *)
                case .l1: values.reduce(0) { $0 + $1.magnitude }
                case .sumOfSquares: values.reduce(0) { $0 + $1 * $1 }
                case .logSum: log(values.reduce(0, +))
                case .logSumExp: log(values.reduce(0) { $0 + exp($1) })
                case .l2: values.reduce(0) { $0 + $1 * $1 }.squareRoot()
                }
            }
            let result = try run(Reduction(function, keepsDims: keeps), [x, list(axes.map { $0 - 4 })])[0]
            #expect(result.shape == (keeps ? kept : Shape((0..<4).filter { !reduced.contains($0) }.map { shape[$0] })))
            expectClose(result.reshaped(to: kept), expected, "\(shape) \(axes)")
        }
    }

    @Test func emptyAxesReduceAllOrNothing() throws {
        let x = floats([1, 2, 3])
        #expect(try run(Reduction(.sum), [x])[0].elements() == [6] as [Float])
        #expect(try run(Reduction(.sum, noopWithEmptyAxes: true), [x, list([])])[0].elements() == [1, 2, 3] as [Float])
        let none = Tensor([2, 0], [Float]())
        #expect(try run(Reduction(.maximum), [none, list([1])])[0].elements() == [-.infinity, -.infinity] as [Float])
        #expect(try run(Reduction(.product), [none, list([1])])[0].elements() == [1, 1] as [Float])
    }

    /// Rows shorter than a vector, of which several are computed at once, and what is left of them at the end.
    @Test func softmaxOfShortRowsAgreesWithItsDefinition() throws {
        var numbers = Dice(46)
        for length in 1...9 {
            let count = numbers.int(14...50), x = numbers.floats([count, length])
            let values: [Float] = x.elements()
            let expected = (0..<count).flatMap { row in
                let powers = values[row * length..<(row + 1) * length].map { exp(Double($0)) }
                return powers.map { $0 / powers.reduce(0, +) }
            }
            let shares: [Float] = try run(Softmax(), [x])[0].elements()
            let logs: [Float] = try run(Softmax(logarithm: true), [x])[0].elements()
            #expect(zip(shares, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
            #expect(zip(logs, expected).allSatisfy { abs(Double($0) - log($1)) < 1e-5 })
        }
    }

    @Test func softmaxSumsToOneAlongItsAxis() throws {
        var numbers = Dice(41)
        let x = numbers.floats([2, 5, 3])
        let image = Naive(x)
        for axis in 0..<3 {
            func power(_ index: [Int], _ place: Int) -> Float {
                var at = index
                at[axis] = place
                return exp(image[at])
            }
            let expected = Naive.build(x.shape) { index in
                exp(image[index]) / (0..<x.shape[axis]).reduce(0) { $0 + power(index, $1) }
            }
            let result = try run(Softmax(axis: axis), [x])[0]
            expectClose(result, expected, .close(relative: 1e-5, absolute: 0))
            let logs = try run(Softmax(axis: axis - 3, logarithm: true), [x])[0]
            expectClose(try run(Unary(.exp), [logs])[0], expected, .close(relative: 1e-5, absolute: 0))
        }
        let flat: [Float] = try run(Softmax(axis: 1, flattens: true), [x])[0].elements()
        #expect(abs(flat[..<15].reduce(0, +) - 1) < 1e-5)
        #expect(try run(Softmax(), [floats([1000, 1000])])[0].elements() == [0.5, 0.5] as [Float])
    }

    @Test func argMaxTakesFirstOrLast() throws {
        let x = Tensor([2, 3], [1, 5, 5, 2, 2, 0] as [Float])
        #expect(try run(ArgMax(axis: 1), [x])[0].elements() == [1, 0] as [Int64])
        #expect(try run(ArgMax(axis: 1, selectsLastIndex: true), [x])[0].elements() == [2, 1] as [Int64])
        #expect(try run(ArgMax(axis: -2, keepsDims: false), [x])[0].elements() == [1, 0, 0] as [Int64])
    }

    @Test func topKAgreesWithSorting() throws {
        var numbers = Dice(42)
        for _ in 0..<60 {
            let (extent, largest) = (numbers.int(1...30), numbers.int(0...1) == 1)
            let count = numbers.int(0...extent)
            let x = Tensor([2, extent, 3], (0..<(6 * extent)).map { _ in Float(numbers.int(-4...4)) })
            let results = try run(TopK(axis: 1, largest: largest), [x, list([count])])
            let (image, places) = (Naive(x), results[1].elements(of: Int64.self))
            for outer in 0..<2 {
                for inner in 0..<3 {
                    func value(_ i: Int) -> Float { image[[outer, i, inner]] }
                    let order = (0..<extent).sorted { value($0) != value($1) ? (value($0) > value($1)) == largest : $0 < $1 }
                    #expect((0..<count).map { Int(places[(outer * count + $0) * 3 + inner]) } == Array(order.prefix(count)))
                }
            }
        }
        let odd = try run(TopK(), [floats([-0.0, .nan, 1, 0, -.infinity]), list([5])])
        #expect(odd[1].elements() == [1, 2, 0, 3, 4] as [Int64])
    }

    @Test func nonMaxSuppressionKeepsTheBestOfEachCluster() throws {
        let boxes = Tensor(
            [1, 6, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101] as [Float])
        let scores = Tensor([1, 1, 6], [0.9, 0.75, 0.6, 0.95, 0.5, 0.3] as [Float])
        let limits: [Tensor?] = [list([3]), floats([0.5]), floats([0])]
        #expect(try run(NonMaxSuppression(), [boxes, scores] + limits)[0].elements() == [0, 0, 3, 0, 0, 0, 0, 0, 5] as [Int64])
        #expect(
            try run(NonMaxSuppression(), [boxes, scores, list([3]), floats([0.5]), floats([0.4])])[0].elements() == [0, 0, 3, 0, 0, 0]
                as [Int64])
        #expect(try run(NonMaxSuppression(), [boxes, scores])[0].shape == [0, 3])
    }

    /// Against each box tried with each kept one; boxes lie together, in groups far apart, along one line, or beyond all numbers.
    @Test func nonMaxSuppressionTriesAllPairsThatMayOverlap() throws {
        for seed in 0..<40 {
            var dice = Dice(seed + 500)
            let count = dice.int(1...120), span: Float = dice.pick([0, 3, 40]), apart: Float = dice.pick([0, 50, 1e6])
            var values: [Float] = []
            for _ in 0..<count {
                let group = Float(dice.int(0...5)) * apart, (x, y) = (group + abs(dice.float()) * span, abs(dice.float()) * span)
                values += [y, x, y + abs(dice.float()) * 9, x + abs(dice.float()) * 9]
            }
            if dice.chance(8) { values[dice.int(0...values.count - 1)] = .infinity }
            let scores = (0..<count).map { _ in Float(dice.int(0...50)) }
            var kept: [Int] = []
            func iou(_ a: Int, _ b: Int) -> Float {
                let (a, b) = (values[4 * a..<4 * a + 4].map { $0 }, values[4 * b..<4 * b + 4].map { $0 })
                let (height, width) = (min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1]))
                let (areaA, areaB) = ((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
                guard height > 0, width > 0, areaA > 0, areaB > 0 else { return 0 }
                return height * width / (areaA + areaB - height * width)
            }
            for box in (0..<count).sorted(by: { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 })
            where kept.allSatisfy({ iou($0, box) <= 0.4 }) { kept.append(box) }
            let boxes = Tensor([1, count, 4], values), classes = Tensor([1, 1, count], scores)
            let result = try run(NonMaxSuppression(), [boxes, classes, list([count]), floats([0.4])])[0]
            #expect(result.elements(of: Int64.self).enumerated().compactMap { $0 % 3 == 2 ? Int($1) : nil } == kept)
        }
    }

    @Test func matrixProductsAgreeWithTheirDefinition() throws {
        var numbers = Dice(43)
        for _ in 0..<40 {
            let (rows, columns, depth) = (numbers.int(1...5), numbers.int(1...40), numbers.int(1...50))
            let a = numbers.floats([2, 1, rows, depth])
            let b = numbers.floats([3, depth, columns])
            let (x, y) = (Naive(a), Naive(b))
            let expected = Naive.build([2, 3, rows, columns]) { i in
                (0..<depth).reduce(0) { $0 + x[[i[0], 0, i[2], $1]] * y[[i[1], $1, i[3]]] }
            }
            expectClose(try run(MatMul(), [a, b])[0], expected, .close(relative: 1e-4, absolute: 1e-3))
            let (transposesA, transposesB) = (numbers.int(0...1) == 1, numbers.int(0...1) == 1)
            let left = numbers.floats(transposesA ? [depth, rows] : [rows, depth])
            let right = numbers.floats(transposesB ? [columns, depth] : [depth, columns])
            let c = numbers.floats([columns])
            let (l, r, added) = (Naive(left), Naive(right), Naive(c))
            let product = Naive.build([rows, columns]) { i in
                2 * (0..<depth).reduce(0) { $0 + l[transposesA ? [$1, i[0]] : [i[0], $1]] * r[transposesB ? [i[1], $1] : [$1, i[1]]] }
                    - added[[i[1]]]
            }
            let gemm = Gemm(alpha: 2, beta: -1, transposesA: transposesA, transposesB: transposesB)
            expectClose(try run(gemm, [left, right, c])[0], product, .close(relative: 1e-4, absolute: 1e-3))
        }
        #expect(try run(MatMul(), [floats([1, 2]), floats([3, 4])])[0].shape == [])
    }

    @Test func normalisationsUseTheirStatistics() throws {
        let x = Tensor([1, 2, 2], [1, 3, 10, 30] as [Float])
        let ones = floats([1, 1])
        let zeros = floats([0, 0])
        expectClose(try run(InstanceNormalization(), [x, ones, zeros])[0], Tensor([1, 2, 2], [-1, 1, -1, 1] as [Float]))
        let batch = try run(BatchNormalization(epsilon: 0), [x, floats([2, 1]), floats([1, 0]), floats([1, 10]), floats([4, 100])])[0]
        expectClose(batch, Tensor([1, 2, 2], [1, 3, 0, 2] as [Float]))
        // Of the batch: means 2 and 20, over both pictures.
        let two = Tensor([2, 2, 1], [1, 10, 3, 30] as [Float])
        let own = try run(BatchNormalization(epsilon: 0, usesBatch: true), [two, floats([2, 1]), floats([1, 0]), zeros, ones])[0]
        expectClose(own, Tensor([2, 2, 1], [-1, -1, 3, 1] as [Float]))
        let lrn = try run(LocalResponseNormalization(size: 3, alpha: 3, beta: 1, bias: 1), [x])[0]
        expectClose(lrn, Tensor([1, 2, 2], [1 / 102, 3 / 910, 10 / 102, 30 / 910] as [Float]))
    }
}
