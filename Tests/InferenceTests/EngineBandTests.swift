import Tensors
import Testing
import TestSupport

@testable import Inference

/// Steps computed band by band give the bits that they give one after the other.
struct EngineBandTests {
    @Test(arguments: 0..<12)
    func bandsEqualWholeSteps(seed: Int) throws {
        var dice = Dice(seed + 9_000_000)
        var b = GraphBuilder()
        let size = (dice.int(150...190), dice.int(180...200))
        let input = b.input("x", [1, dice.pick([3, 16]), size.0, size.1])
        var images = [try b.convolution(input, to: dice.pick([24, 40]), kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)]
        for _ in 0..<7 { images.append(try extend(&b, images, &dice)) }
        b.outputs = [images.last!, dice.pick(images)]
        let plan = try Plan(b.graph), tensor = dice.tensor(b.shape(input))
        #expect(!plan.bands.isEmpty, "nothing is computed in bands: \(b.text)")
        let wanted = try stepByStep(try Plan(b.graph, sharesMemory: false), tensor)
        for threads in 1...3 {
            #expect(sameBits(try Session(plan, threads: threads).run([tensor]), wanted), "\(threads) threads: \(b.text)")
        }
    }

    @Test func rowsThatWindowsRead() {
        let window = ReceptiveField.window(Window(extentY: 3, extentX: 3, strideY: 2, strideX: 2, padTop: 1, padLeft: 1))
        #expect(window.rows(of: 0..<1, height: 9) == 0..<2)
        #expect(window.rows(of: 1..<3, height: 9) == 1..<6)
        #expect(window.rows(of: 4..<5, height: 9) == 7..<9)
        #expect(ReceptiveField.pixel.rows(of: 2..<5, height: 9) == 2..<5)
        #expect(ReceptiveField.whole.rows(of: 2..<3, height: 9) == 0..<9)
        let table = ReceptiveField.table(rows: [(-1, 0), (0, 1), (1, 2), (8, 9)], columns: [])
        #expect(table.rows(of: 0..<2, height: 9) == 0..<2)
        #expect(table.rows(of: 2..<4, height: 9) == 1..<9)
    }

    /// Whatever the parts, every row of every step is computed once, and after what it reads.
    @Test(arguments: 1...5)
    func everyRowOnceAndInOrder(workers: Int) throws {
        var dice = Dice(workers)
        var b = GraphBuilder()
        var x = b.input("x", [1, 3, 200, 200])
        for channels in [32, 32, 64] {
            x = try b.convolution(x, to: channels, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        }
        b.outputs = [try b.convolution(x, to: 16, kernel: (3, 3), strides: [2, 2], padding: .explicit([1, 1, 1, 1]), &dice)]
        let plan = try Plan(b.graph)
        for group in plan.bands {
            let schedule = BandSchedule(group, of: plan, workers: workers)
            var done: [Int: Set<Int>] = [:]
            for task in schedule.parts.flatMap({ $0 }) + schedule.seams.flatMap({ $0 }) {
                guard case .spatial(let step) = plan.steps[task.step] else { continue }
                for span in task.spans {
                    for (source, field) in zip(step.sources, step.fields) {
                        for index in group.steps where plan.steps[index].destination?.buffer == source.buffer {
                            let read = field.rows(of: Int(span.row)..<Int(span.row) + 1, height: source.height)
                            #expect(done[index, default: []].isSuperset(of: read))
                        }
                    }
                    #expect(done[task.step, default: []].insert(Int(span.row)).inserted)
                }
            }
            for index in group.steps { #expect(done[index]?.count == plan.steps[index].destination!.height) }
        }
    }

    /// One more layer on one of the images.
    private func extend(_ b: inout GraphBuilder, _ images: [ValueID], _ dice: inout Dice) throws -> ValueID {
        let x = dice.chance(4) ? dice.pick(images) : images.last!, shape = b.shape(x)
        switch dice.int(0...6) {
        case 0:
            return try b.activation("silu", b.convolution(x, to: dice.pick([16, 24, 40]), kernel: (1, 1), padding: .explicit([]), &dice))
        case 1: return try b.convolution(x, to: dice.pick([32, 40]), kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        case 2, 3:
            let stride = dice.pick([1, 2])
            return try b.convolution(
                x, to: shape[1], kernel: (3, 3), strides: [stride, stride], padding: .explicit([1, 1, 1, 1]), groups: shape[1], &dice)
        case 4: return try b.add(Pooling(kind: .maximum, kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1])), [x])
        case 5:
            let other = images.last { b.shape($0) == shape && $0 != x } ?? x
            return try b.add(Binary(.add), [x, other])
        default:
            let other = images.last { b.shape($0).spatial == shape.spatial && $0 != x } ?? x
            return try b.add(Concat(axis: 1), [other, x])
        }
    }

    /// The outputs of a run of one step after the other.
    private func stepByStep(_ plan: Plan, _ input: Tensor) throws -> [Tensor] {
        let session = Session(plan)
        guard case .spatial(let reference) = plan.inputs[0].place else { return [] }
        session.memory.store(input, at: reference)
        for index in plan.steps.indices { try session.runStep(index) }
        return session.outputs
    }
}
