import Inference
import Tensors
import Testing

@Suite struct OperatorsPoolingTests {
    @Test(arguments: 1...3) func poolingAgreesWithItsDefinition(rank: Int) throws {
        var numbers = TestNumbers(UInt64(20 + rank))
        for _ in 0..<60 {
            let input = (0..<rank).map { _ in numbers.int(3...7) }
            let kernel = (0..<rank).map { _ in numbers.int(1...3) }
            let strides = (0..<rank).map { _ in numbers.int(1...3) }
            let dilations = (0..<rank).map { kernel[$0] == 3 && input[$0] < 5 ? 1 : numbers.int(1...2) }
            let begins = (0..<rank).map { numbers.int(0...(kernel[$0] - 1)) }
            let ends = (0..<rank).map { numbers.int(0...(kernel[$0] - 1)) }
            let (ceil, counts) = (numbers.int(0...1) == 1, numbers.int(0...1) == 1)
            let x = numbers.floats(Shape([2, 2] + input))
            let image = Naive(x)
            let output = (0..<rank).map { axis -> Int in
                let room = input[axis] + begins[axis] + ends[axis] - (kernel[axis] - 1) * dilations[axis] - 1
                var size = room / strides[axis] + 1
                // Rounding up keeps a last window only if it starts inside the input or the begin padding.
                if ceil && room % strides[axis] > 0 && size * strides[axis] < input[axis] + begins[axis] { size += 1 }
                return size
            }
            func window(_ index: [Int]) -> (inside: [Float], padded: Int) {
                var (inside, padded): ([Float], Int) = ([], 0)
                for tap in indices(Shape(kernel)) {
                    let place = (0..<rank).map { index[2 + $0] * strides[$0] + tap[$0] * dilations[$0] - begins[$0] }
                    if (0..<rank).allSatisfy({ place[$0] < input[$0] + ends[$0] }) { padded += 1 }
                    if (0..<rank).allSatisfy({ place[$0] >= 0 && place[$0] < input[$0] }) { inside.append(image[Array(index[..<2]) + place]) }
                }
                return (inside, padded)
            }
            let what = "input \(input) kernel \(kernel) strides \(strides) dilations \(dilations) pads \(begins)+\(ends) ceil \(ceil)"
            let shape = Shape([2, 2] + output)
            let most = Naive.build(shape) { window($0).inside.max() ?? -.infinity }
            let mean = Naive.build(shape) { index in
                let (inside, padded) = window(index)
                return inside.reduce(0, +) / Float(counts ? padded : max(inside.count, 1))
            }
            func pooling(_ kind: Pooling.Kind) -> Pooling {
                Pooling(
                    kind: kind, kernel: kernel, strides: strides, dilations: dilations, padding: .explicit(begins + ends),
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
