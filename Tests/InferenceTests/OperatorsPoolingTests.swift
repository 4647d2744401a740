import Inference
import Tensors
import TestSupport
import Testing

@Suite struct OperatorsPoolingTests {
    @Test(arguments: 1...3) func poolingAgreesWithItsDefinition(rank: Int) throws {
        var numbers = Dice(20 + rank)
        for _ in 0..<60 {
            func figures(_ range: ClosedRange<Int>) -> [Int] { (0..<rank).map { _ in numbers.int(range) } }
            let kernel = figures(1...3)
            var c = NaiveWindow(
                input: figures(3...7), kernel: kernel, strides: figures(1...3), dilations: figures(1...2),
                begins: kernel.map { numbers.int(0...($0 - 1)) }, ends: kernel.map { numbers.int(0...($0 - 1)) })
            for axis in 0..<rank where c.room(axis) < 0 { c.dilations[axis] = 1 }
            let (ceil, counts) = (numbers.int(0...1) == 1, numbers.int(0...1) == 1)
            let x = numbers.floats(Shape([2, 2] + c.input))
            let image = Naive(x)
            let output = (0..<rank).map { axis -> Int in
                let size = c.room(axis) / c.strides[axis] + 1
                // Rounding up keeps a last window only if it starts inside the input or the begin padding.
                let rounds = ceil && c.room(axis) % c.strides[axis] > 0
                return rounds && size * c.strides[axis] < c.input[axis] + c.begins[axis] ? size + 1 : size
            }
            let taps = indices(Shape(kernel))
            let ends = zip(c.input, c.ends).map { $0 + $1 }
            func window(_ index: [Int]) -> (inside: [Float], padded: Int) {
                var (inside, padded): ([Float], Int) = ([], 0)
                for tap in taps {
                    let place = c.place(index[2...], tap[...])
                    if zip(place, ends).allSatisfy({ $0 < $1 }) { padded += 1 }
                    if c.contains(place) { inside.append(image[Array(index[..<2]) + place]) }
                }
                return (inside, padded)
            }
            let what = "\(c) ceil \(ceil) counts \(counts)"
            let shape = Shape([2, 2] + output)
            let most = Naive.build(shape) { window($0).inside.max() ?? -.infinity }
            let mean = Naive.build(shape) { index in
                let (inside, padded) = window(index)
                let sum: Float = inside.reduce(0, +)
                return sum / Float(counts ? padded : max(inside.count, 1))
            }
            func pooling(_ kind: Pooling.Kind) -> Pooling {
                Pooling(
                    kind: kind, kernel: kernel, strides: c.strides, dilations: c.dilations, padding: .explicit(c.begins + c.ends),
                    ceilMode: ceil, countIncludesPadding: counts)
            }
            let results = try run(pooling(.maximum), [x])
            expectClose(results[0], most, .exact, what)
            let (flat, values): ([Float], [Float]) = (x.elements(), results[0].elements())
            for (i, place) in results[1].elements(of: Int64.self).enumerated() where place >= 0 { #expect(flat[Int(place)] == values[i]) }
            expectClose(try run(pooling(.average), [x])[0], mean, what)
        }
    }

    @Test func columnMajorIndicesNumberColumnsFirst() throws {
        let x = Tensor([1, 1, 2, 3], [1, 2, 9, 4, 5, 6] as [Float])
        let op = Pooling(kind: .maximum, kernel: [2, 3], columnMajorIndices: true)
        #expect(try run(op, [x])[1].elements(of: Int64.self) == [4])
    }

    @Test func globalPoolingReducesEveryPlane() throws {
        let x = Tensor([1, 2, 1, 3], [1, 2, 6, -4, -5, -6] as [Float])
        #expect(try run(GlobalPooling(kind: .average), [x])[0].elements() == [3, -5] as [Float])
        #expect(try run(GlobalPooling(kind: .maximum), [x])[0].elements() == [6, -4] as [Float])
        #expect(throws: OperatorError.self) { try run(GlobalPooling(kind: .average), [Tensor([1, 2, 0, 3], [Float]())]) }
    }
}
