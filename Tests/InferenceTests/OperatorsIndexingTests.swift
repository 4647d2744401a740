import Foundation
import Inference
import Tensors
import TestSupport
import Testing

/// Scattering, gathering, running sums, Einsum and the like: against the specification's examples and naive loops.
@Suite struct OperatorsIndexingTests {
    @Test func scatterElementsAgreesWithALoop() throws {
        var numbers = Dice(70)
        for round in 0..<60 {
            let shape = Shape((0..<3).map { _ in numbers.int(1...4) })
            let axis = numbers.int(0...2)
            let picked = Shape((0..<3).map { $0 == axis ? numbers.int(1...5) : numbers.int(1...shape[$0]) })
            let data = numbers.floats(shape)
            let updates = numbers.floats(picked)
            let places = numbers.int64s(picked, -shape[axis]...(shape[axis] - 1))
            let reduction: ScatterReduction = [.none, .add, .multiply, .maximum, .minimum][round % 5]
            var expected: [Float] = data.elements()
            for (i, index) in indices(picked).enumerated() {
                var target = index
                let place = Int(places.elements(of: Int64.self)[i])
                target[axis] = place < 0 ? place + shape[axis] : place
                let offset = zip(target, shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
                let update = updates.floats[i]
                switch reduction {
                case .none: expected[offset] = update
                case .add: expected[offset] += update
                case .multiply: expected[offset] *= update
                case .maximum: expected[offset] = max(expected[offset], update)
                case .minimum: expected[offset] = min(expected[offset], update)
                }
            }
            let op = ScatterElements(axis: axis - 3, reduction: reduction)
            expectClose(try run(op, [data, places, updates])[0], Tensor(shape, expected), .exact, "\(shape) \(picked) \(axis)")
        }
    }

    @Test func scatterND() throws {
        let data = Tensor([8], (1...8).map { Float($0) })
        let places = Tensor([4, 1], [4, 3, 1, -1] as [Int64])
        let result = try run(ScatterND(), [data, places, floats([9, 10, 11, 12])])[0]
        #expect(result.floats == [1, 11, 3, 10, 9, 6, 7, 12])
        let twice = try run(ScatterND(reduction: .add), [data, Tensor([2, 1], [0, 0] as [Int64]), floats([9, 10])])[0]
        #expect(twice.floats == [20, 2, 3, 4, 5, 6, 7, 8])
        let rows = try run(
            ScatterND(), [Tensor([2, 2], [true, false, true, false]), Tensor([1, 1], [1 as Int64]), Tensor([1, 2], [false, true])])[0]
        #expect(rows.elements() == [true, false, false, true])
        #expect(throws: OperatorError.self) { try ScatterND().evaluate([data, Tensor([1, 1], [8 as Int64]), floats([1])]) }
        #expect(throws: OperatorError.self) { try ScatterND().evaluate([data, places, floats([1])]) }
    }

    @Test func gatherND() throws {
        let data = Tensor([2, 2], [0, 1, 2, 3] as [Int64])
        #expect(try run(GatherND(), [data, Tensor([2, 2], [0, 0, 1, -1] as [Int64])])[0].elements() == [0, 3] as [Int64])
        #expect(try run(GatherND(), [data, Tensor([2, 1], [1, 0] as [Int64])])[0].elements() == [2, 3, 0, 1] as [Int64])
        let cube = Tensor([2, 2, 2], (0..<8).map { Int64($0) })
        let batched = try run(GatherND(batchAxes: 1), [cube, Tensor([2, 1], [1, 0] as [Int64])])[0]
        #expect(batched.shape == [2, 2])
        #expect(batched.elements() == [2, 3, 4, 5] as [Int64])
        #expect(throws: OperatorError.self) { try GatherND().evaluate([data, Tensor([1, 1], [2 as Int64])]) }
    }

    @Test func nonZeroAndCompress() throws {
        let x = Tensor([2, 2], [1, 0, 1, 1] as [Float])
        let places = try run(NonZero(), [x])[0]
        #expect(places.shape == [2, 3])
        #expect(places.elements() == [0, 1, 1, 0, 0, 1] as [Int64])
        let condition = Tensor([2], [false, true])
        #expect(try run(Compress(axis: 1), [x, condition])[0].floats == [0, 1])
        #expect(try run(Compress(), [x, Tensor([3], [true, true, false])])[0].floats == [1, 0])
        #expect(throws: OperatorError.self) { try Compress(axis: 0).evaluate([x, Tensor([3], [true, true, true])]) }
    }

    @Test(arguments: [false, true], [false, true]) func runningSums(isExclusive: Bool, isReversed: Bool) throws {
        let x = Tensor([2, 3], [1, 2, 3, 4, 5, 6] as [Float])
        let expected: [Float] =
            switch (isExclusive, isReversed) {
            case (false, false): [1, 3, 6, 4, 9, 15]
            case (true, false): [0, 1, 3, 0, 4, 9]
            case (false, true): [6, 5, 3, 15, 11, 6]
            case (true, true): [5, 3, 0, 11, 6, 0]
            }
        let op = CumulativeSum(isExclusive: isExclusive, isReversed: isReversed)
        #expect(try run(op, [x, Tensor(scalar: Int64(1))])[0].floats == expected)
        let columns = try run(CumulativeSum(), [x, Tensor(scalar: Int64(-2))])[0]
        #expect(columns.floats == [1, 2, 3, 5, 7, 9])
    }

    @Test func trianglesAgreeWithALoop() throws {
        let x = Tensor([2, 3, 4], (1...24).map { Int64($0) })
        for k in -5...6 {
            for isUpper in [false, true] {
                let expected: [Int64] = indices(x.shape).enumerated().map { i, index in
                    let isKept = isUpper ? index[2] >= index[1] + k : index[2] <= index[1] + k
                    return isKept ? Int64(i + 1) : 0
                }
                #expect(try run(Trilu(isUpper: isUpper), [x, Tensor(scalar: Int64(k))])[0].elements() == expected)
            }
        }
        let matrix = Tensor([2, 3], [Float](repeating: 7, count: 6))
        #expect(try run(EyeLike(elementType: .int32, diagonal: 1), [matrix])[0].elements() == [0, 1, 0, 0, 0, 1] as [Int32])
    }

    @Test func oneHot() throws {
        let values = floats([2, 5])
        let last = try run(OneHot(), [list([1, -1, 9]), Tensor(scalar: Int64(3)), values])[0]
        #expect(last.floats == [2, 5, 2, 2, 2, 5, 2, 2, 2])
        let first = try run(OneHot(axis: 0), [list([1, 0]), Tensor(scalar: Int64(2)), values])[0]
        #expect(first.floats == [2, 5, 5, 2])
        #expect(throws: OperatorError.self) { try OneHot().evaluate([list([1]), Tensor(scalar: Int64(-1)), values]) }
    }

    @Test func reversedSequences() throws {
        let x = Tensor([3, 2], [0, 1, 2, 3, 4, 5] as [Float])
        #expect(try run(ReverseSequence(), [x, list([3, 2])])[0].floats == [4, 3, 2, 1, 0, 5])
        #expect(try run(ReverseSequence(batchAxis: 0, timeAxis: 1), [x, list([2, 1, 0])])[0].floats == [1, 0, 2, 3, 4, 5])
        #expect(throws: OperatorError.self) { try ReverseSequence().evaluate([x, list([4, 0])]) }
    }

    @Test func smallestAndLargest() throws {
        let x = Tensor([2, 3], [3, 1, 1, 2, 2, 0] as [Float])
        #expect(try run(ArgMax(axis: 1, largest: false), [x])[0].elements() == [1, 2] as [Int64])
        #expect(try run(ArgMax(axis: 1, keepsDims: false, selectsLastIndex: true, largest: false), [x])[0].elements() == [2, 2] as [Int64])
        #expect(try run(ArgMax(largest: false), [list([5, Int.min, Int.max])])[0].elements() == [1] as [Int64])
        #expect(try run(Hardmax(), [x])[0].floats == [1, 0, 0, 1, 0, 0])
        #expect(try run(Hardmax(axis: 0), [x])[0].floats == [1, 0, 1, 0, 1, 0])
        #expect(try run(Hardmax(axis: 0, flattens: true), [x])[0].floats == [1, 0, 0, 0, 0, 0])
    }

    @Test func derivedReductions() throws {
        let x = Tensor([2, 2], [-1, 2, 3, -4] as [Float])
        #expect(try run(Reduction(.l1), [x, list([1])])[0].floats == [3, 7])
        #expect(try run(Reduction(.sumOfSquares, keepsDims: false), [x])[0].floats == [30])
        #expect(try run(Reduction(.logSum), [floats([1, 2])])[0].floats[0] == logf(3))
        expectClose(try run(Reduction(.logSumExp), [floats([1000, 1000])])[0], floats([1000.693147]))
        #expect(try run(Reduction(.logSumExp), [floats([-.infinity, -.infinity])])[0].floats == [-.infinity])
        #expect(try run(Reduction(.l1, noopWithEmptyAxes: true), [x])[0].floats == [1, 2, 3, 4])
        #expect(try run(Reduction(.l1), [list([-3, 2])])[0].elements() == [5] as [Int64])
    }

    /// Every equation by definition: a loop over all labels.
    @Test(arguments: [
        "ij,jk->ik", "bij,bjk->bik", "ij,ij->ij", "ij->ji", "ii->i", "ii", "ij->", "i,j->ij", "bhwc,hkc->bhwk", "abc,cd,db->a", "ij,kj->ki",
        "ij,j", "aij,b->ba", "ijk,jk,k->i",
    ]) func einsumAgreesWithItsDefinition(equation: String) throws {
        var numbers = Dice(71)
        let extents: [Character: Int] = Dictionary(uniqueKeysWithValues: "abcdhijkw".enumerated().map { ($1, 2 + $0 % 3) })
        let sides = equation.components(separatedBy: "->")
        let terms = sides[0].components(separatedBy: ",").map(Array.init)
        let all = Set(terms.joined()).sorted()
        let result = sides.count == 2 ? Array(sides[1]) : all.filter { label in terms.joined().filter { $0 == label }.count == 1 }
        let operands = terms.map { numbers.floats(Shape($0.map { extents[$0]! })) }
        let images = operands.map(Naive.init)
        let summed = all.filter { !result.contains($0) }
        let expected = Naive.build(Shape(result.map { extents[$0]! })) { (index: [Int]) -> Float in
            var sum: Float = 0
            for other in indices(Shape(summed.map { extents[$0]! })) {
                var place: [Character: Int] = [:]
                for (label, at) in zip(result + summed, index + other) { place[label] = at }
                var product: Float = 1
                for (term, image) in zip(terms, images) { product *= image[term.map { place[$0]! }] }
                sum += product
            }
            return sum
        }
        expectClose(try run(Einsum(equation: equation), operands)[0], expected, equation)
    }

    @Test func einsumEllipses() throws {
        let x = Tensor([2, 1, 2], [1, 2, 3, 4] as [Float])
        let y = Tensor([3, 2], [1, 0, 0, 1, 1, 1] as [Float])
        let result = try run(Einsum(equation: "...k, ...k -> ..."), [x, y])[0]
        #expect(result.shape == [2, 3])
        #expect(result.floats == [1, 2, 3, 3, 4, 7])
        #expect(try run(Einsum(equation: "...i->i..."), [x])[0].shape == [2, 2, 1])
        for wrong in ["ij->i", "ijk->il", "ijk->ii", "i..jk", "ijk,a", "......", "i1k"] {
            #expect(throws: OperatorError.self) { try Einsum(equation: wrong).evaluate([x]) }
        }
    }

    @Test func elementaryFunctions() throws {
        let x = floats([-2, -0.5, 0, 0.5, 2])
        func values(_ function: Unary.Function) throws -> [Float] { try run(Unary(function), [x])[0].floats }
        let sines: [Float] = x.floats.map { sinf($0) }
        let arcs: [Float] = x.floats.map { atanf($0) }
        let quotients: [Float] = [-2 / 3, -0.5 / 1.5, 0, 0.5 / 1.5, 2 / 3]
        let celus: [Float] = [2 * expm1f(-1), 2 * expm1f(-0.25), 0, 0.5, 2]
        #expect(try values(.sin) == sines)
        #expect(try values(.atan) == arcs)
        #expect(try values(.sign) == [-1, -1, 0, 1, 1])
        #expect(try values(.softsign) == quotients)
        #expect(try values(.thresholdedRelu(alpha: 0.5)) == [0, 0, 0, 0, 2])
        #expect(try values(.shrink(bias: 1.5, lambda: 0.5)) == [-0.5, 0, 0, 0, 0.5])
        #expect(try values(.celu(alpha: 2)) == celus)
        #expect(try run(Unary(.sign), [list([-7, 0, 9])])[0].elements() == [-1, 0, 1] as [Int64])
        let odd = floats([.nan, .infinity, -.infinity, 1])
        #expect(try run(FloatTest(.isNaN), [odd])[0].elements() == [true, false, false, false])
        #expect(try run(FloatTest(.isInfinite(positive: false, negative: true)), [odd])[0].elements() == [false, false, true, false])
        #expect(try run(Bitwise(.xor), [list([6]), list([3, -1])])[0].elements() == [5, -7] as [Int64])
        let truths = [Tensor([2], [true, false]), Tensor([1], [true])]
        #expect(try run(Binary(.xor), truths)[0].elements() == [false, true])
        #expect(try run(Unary(.bitwiseNot), [list([0, -1])])[0].elements() == [-1, 0] as [Int64])
    }
}

extension Tensor {
    fileprivate var floats: [Float] { elements() }
}
