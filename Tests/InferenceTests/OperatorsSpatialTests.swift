import Inference
import Tensors
import Testing

/// One random window per spatial axis, small enough to try every output by hand.
private struct Case: CustomStringConvertible {
    var input, kernel, strides, dilations, pads: [Int]

    init(_ numbers: inout TestNumbers, rank: Int) {
        input = (0..<rank).map { _ in numbers.int(3...8) }
        kernel = (0..<rank).map { _ in numbers.int(1...3) }
        strides = (0..<rank).map { _ in numbers.int(1...3) }
        dilations = (0..<rank).map { _ in numbers.int(1...2) }
        pads = (0..<(2 * rank)).map { _ in numbers.int(0...2) }
        for axis in 0..<rank where (kernel[axis] - 1) * dilations[axis] + 1 > input[axis] { dilations[axis] = 1 }
    }

    var description: String { "input \(input) kernel \(kernel) strides \(strides) dilations \(dilations) pads \(pads)" }

    var output: [Int] {
        input.indices.map { (input[$0] + pads[$0] + pads[$0 + input.count] - (kernel[$0] - 1) * dilations[$0] - 1) / strides[$0] + 1 }
    }
}

@Suite struct OperatorsConvolutionTests {
    @Test(arguments: 1...3) func convolutionAgreesWithItsDefinition(rank: Int) throws {
        var numbers = TestNumbers(UInt64(rank))
        for _ in 0..<40 {
            let c = Case(&numbers, rank: rank)
            let (groups, perGroup, outPerGroup) = (numbers.int(1...3), numbers.int(1...3), numbers.int(1...3))
            let x = numbers.floats(Shape([2, groups * perGroup] + c.input))
            let w = numbers.floats(Shape([groups * outPerGroup, perGroup] + c.kernel))
            let b: Tensor? = numbers.int(0...1) == 0 ? nil : numbers.floats([groups * outPerGroup])
            let op = Convolution(strides: c.strides, dilations: c.dilations, padding: .explicit(c.pads), groups: groups)
            let (image, kernel) = (Naive(x), Naive(w))
            let expected = Naive.build(Shape([2, groups * outPerGroup] + c.output)) { index in
                var sum = b.map { Naive($0)[[index[1]]] } ?? 0
                for tap in indices(Shape([perGroup] + c.kernel)) {
                    let place = (0..<rank).map { index[2 + $0] * c.strides[$0] + tap[1 + $0] * c.dilations[$0] - c.pads[$0] }
                    guard (0..<rank).allSatisfy({ place[$0] >= 0 && place[$0] < c.input[$0] }) else { continue }
                    sum += image[[index[0], index[1] / outPerGroup * perGroup + tap[0]] + place] * kernel[[index[1]] + tap]
                }
                return sum
            }
            expectClose(try run(op, [x, w, b])[0], expected, "\(c) groups \(groups)")
        }
    }

    @Test(arguments: 1...3) func transposedConvolutionScattersWhatConvolutionGathers(rank: Int) throws {
        var numbers = TestNumbers(UInt64(10 + rank))
        for _ in 0..<40 {
            var c = Case(&numbers, rank: rank)
            c.pads = c.pads.map { min($0, 1) }
            let extra = (0..<rank).map { numbers.int(0...(c.strides[$0] - 1)) }
            let (groups, perGroup, outPerGroup) = (numbers.int(1...2), numbers.int(1...2), numbers.int(1...3))
            let x = numbers.floats(Shape([2, groups * perGroup] + c.input))
            let w = numbers.floats(Shape([groups * perGroup, outPerGroup] + c.kernel))
            let op = TransposedConvolution(
                strides: c.strides, dilations: c.dilations, padding: .explicit(c.pads), outputPadding: extra, groups: groups)
            let size = (0..<rank).map {
                c.strides[$0] * (c.input[$0] - 1) + extra[$0] + (c.kernel[$0] - 1) * c.dilations[$0] + 1 - c.pads[$0] - c.pads[$0 + rank]
            }
            guard size.allSatisfy({ $0 > 0 }) else { continue }
            var sums: [[Int]: Float] = [:]
            let (image, kernel) = (Naive(x), Naive(w))
            for index in indices(x.shape) {
                for tap in indices(Shape([outPerGroup] + c.kernel)) {
                    let place = (0..<rank).map { index[2 + $0] * c.strides[$0] + tap[1 + $0] * c.dilations[$0] - c.pads[$0] }
                    sums[[index[0], index[1] / perGroup * outPerGroup + tap[0]] + place, default: 0] += image[index] * kernel[[index[1]] + tap]
                }
            }
            let expected = Naive.build(Shape([2, groups * outPerGroup] + size)) { sums[$0] ?? 0 }
            expectClose(try run(op, [x, w])[0], expected, "\(c) extra \(extra) groups \(groups)")
        }
    }

    @Test func transposedConvolutionMeetsARequestedShape() throws {
        let x = Tensor([1, 1, 3, 3], [Float](repeating: 1, count: 9))
        let w = Tensor([1, 2, 3, 3], [Float](repeating: 1, count: 18))
        let op = TransposedConvolution(strides: [3, 2], outputShape: [10, 8])
        #expect(try run(op, [x, w])[0].shape == [1, 2, 10, 8])
        #expect(try run(TransposedConvolution(strides: [2, 2], padding: .sameUpper), [x, w])[0].shape == [1, 2, 6, 6])
    }
}

@Suite struct OperatorsGeometryTests {
    @Test func automaticPaddingRoundsTheOutputUp() throws {
        for input in 1...12 {
            for kernel in 1...5 {
                for stride in 1...4 {
                    for dilation in 1...2 {
                        for padding in [Padding.sameUpper, .sameLower] {
                            let g = try SpatialGeometry(
                                input: [input], kernel: [kernel], strides: [stride], dilations: [dilation], padding: padding)
                            let axis = g.axes[0]
                            #expect(axis.output == (input + stride - 1) / stride)
                            let total = max(0, (axis.output - 1) * stride + (kernel - 1) * dilation + 1 - input)
                            #expect(axis.padBegin + axis.padEnd == total)
                            #expect(padding == .sameUpper ? axis.padEnd - axis.padBegin == total % 2 : axis.padBegin - axis.padEnd == total % 2)
                        }
                    }
                }
            }
        }
    }

    @Test func outputsReadingATapAreThoseInside() throws {
        var numbers = TestNumbers(77)
        for _ in 0..<300 {
            let (input, kernel, pad) = (numbers.int(1...9), numbers.int(1...4), numbers.int(0...5))
            let (stride, dilation) = (numbers.int(1...4), numbers.int(1...3))
            guard
                let g = try? SpatialGeometry(
                    input: [input], kernel: [kernel], strides: [stride], dilations: [dilation], padding: .explicit([pad, pad]),
                    ceilMode: numbers.int(0...1) == 1)
            else { continue }
            let axis = g.axes[0]
            for tap in 0..<kernel {
                let inside = (0..<axis.output).filter { (0..<input).contains($0 * stride + tap * dilation - pad) }
                #expect(Array(axis.outputs(reading: tap)) == inside)
                if !inside.isEmpty { #expect(axis.readingTaps.contains(tap)) }
            }
        }
    }
}
