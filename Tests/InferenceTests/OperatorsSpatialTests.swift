import Inference
import Tensors
import TestSupport
import Testing

/// One random window per spatial axis, small enough to try every output by hand.
private func randomWindow(_ numbers: inout Dice, rank: Int, padding: Int) -> NaiveWindow {
    func figures(_ range: ClosedRange<Int>) -> [Int] { (0..<rank).map { _ in numbers.int(range) } }
    var window = NaiveWindow(
        input: figures(3...8), kernel: figures(1...3), strides: figures(1...3), dilations: figures(1...2),
        begins: figures(0...padding), ends: figures(0...padding))
    for axis in 0..<rank where window.room(axis) < 0 { window.dilations[axis] = 1 }
    return window
}

@Suite struct OperatorsConvolutionTests {
    @Test(arguments: 1...3) func convolutionAgreesWithItsDefinition(rank: Int) throws {
        var numbers = Dice(rank)
        for _ in 0..<40 {
            let c = randomWindow(&numbers, rank: rank, padding: 2)
            let (groups, perGroup, outPerGroup) = (numbers.int(1...3), numbers.int(1...3), numbers.int(1...3))
            let x = numbers.floats(Shape([2, groups * perGroup] + c.input))
            let w = numbers.floats(Shape([groups * outPerGroup, perGroup] + c.kernel))
            let b: Tensor? = numbers.int(0...1) == 0 ? nil : numbers.floats([groups * outPerGroup])
            let op = Convolution(strides: c.strides, dilations: c.dilations, padding: .explicit(c.begins + c.ends), groups: groups)
            let (image, kernel) = (Naive(x), Naive(w))
            let output = (0..<rank).map { c.room($0) / c.strides[$0] + 1 }
            let taps = indices(Shape([perGroup] + c.kernel))
            let expected = Naive.build(Shape([2, groups * outPerGroup] + output)) { index in
                var sum: Float = b.map { Naive($0)[[index[1]]] } ?? 0
                for tap in taps {
                    let place = c.place(index[2...], tap[1...])
                    guard c.contains(place) else { continue }
                    let channel = index[1] / outPerGroup * perGroup + tap[0]
                    sum += image[[index[0], channel] + place] * kernel[[index[1]] + tap]
                }
                return sum
            }
            expectClose(try run(op, [x, w, b])[0], expected, "\(c) groups \(groups)")
        }
    }

    @Test(arguments: 1...3) func transposedConvolutionScattersWhatConvolutionGathers(rank: Int) throws {
        var numbers = Dice(10 + rank)
        for _ in 0..<40 {
            let c = randomWindow(&numbers, rank: rank, padding: 1)
            let extra = (0..<rank).map { numbers.int(0...(c.strides[$0] - 1)) }
            let (groups, perGroup, outPerGroup) = (numbers.int(1...2), numbers.int(1...2), numbers.int(1...3))
            let x = numbers.floats(Shape([2, groups * perGroup] + c.input))
            let w = numbers.floats(Shape([groups * perGroup, outPerGroup] + c.kernel))
            let op = TransposedConvolution(
                strides: c.strides, dilations: c.dilations, padding: .explicit(c.begins + c.ends), outputPadding: extra, groups: groups)
            let size = (0..<rank).map { axis -> Int in
                let full = c.strides[axis] * (c.input[axis] - 1) + c.span(axis)
                return full + extra[axis] - c.begins[axis] - c.ends[axis]
            }
            guard size.allSatisfy({ $0 > 0 }) else { continue }
            var sums: [[Int]: Float] = [:]
            let (image, kernel) = (Naive(x), Naive(w))
            for index in indices(x.shape) {
                for tap in indices(Shape([outPerGroup] + c.kernel)) {
                    let channel = index[1] / perGroup * outPerGroup + tap[0]
                    let value = image[index] * kernel[[index[1]] + tap]
                    sums[[index[0], channel] + c.place(index[2...], tap[1...]), default: 0] += value
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
                            #expect(
                                padding == .sameUpper ? axis.padEnd - axis.padBegin == total % 2 : axis.padBegin - axis.padEnd == total % 2)
                        }
                    }
                }
            }
        }
    }

    @Test func outputsReadingATapAreThoseInside() throws {
        var numbers = Dice(77)
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
