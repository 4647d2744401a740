import Inference
import Tensors
import TestSupport
import Testing

@Suite struct OperatorsMovementTests {
    @Test func transposeMovesEveryElement() throws {
        var numbers = Dice(1)
        for _ in 0..<120 {
            let rank = numbers.int(1...5)
            let shape = Shape((0..<rank).map { _ in numbers.pick([1, 2, 3, 5, 17, 1]) })
            let permutation = (0..<rank).map { ($0, numbers.next()) }.sorted { $0.1 < $1.1 }.map(\.0)
            let x = numbers.floats(shape)
            let image = Naive(x)
            let expected = Naive.build(Shape(permutation.map { shape[$0] })) { index in
                var from = index
                for (axis, source) in permutation.enumerated() { from[source] = index[axis] }
                return image[from]
            }
            expectClose(try run(Transpose(permutation: permutation), [x])[0], expected, .exact, "\(shape) by \(permutation)")
        }
    }

    @Test func transposeMovesEveryElementType() throws {
        let places = (0..<(33 * 18)).map { $0 % 18 * 33 + $0 / 18 }
        let long = places.map { Int64($0) }
        let back = (0..<(33 * 18)).map { Int64($0) }
        #expect(try run(Transpose(), [Tensor([33, 18], long)])[0].elements() == back)
        let bits = places.map { $0 % 3 == 0 }
        #expect(try run(Transpose(), [Tensor([33, 18], bits)])[0].elements() == back.map { $0 % 3 == 0 })
    }

    @Test func sliceAgreesWithCounting() throws {
        var numbers = Dice(2)
        let extremes = [Int.min, Int.max, -Int.max, -9, -2, -1, 0, 1, 2, 3, 9]
        for _ in 0..<400 {
            let shape = Shape((0..<3).map { _ in numbers.int(1...6) })
            let x = numbers.floats(shape)
            let axes = [0, -1]
            let starts = axes.map { _ in numbers.pick(extremes) }
            let ends = axes.map { _ in numbers.pick(extremes) }
            let steps = axes.map { _ in numbers.pick([1, 2, -1, -2, 5, Int.max, Int.min]) }
            // Python's rule, spelled out with a list of positions.
            let picks = axes.indices.map { i -> [Int] in
                let extent = shape[i == 0 ? 0 : 2]
                func from(_ place: Int) -> Int { place < 0 ? place + extent : place }
                var place = steps[i] > 0 ? min(max(from(starts[i]), 0), extent) : min(max(from(starts[i]), -1), extent - 1)
                let end = steps[i] > 0 ? min(max(from(ends[i]), 0), extent) : min(max(from(ends[i]), -1), extent - 1)
                var result: [Int] = []
                while steps[i] > 0 ? place < end : place > end {
                    result.append(place)
                    let (next, overflow) = place.addingReportingOverflow(steps[i])
                    if overflow { break }
                    place = next
                }
                return result
            }
            let image = Naive(x)
            let expected = Naive.build([picks[0].count, shape[1], picks[1].count]) { image[[picks[0][$0[0]], $0[1], picks[1][$0[2]]]] }
            let result = try run(Slice(), [x, list(starts), list(ends), list(axes), list(steps)])[0]
            expectClose(result, expected, .exact, "\(shape) \(starts) \(ends) \(steps)")
        }
    }

    @Test(arguments: ["constant", "reflect", "edge", "wrap"]) func padAgreesWithRepeating(name: String) throws {
        let mode = Pad.Mode(rawValue: name)!
        var numbers = Dice(3)
        for _ in 0..<150 {
            let shape: Shape = [numbers.int(2...5), numbers.int(2...9)]
            let x = numbers.floats(shape)
            let pads = (0..<4).map { _ in numbers.int(-1...(numbers.int(0...1) == 0 ? 1 : 7)) }
            // What stays after the negative pads, then positions walked outward from it.
            let kept = (0..<2).map { axis in Array(max(0, -pads[axis])..<(shape[axis] - max(0, -pads[axis + 2]))) }
            if kept.contains(where: \.isEmpty) { continue }
            func walk(_ axis: Int) -> [Int?] {
                let own = kept[axis]
                func at(_ i: Int) -> Int? {
                    if own.indices.contains(i) { return own[i] }
                    switch mode {
                    case .constant: return nil
                    case .edge: return i < 0 ? own.first : own.last
                    case .wrap: return own[((i % own.count) + own.count) % own.count]
                    case .reflect:
                        var (place, step) = (0, i < 0 ? -1 : 1)
                        if own.count == 1 { return own[0] }
                        for _ in 0..<abs(i) {
                            if place + step < 0 || place + step >= own.count { step = -step }
                            place += step
                        }
                        return own[place]
                    }
                }
                return (-max(0, pads[axis])..<(own.count + max(0, pads[axis + 2]))).map(at)
            }
            let (rows, columns) = (walk(0), walk(1))
            let image = Naive(x)
            let expected = Naive.build([rows.count, columns.count]) { index in
                guard let row = rows[index[0]], let column = columns[index[1]] else { return 7 }
                return image[[row, column]]
            }
            let result = try run(Pad(mode: mode), [x, list(pads), Tensor(scalar: Float(7))])[0]
            expectClose(result, expected, .exact, "\(shape) \(pads)")
        }
    }

    @Test func padNamesItsAxes() throws {
        let x = Tensor([1, 2], [1, 2] as [Float])
        let result = try run(Pad(), [x, list([1, 0]), nil, list([-1])])[0]
        #expect(result.shape == [1, 3])
        #expect(result.elements() == [0, 1, 2] as [Float])
    }

    @Test func concatAndSplitUndoEachOther() throws {
        var numbers = Dice(4)
        for axis in -3..<3 {
            let sizes = [2, 0, 3, 1]
            let parts = sizes.map { size in
                var dims = [2, 3, 4]
                dims[axis < 0 ? axis + 3 : axis] = size
                return numbers.floats(Shape(dims))
            }
            let joined = try run(Concat(axis: axis), parts)[0]
            let split = try run(Split(axis: axis, outputCount: 4), [joined, list(sizes)])
            for (part, original) in zip(split, parts) { expectClose(part, original, .exact) }
        }
        let uneven = try run(Split(axis: 0, outputCount: 3), [numbers.floats([7, 2])])
        #expect(uneven.map { $0.shape[0] } == [3, 3, 1])
    }

    @Test func gatherPicksAlongAnyAxis() throws {
        var numbers = Dice(5)
        for axis in 0..<3 {
            let x = numbers.floats([3, 4, 5])
            let picks = numbers.int64s([2, 2], -3...2)
            let image = Naive(x)
            let positions = picks.elements(of: Int64.self).map { Int($0) < 0 ? Int($0) + x.shape[axis] : Int($0) }
            var dims = x.shape.dims
            dims.replaceSubrange(axis...axis, with: [2, 2])
            let expected = Naive.build(Shape(dims)) { index in
                var from = index
                from.replaceSubrange(axis...(axis + 1), with: [positions[index[axis] * 2 + index[axis + 1]]])
                return image[from]
            }
            expectClose(try run(Gather(axis: axis), [x, picks])[0], expected, .exact)
            let elements = numbers.int64s([2, 3, 2], -2...1)
            let at = elements.elements(of: Int64.self)
            let each = Naive.build([2, 3, 2]) { index in
                var from = index
                let pick = Int(at[(index[0] * 3 + index[1]) * 2 + index[2]])
                from[axis] = pick < 0 ? pick + x.shape[axis] : pick
                return image[from]
            }
            expectClose(try run(GatherElements(axis: axis), [x, elements])[0], each, .exact)
        }
    }

    @Test func reshapesKeepTheElements() throws {
        let x = Tensor([2, 3, 4], (0..<24).map { Float($0) })
        #expect(try run(Reshape(), [x, list([0, -1])])[0].shape == [2, 12])
        #expect(try run(Reshape(), [x, list([4, 0, 2])])[0].shape == [4, 3, 2])
        #expect(try run(Reshape(allowZero: true), [Tensor([0, 3], [Float]()), list([3, 0])])[0].shape == [3, 0])
        #expect(try run(Flatten(axis: -1), [x])[0].shape == [6, 4])
        #expect(try run(Unsqueeze(), [x, list([0, -1])])[0].shape == [1, 2, 3, 4, 1])
        let wide = x.reshaped(to: [1, 2, 1, 12])
        #expect(try run(Squeeze(), [wide])[0].shape == [2, 12])
        #expect(try run(Squeeze(), [wide, list([-2])])[0].shape == [1, 2, 12])
    }

    @Test func expandAndTileRepeat() throws {
        let x = Tensor([2, 1], [1, 2] as [Float])
        #expect(try run(Expand(), [x, list([3, 1, 2])])[0].elements() == [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2] as [Float])
        #expect(try run(Tile(), [x.reshaped(to: [1, 2]), list([2, 2])])[0].elements() == [1, 2, 1, 2, 1, 2, 1, 2] as [Float])
        #expect(try run(Tile(), [x, list([0, 1])])[0].shape == [0, 1])
    }

    @Test func depthAndSpaceShuffles() throws {
        var numbers = Dice(6)
        let x = numbers.floats([2, 12, 2, 3])
        let image = Naive(x)
        for order in [DepthToSpace.Order.depthColumnRow, .columnRowDepth] {
            let expected = Naive.build([2, 3, 4, 6]) { index in
                let cell = index[2] % 2 * 2 + index[3] % 2
                let channel = order == .depthColumnRow ? cell * 3 + index[1] : index[1] * 4 + cell
                return image[[index[0], channel, index[2] / 2, index[3] / 2]]
            }
            expectClose(try run(DepthToSpace(blockSize: 2, order: order), [x])[0], expected, .exact)
        }
        let spread = try run(DepthToSpace(blockSize: 2), [x])[0]
        expectClose(try run(SpaceToDepth(blockSize: 2), [spread])[0], x, .exact)
    }
}
