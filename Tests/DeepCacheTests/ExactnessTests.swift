import CKernels
import DeepCache
@testable import Inference
import Synchronization
import Tensors
import Testing
import TestSupport

/// The engine's main property: at tolerance 0 an incremental run gives the bits of a dense one, whatever the network,
/// whatever changed, however long the film.
struct ExactnessTests {
    @Test(arguments: 0..<8)
    func incrementalEqualsDense(group: Int) throws {
        try checkRandomGraphs(group * 20..<group * 20 + 20, .fp32)
    }

    /// The same of rounded numbers, of every precision that the CPU has.
    @Test(.enabled(if: Precision.bf16.isAvailable, "this CPU has no products of bfloat16"), arguments: 0..<4)
    func roundedIncrementalEqualsDense(group: Int) throws {
        try checkRandomGraphs(500 + group * 20..<520 + group * 20, .bf16)
    }

    /// Levels that the network says.
    @Test(.enabled(if: Precision.int8.isAvailable, "this CPU has no products of bytes"), arguments: 0..<6)
    func incrementalLevelsEqualDense(seed: Int) throws {
        var b = GraphBuilder(), dice = Dice(seed + 6_500_000)
        let shape: Shape = [1, 3, dice.int(12...24), dice.int(12...24)]
        var x = b.input("x", shape)
        for _ in 0..<3 {
            let levels = [b.constant(Tensor(scalar: Float(0.02))), b.constant(Tensor(scalar: UInt8(dice.int(40...200))))]
            let k = dice.pick([1, 3, 3]), to = dice.pick([16, 33, 40, 48]), stride = dice.pick([1, 1, 2])
            x = try b.add(DequantizeLinear(), [b.add(QuantizeLinear(), [x] + levels)] + levels)
            x = try b.convolution(
                x, to: to, kernel: (k, k), strides: [stride, stride], padding: .explicit([k / 2, k / 2, k / 2, k / 2]), &dice)
            x = try b.activation("relu", x)
        }
        b.outputs = [x]
        try check(b.graph, shape, [0.01, 0.02, 0.01], [0, -1, 0.5], frames: 8, precision: .int8, &dice, b.text)
    }

    private func checkRandomGraphs(_ seeds: Range<Int>, _ precision: Precision) throws {
        for seed in seeds {
            var dice = Dice(seed + 5_000_000)
            let shape = Shape([1, dice.pick([1, 3, 3, 4]), dice.pick([1, 8, 17, 24, 32]), dice.pick([6, 16, 21, 32, 300])])
            let random = RandomGraph(seed: seed + 10_000, length: 10, inputShape: shape)
            let scale = (0..<shape[1]).map { _ in abs(dice.float()) / 100 + 0.001 }, bias = (0..<shape[1]).map { _ in dice.float() }
            try check(random.graph, shape, scale, bias, frames: 8, precision: precision, &dice, random.text)
        }
    }

    /// A layer that reads only channels that a Pad has added sees no change ever, and must be computed once all the same.
    @Test func layersWithoutASourceAreComputed() throws {
        var b = GraphBuilder()
        let x = b.input("x", [1, 3, 8, 8])
        let padded = try b.add(Pad(), [x, b.constant([0, 0, 0, 0, 0, 2, 0, 0])])
        let parts = try b.addAll(Split(axis: 1, outputCount: 2), [padded, b.constant([3, 2])])
        b.outputs = [try b.activation("sigmoid", parts[1])]
        let session = try IncrementalSession(try Plan(b.graph, sharesMemory: false)), pixels = [UInt8](repeating: 9, count: 192)
        let outputs = try session.refresh(pixels: pixels, rowBytes: 24, scale: [1, 1, 1], bias: [0, 0, 0])
        #expect(outputs[0].elements(of: Float.self).allSatisfy { $0 == 0.5 })
    }

    /// What is measured over all pixels, and softmax over the channels of each.
    @Test(arguments: 0..<8)
    func normalizedImages(seed: Int) throws {
        var dice = Dice(seed + 8_000_000)
        var b = GraphBuilder()
        let shape = Shape([1, 3, dice.int(8...24), dice.int(8...24)])
        var x = b.input("x", shape)
        for _ in 0..<3 {
            x = try b.convolution(x, to: dice.pick([8, 12, 24]), kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
            x =
                try dice.chance(3)
                ? b.responseNormalization(x, &dice) : b.groupNormalization(x, groups: dice.pick([1, 4]), isSpelled: dice.chance(2), &dice)
            x = try b.activation("relu", x)
        }
        let rows = try b.add(Transpose(permutation: [0, 2, 3, 1]), [x])
        let shares = try b.add(Softmax(axis: -1), [rows])
        b.outputs = [x, try b.add(Transpose(permutation: [0, 3, 1, 2]), [shares])]
        let scale = [Float](repeating: 0.01, count: 3)
        try check(b.graph, shape, scale, [0, 0, 0], frames: 6, &dice, b.text)
    }

    /// Levels whose range is that of all pixels: one pixel may change all of them, or its own.
    @Test(arguments: 0..<8)
    func dynamicallyQuantized(seed: Int) throws {
        var dice = Dice(seed + 9_000_000)
        var b = GraphBuilder()
        let shape = Shape([1, 3, dice.int(8...24), dice.int(8...24)])
        var x = b.input("x", shape)
        for _ in 0..<3 {
            let channels = dice.pick([8, 16, 40])
            x = try b.add(Unary(.relu), [b.dynamicConvolution(x, to: channels, kernel: 3, stride: dice.int(1...2), &dice)])
            let y = try b.dynamicConvolution(x, to: channels, kernel: dice.pick([1, 3]), groups: dice.pick([1, 8, channels]), &dice)
            x = dice.chance(2) ? try b.add(Binary(.add), [y, x]) : y
        }
        let s = b.shape(x), flat = try b.add(Reshape(), [x, b.constant([1, s[1], s[2] * s[3]])])
        b.outputs = [x, try b.dynamicProduct(b.add(Transpose(permutation: [0, 2, 1]), [flat]), to: 9, &dice)]
        try check(b.graph, shape, [0.01, 0.02, 0.01], [0, -1, 0.5], frames: 8, &dice, b.text)
    }

    /// Graphs that are joined give, with reuse, the bits that each gives alone, densely.
    @Test(arguments: 0..<4)
    func joinedGraphs(group: Int) throws {
        for seed in group * 10..<group * 10 + 10 {
            var dice = Dice(seed + 6_000_000)
            let shape = Shape([1, 3, dice.pick([8, 17, 24]), dice.pick([16, 21, 32])])
            // Of one seed, they begin alike.
            let random = [9, 6].map { RandomGraph(seed: seed + 40_000, length: $0, inputShape: shape) }
            var typed = try random.map { graph in
                var typed = try TypedGraph(graph.graph, inputShapes: [:])
                typed.optimize()
                return typed
            }
            let alone = try typed.map { Session(try Plan($0)) }
            let common = typed[0].join(typed[1])
            #expect(common != nil)
            let session = try IncrementalSession(try Plan(typed[0], sharesMemory: false), threads: 1 + seed % 2)
            let scale = [Float](repeating: 0.01, count: 3), bias = (0..<3).map { _ in dice.float() }
            var film = Film(height: shape[2], width: shape[3], channels: 3, &dice)
            for frame in 0..<6 {
                let changed = frame == 0 ? [] : film.advance(&dice)
                let wanted = try alone.flatMap {
                    try $0.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                }
                let got =
                    frame == 0
                    ? try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                    : try session.update(
                        pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed
                    ).outputs
                if let difference = difference(got, wanted) {
                    Issue.record("frame \(frame): \(difference)\n\(random[0].text)\n\(random[1].text)")
                    break
                }
            }
        }
    }

    /// Runs that end anywhere, in any order with runs that go to the end: these give the bits of a dense run, and what the
    /// probe shows is what a dense run's probe shows.
    @Test(arguments: 0..<6)
    func earlyExitsLeaveNothingBehind(group: Int) throws {
        for seed in group * 20..<group * 20 + 20 {
            var dice = Dice(seed + 7_000_000)
            let shape = Shape([1, dice.pick([1, 3, 3, 4]), dice.pick([8, 17, 24]), dice.pick([16, 21, 32])])
            let random = RandomGraph(seed: seed + 20_000, length: 10, inputShape: shape)
            let scale = (0..<shape[1]).map { _ in abs(dice.float()) / 100 + 0.001 }, bias = (0..<shape[1]).map { _ in dice.float() }
            let dense = Session(try Plan(random.graph)), plan = try Plan(random.graph, sharesMemory: false)
            let session = try IncrementalSession(plan, threads: 1 + seed % 2)
            // Anywhere, not only where whole networks are left.
            let points: [ExitPoint] = plan.steps.enumerated().compactMap { index, step in
                guard case .spatial(let s) = step, s.destination.images == 1 else { return nil }
                return ExitPoint(step: index, name: "\(index)", channels: s.destination.channels, macsFraction: 0, image: s.destination)
            }
            guard !points.isEmpty else { continue }
            let (exact, probe) = (ExitProbe(points), ExitProbe(points))
            var wanted: [[UInt32]] = [], shown: [[UInt32]] = [], exit: Int?
            exact.decide = { _, means in
                wanted.append(means.map(\.bitPattern))
                return false
            }
            probe.decide = { point, means in
                shown.append(means.map(\.bitPattern))
                return point == exit
            }
            (dense.probe, session.probe) = (exact, probe)
            var film = Film(height: shape[2], width: shape[3], channels: shape[1], &dice)
            for frame in 0..<14 {
                let motion = dice.chance(5) ? Motion(x: dice.int(-4...4), y: dice.int(-4...4)) : Motion.none
                let changed = frame == 0 ? [] : motion == .none ? film.advance(&dice) : film.displace(by: motion, &dice)
                (wanted, shown, exit) = ([], [], dice.chance(3) ? nil : dice.int(0...points.count - 1))
                // What changes in runs that are not looked at counts in the next one that is.
                probe.isEnabled = !dice.chance(4)
                if !probe.isEnabled { exit = nil }
                let expected = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                let got: [Tensor]
                if frame == 0 || dice.chance(12) {
                    got = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                } else {
                    got = try session.update(
                        pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed, motion: motion
                    ).outputs
                }
                #expect(probe.exit == exit)
                #expect(got.isEmpty == (exit != nil))
                #expect(probe.isEnabled || shown.isEmpty)
                if shown != Array(wanted.prefix(shown.count)) {
                    Issue.record("frame \(frame): the probe is shown other means than a dense run's\n\(random.text)")
                    return
                }
                if exit == nil, let difference = difference(got, expected) {
                    Issue.record("frame \(frame), to the end after exits: \(difference)\n\(random.text)")
                    return
                }
            }
        }
    }

    /// An operator with the two required rules only, which counts how often it runs.
    private struct Counted: Operator {
        let runs = Counter()

        final class Counter: Sendable, Equatable {
            static func == (a: Counter, b: Counter) -> Bool { a === b }
            private let count = Mutex(0)
            var value: Int { count.withLock { $0 } }
            func increment() { count.withLock { $0 += 1 } }
        }

        func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
            let x = try inputs.required(0, "x")
            return [ValueFacts(x.elementType, x.shape)]
        }

        func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
            runs.increment()
            return try Mod(takesSignOfDividend: true).evaluate([inputs[0], Tensor(scalar: Float(0.25))])
        }
    }

    /// The default rules: such an operator runs whole when an input changed and not at all when none did, and what reads it sees all.
    @Test func operatorsWithoutALoweringRunWhenTheirInputsChange() throws {
        var b = GraphBuilder(), dice = Dice(9)
        let x = b.input("x", [1, 3, 12, 16]), counted = Counted()
        let first = try b.convolution(x, to: 8, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        let middle = try b.add(counted, [first])
        b.outputs = [try b.convolution(middle, to: 4, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)]
        let dense = Session(try Plan(b.graph)), session = try IncrementalSession(Plan(b.graph, sharesMemory: false))
        var film = Film(height: 12, width: 16, channels: 3, &dice)
        let scale: [Float] = [0.01, 0.01, 0.01], bias: [Float] = [0, 0, 0]
        _ = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
        for frame in 0..<12 {
            let changed = frame % 3 == 0 ? [] : film.displace(by: Motion(x: 0, y: 0), &dice), before = counted.runs.value
            let got = try session.update(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed).outputs
            let runs = counted.runs.value - before
            #expect(runs <= (changed.isEmpty ? 0 : 1))
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
            #expect(difference(got, wanted) == nil, "frame \(frame)")
        }
    }

    private func check(
        _ graph: Graph, _ shape: Shape, _ scale: [Float], _ bias: [Float], frames: Int, precision: Precision = .fp32, _ dice: inout Dice,
        _ text: String
    ) throws {
        let dense = Session(try Plan(graph, precision: precision)), plan = try Plan(graph, precision: precision, sharesMemory: false)
        let sessions = [(1, try IncrementalSession(plan, threads: 1)), (2, try IncrementalSession(plan, threads: 2))]
        var film = Film(height: shape[2], width: shape[3], channels: shape[1], &dice)
        for frame in 0..<frames {
            let changed = frame == 0 ? [] : film.advance(&dice), refreshes = frame == 0 || dice.chance(12)
            let wanted = try dense.run(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
            for (threads, session) in sessions {
                let got: [Tensor]
                if refreshes {
                    got = try session.refresh(pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias)
                } else {
                    let result = try session.update(
                        pixels: film.pixels, rowBytes: film.rowBytes, scale: scale, bias: bias, changed: changed)
                    got = result.outputs
                    if changed.isEmpty, result.macs != 0 { Issue.record("\(result.macs) MACs on a picture at rest\n\(text)") }
                    if result.macs > plan.macs { Issue.record("\(result.macs) MACs, more than a dense run's \(plan.macs)\n\(text)") }
                }
                if let difference = difference(got, wanted) {
                    Issue.record("frame \(frame), \(threads) threads\(refreshes ? ", refreshed" : ""): \(difference)\n\(text)")
                    return
                }
            }
        }
    }
}
