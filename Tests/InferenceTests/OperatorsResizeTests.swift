import Foundation
import Inference
import Tensors
import TestSupport
import Testing

@Suite struct OperatorsResizeTests {
    private func resize(_ op: Resize, _ x: Tensor, scales: [Float]? = nil, sizes: [Int]? = nil, roi: [Float]? = nil) throws -> Tensor {
        try run(op, [x, roi.map { floats($0) }, scales.map { floats($0) }, sizes.map { list($0) }])[0]
    }

    /// The specification, two axes at once and by direct summation over the four or sixteen neighbours.
    @Test func interpolationAgreesWithItsDefinition() throws {
        var numbers = Dice(50)
        for _ in 0..<80 {
            let input = [numbers.int(2...7), numbers.int(2...7)]
            let output = [numbers.int(2...13), numbers.int(2...13)]
            let cubic = numbers.int(0...1) == 1
            let coordinates = numbers.pick([Resize.Coordinates.halfPixel, .asymmetric, .alignCorners, .pytorchHalfPixel])
            let x = numbers.floats([2, 1, input[0], input[1]])
            let image = Naive(x)
            func source(_ axis: Int, _ place: Int) -> Double {
                let (n, m, i) = (Double(input[axis]), Double(output[axis]), Double(place))
                return switch coordinates {
                case .asymmetric: i * n / m
                case .alignCorners: i * (n - 1) / (m - 1)
                default: (i + 0.5) * n / m - 0.5
                }
            }
            func weight(_ d: Double) -> Double {
                let d = abs(d)
                if !cubic { return max(0, 1 - d) }
                let a = -0.75
                if d <= 1 { return (a + 2) * pow(d, 3) - (a + 3) * d * d + 1 }
                return d < 2 ? a * pow(d, 3) - 5 * a * d * d + 8 * a * d - 4 * a : 0
            }
            let expected = Naive.build([2, 1, output[0], output[1]]) { index in
                let (y, x) = (source(0, index[2]), source(1, index[3]))
                var sum = 0.0
                for row in -3..<(input[0] + 3) {
                    for column in -3..<(input[1] + 3) {
                        let factor = weight(y - Double(row)) * weight(x - Double(column))
                        let place = [min(max(row, 0), input[0] - 1), min(max(column, 0), input[1] - 1)]
                        if factor != 0 { sum += factor * Double(image[[index[0], 0] + place]) }
                    }
                }
                return Float(sum)
            }
            let op = Resize(mode: cubic ? .cubic : .linear, coordinates: coordinates, axes: [2, 3])
            expectClose(try resize(op, x, sizes: output), expected, "\(input) to \(output) \(coordinates) cubic \(cubic)")
        }
    }

    @Test func nearestPicksByItsRounding() throws {
        let x = floats([0, 1, 2, 3])
        func places(_ nearest: Resize.Nearest, _ coordinates: Resize.Coordinates, _ size: Int) throws -> [Float] {
            try resize(Resize(coordinates: coordinates, nearest: nearest), x, sizes: [size]).elements()
        }
        #expect(try places(.floor, .asymmetric, 8) == [0, 0, 1, 1, 2, 2, 3, 3])
        #expect(try places(.ceil, .asymmetric, 8) == [0, 1, 1, 2, 2, 3, 3, 3])
        #expect(try places(.roundPreferFloor, .asymmetric, 8) == [0, 0, 1, 1, 2, 2, 3, 3])
        #expect(try places(.roundPreferCeil, .asymmetric, 8) == [0, 1, 1, 2, 2, 3, 3, 3])
        #expect(try places(.roundPreferFloor, .halfPixel, 2) == [0, 2])
        #expect(try places(.roundPreferCeil, .halfPixel, 2) == [1, 3])
        #expect(try places(.floor, .tfHalfPixelForNN, 2) == [1, 3])
    }

    @Test func nearestGrowsAnyTypeByWholeFactors() throws {
        var numbers = Dice(51)
        let x = numbers.int64s([1, 3, 4, 5], 0...99)
        let source = x.elements(of: Int64.self)
        let result = try resize(Resize(coordinates: .asymmetric, nearest: .floor), x, scales: [1, 1, 2, 3])
        #expect(result.shape == [1, 3, 8, 15])
        for (place, index) in indices(result.shape).enumerated() {
            let from = (index[1] * 4 + index[2] / 2) * 5 + index[3] / 3
            #expect(result.elements(of: Int64.self)[place] == source[from])
        }
    }

    @Test func antialiasingAveragesWhatItSkips() throws {
        // Scale 1/2: the triangle spans two pixels on either side: weights 1/8, 3/8, 3/8, 1/8.
        let x = floats([0, 0, 8, 0, 0, 0, 0, 0])
        let result = try resize(Resize(mode: .linear, antialias: true), x, scales: [0.5])
        expectClose(result, floats([1, 3, 0, 0]))
    }

    @Test func bytesLoseWhatIsBehindThePoint() throws {
        let unsigned: [UInt8] = try resize(Resize(mode: .linear), Tensor([2], [UInt8(0), 10]), sizes: [4]).elements()
        #expect(unsigned == [0, 2, 7, 10])
        let signed: [Int8] = try resize(Resize(mode: .linear), Tensor([2], [Int8(-10), 0]), sizes: [4]).elements()
        #expect(signed == [-10, -7, -2, 0])
    }

    @Test func cropsExtrapolate() throws {
        let x = floats([1, 2, 3])
        for mode in [Resize.Mode.nearest, .linear] {
            let op = Resize(mode: mode, coordinates: .tfCropAndResize, extrapolationValue: 9)
            let result = try resize(op, x, sizes: [3], roi: [0.5, 1.5])
            expectClose(result, floats([2, 3, 9]))
        }
    }

    @Test func aspectRatioIsKeptWhenAsked() throws {
        let x = Tensor([1, 1, 4, 8], [Float](repeating: 1, count: 32))
        #expect(try resize(Resize(axes: [2, 3], aspectRatio: .notLarger), x, sizes: [8, 8]).shape == [1, 1, 4, 8])
        #expect(try resize(Resize(axes: [2, 3], aspectRatio: .notSmaller), x, sizes: [8, 8]).shape == [1, 1, 8, 16])
    }

    @Test func excludedNeighboursLeaveWeightsThatSumToOne() throws {
        let x = floats([2, 2, 2, 2])
        let result: [Float] = try resize(Resize(mode: .cubic, excludesOutside: true), x, scales: [2.5]).elements()
        #expect(result.allSatisfy { abs($0 - 2) < 1e-5 })
    }
}
