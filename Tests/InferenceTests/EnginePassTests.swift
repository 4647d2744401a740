@testable import Inference
import Tensors
import Testing
import TestSupport

/// Each pass alone: it fired (what it replaces is gone), and the interpreter says the same of both graphs.
struct EnginePassTests {
    private func check(
        _ shape: Shape, seed: Int = 1, _ build: (inout GraphBuilder, ValueID, inout Dice) throws -> [ValueID],
        pass: (inout TypedGraph) -> Void,
        leaves: (([String]) -> Bool)? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var dice = Dice(seed), b = GraphBuilder()
        let x = b.input("x", shape)
        b.outputs = try build(&b, x, &dice)
        let input = dice.tensor(shape, scale: 5)
        var typed = try TypedGraph(b.graph, inputShapes: [:])
        pass(&typed)
        let before = try Interpreter(graph: b.graph).run(["x": input]), after = try Interpreter(graph: typed.graph).run(["x": input])
        for (a, c) in zip(after, before) {
            if let mismatch = Approximation.relativeToLargest(1e-5).mismatch(a, reference: c) {
                Issue.record("\(mismatch)\n\(b.text)", sourceLocation: sourceLocation)
            }
        }
        // The facts that passes leave must be those of the values.
        for (output, tensor) in zip(typed.graph.outputs, after) {
            #expect(typed[output.value]?.shape == tensor.shape, sourceLocation: sourceLocation)
        }
        let kinds = typed.graph.nodes.map { "\(type(of: $0.op))" }
        if let leaves { #expect(leaves(kinds), "left \(kinds)\n\(b.text)", sourceLocation: sourceLocation) }
    }

    @Test(arguments: [
        ("relu", "relu"), ("clip6", "clamp"), ("leaky", "leakyRelu"), ("sigmoid", "sigmoid"), ("hardSigmoid", "hardSigmoid"),
        ("hardSwish", "hardSwish"), ("silu", "silu"), ("mish", "mish"), ("tanh", "tanh"), ("elu", "elu"), ("x*sigmoid", "silu"),
        ("sigmoid*x", "silu"),
        ("x*clip(x+3)/6", "hardSwish"), ("x*(clip(x+3)/6)", "hardSwish"), ("clip(x+3)*(1/6)", "hardSigmoid"),
        ("x*hardSigmoid", "hardSwish"), ("x*tanh(softplus)", "mish"),
    ])
    func everySpellingOfAnActivationBecomesOneNode(spelling: String, function: Substring) throws {
        var found: [Unary.Function] = []
        try check([1, 5, 4, 6]) { b, x, _ in
            [try b.activation(spelling, x)]
        } pass: { typed in
            typed.recognizeActivations()
            found = typed.graph.nodes.compactMap { ($0.op as? Unary)?.function }
        } leaves: {
            $0 == ["Unary"]
        }
        #expect(found.allSatisfy { $0.kernel != nil } && found.map { "\($0)".prefix { $0 != "(" } } == [function])
    }

    @Test func nearMissesOfActivationsStayWhatTheyAre() throws {
        // y·sigmoid(x), clip(x+2, 0, 6)/6, clip(x+3, 0, 5)/6 and x·sigmoid(x) whose gate is read again.
        try check([1, 5, 4, 6]) { b, x, dice in
            let y = try b.convolution(x, to: 5, kernel: (1, 1), padding: .valid, &dice)
            let crossed = try b.add(Binary(.multiply), [y, b.add(Unary(.sigmoid), [x])])
            let shifted = try b.add(Clip(), [b.add(Binary(.add), [x, b.constant(2)]), b.constant(0), b.constant(6)])
            let narrow = try b.add(Clip(), [b.add(Binary(.add), [x, b.constant(3)]), b.constant(0), b.constant(5)])
            let gate = try b.add(Unary(.sigmoid), [y])
            return try [
                crossed, b.add(Binary(.divide), [shifted, b.constant(6)]), b.add(Binary(.multiply), [narrow, b.constant(1 / 6)]),
                b.add(Binary(.multiply), [y, gate]), gate,
            ]
        } pass: {
            $0.recognizeActivations()
        } leaves: { kinds in
            kinds.filter { $0 == "Binary" }.count == 5
        }
    }

    @Test(arguments: [1, 2, 5])
    func batchNormalizationAndChannelConstantsFoldIntoTheConvolution(groups: Int) throws {
        try check([1, 10, 5, 6], seed: groups) { b, x, dice in
            var y = try b.convolution(x, to: 20, kernel: (3, 3), padding: .sameUpper, groups: groups, hasBias: groups != 2, &dice)
            y = try b.batchNormalization(y, &dice)
            y = try b.add(Binary(.multiply), [y, b.constant(dice.tensor([20, 1, 1]))])
            return [try b.add(Binary(.add), [b.constant(dice.tensor([1, 20, 1, 1])), y])]
        } pass: {
            $0.foldBatchNormalization()
        } leaves: {
            $0 == ["Convolution"]
        }
    }

    @Test func batchNormalizationOfAValueReadTwiceBecomesAnAffine() throws {
        try check([1, 3, 5, 6]) { b, x, dice in
            let y = try b.convolution(x, to: 7, kernel: (3, 3), padding: .sameUpper, &dice)
            return try [b.batchNormalization(y, &dice), y, b.batchNormalization(x, &dice)]
        } pass: {
            $0.foldBatchNormalization()
        } leaves: {
            $0.sorted() == ["ChannelAffine", "ChannelAffine", "Convolution"]
        }
    }

    @Test(arguments: [(1, false), (1, true), (3, false), (3, true), (5, true)])
    func focusBecomesOneStridedConvolution(kernel: Int, chained: Bool) throws {
        try check([1, 3, 12, 16], seed: kernel) { b, x, dice in
            let p = kernel / 2
            return [
                try b.convolution(b.focus(x, chained: chained), to: 6, kernel: (kernel, kernel), padding: .explicit([p, p, p, p]), &dice)
            ]
        } pass: {
            $0.foldStem()
        } leaves: {
            $0 == ["Convolution"]
        }
    }

    @Test(arguments: [(2, 0), (3, 0), (4, 1), (2, 1), (2, 2)])
    func shufflesBecomeChannelMaps(groups: Int, spelling: Int) throws {
        try check([1, 12, 3, 5]) { b, x, _ in
            try b.shuffle(x, groups: groups, spelling: spelling)
        } pass: {
            $0.recognizeChannelMaps()
        } leaves: {
            $0.allSatisfy { $0 == "ChannelMap" } && $0.count == (spelling == 2 ? 2 : 1)
        }
    }

    @Test func splitsOfShufflesAndSlicesOfChannelsBecomeChannelMaps() throws {
        try check([1, 12, 3, 5]) { b, x, _ in
            let halves = try b.addAll(Split(axis: 1, outputCount: 2), [b.shuffle(x, groups: 2, spelling: 0)[0], b.constant([5, 7])])
            let odd = try b.add(Slice(), [x, b.constant([1]), b.constant([99]), b.constant([1]), b.constant([2])])
            return halves + [odd]
        } pass: {
            $0.recognizeChannelMaps()
        } leaves: {
            $0.allSatisfy { $0 == "ChannelMap" }
        }
    }

    @Test func rowsAreNotMistakenForChannels() throws {
        try check([1, 4, 4, 4]) { b, x, _ in
            try [
                b.add(Transpose(permutation: [0, 2, 1, 3]), [x]), b.add(Slice(), [x, b.constant([1]), b.constant([3]), b.constant([2])]),
                b.add(Reshape(), [x, b.constant([1, 2, 8, 4])]),
            ]
        } pass: {
            $0.recognizeChannelMaps()
        } leaves: {
            !$0.contains("ChannelMap")
        }
    }

    @Test(arguments: [false, true], [false, true])
    func residualsMoveIntoTheConvolution(isActivatedBefore: Bool, isActivatedAfter: Bool) throws {
        try check([1, 6, 5, 6]) { b, x, dice in
            let first = try b.convolution(x, to: 6, kernel: (3, 3), padding: .sameUpper, &dice)
            var y = try b.convolution(first, to: 6, kernel: (3, 3), padding: .sameUpper, &dice)
            if isActivatedBefore { y = try b.activation("leaky", y) }
            y = try b.add(Binary(.add), [x, y])
            if isActivatedAfter { y = try b.activation("relu", y) }
            return [y]
        } pass: {
            $0.recognizeActivations()
            $0.fuseResiduals()
            $0.fuseActivations()
        } leaves: {
            $0.sorted()
                == (isActivatedBefore && isActivatedAfter
                    ? ["Convolution", "Convolution", "Unary"] : ["Convolution", "Convolution"])
        }
    }

    /// Both operands are convolutions, one of them read twice, the other on top of it.
    @Test func residualsOfTwoConvolutionsKeepTheOrderOfReading() throws {
        try check([1, 6, 5, 6]) { b, x, dice in
            let a = try b.convolution(x, to: 6, kernel: (3, 3), padding: .sameUpper, &dice)
            let c = try b.convolution(x, to: 6, kernel: (1, 1), padding: .valid, &dice)
            let d = try b.convolution(a, to: 6, kernel: (1, 1), padding: .valid, &dice)
            return try [b.add(Binary(.add), [a, c]), b.add(Binary(.add), [d, a]), b.add(Binary(.add), [x, x])]
        } pass: {
            $0.fuseResiduals()
        }
    }

    @Test(arguments: [1, 2], [1, 3])
    func tailsBecomeCopiesOfRows(images: Int, batch: Int) throws {
        try check([batch, 6, 8, 8]) { b, x, dice in
            let maps = try (1...images).map { try b.convolution(x, to: 7, kernel: (1, 1), strides: [$0, $0], padding: .valid, &dice) }
            return [try b.detectorTail(maps)]
        } pass: {
            $0.moveTransposesUp()
        } leaves: { kinds in
            kinds.filter { $0 != "Convolution" } == ["PixelRows"]
        }
    }

    @Test func identitiesAndDeadNodesVanish() throws {
        try check([1, 3, 4, 4]) { b, x, dice in
            let y = try b.add(Unary(.identity), [b.add(Cast(to: .float32), [b.add(Concat(axis: 1), [x])])])
            _ = try b.convolution(y, to: 3, kernel: (1, 1), padding: .valid, &dice)
            return [try b.activation("relu", y), y]
        } pass: {
            $0.removeIdentities()
            $0.removeDeadCode()
        } leaves: {
            $0 == ["Unary"]
        }
    }

    /// All passes together, on random networks, row-major before and after.
    @Test(arguments: 0..<4)
    func allPassesTogetherChangeNoResult(group: Int) throws {
        for seed in group * 30..<group * 30 + 30 {
            let random = RandomGraph(seed: seed + 50_000)
            var dice = Dice(seed), typed = try TypedGraph(random.graph, inputShapes: [:])
            typed.optimize()
            let input = dice.tensor(random.inputShape)
            let before = try Interpreter(graph: random.graph).run(["x": input]),
                after = try Interpreter(graph: typed.graph).run(["x": input])
            for (a, b) in zip(after, before) {
                if let mismatch = Approximation.relativeToLargest(5e-5).mismatch(a, reference: b) {
                    Issue.record("\(mismatch)\n\(random.text)")
                }
            }
        }
    }

    @Test(arguments: [false, true], [1, 2, 6])
    func groupNormalization(isSpelled: Bool, groups: Int) throws {
        try check([2, 6, 5, 7]) { b, x, dice in
            [try b.groupNormalization(x, groups: groups, isSpelled: isSpelled, &dice)]
        } pass: {
            $0.normalizeImages()
        } leaves: {
            $0 == ["GroupMoments", "ScaleShift"]
        }
    }

    /// A factor that is no channel's stays outside.
    @Test func groupNormalizationWithAnotherFactor() throws {
        try check([1, 4, 4, 4]) { b, x, dice in
            let ones = b.constant(Tensor([2], [1, 1] as [Float])), zeros = b.constant(Tensor([2], [0, 0] as [Float]))
            let normal = try b.add(InstanceNormalization(), [b.add(Reshape(), [x, b.constant([1, 2, -1])]), ones, zeros])
            let back = try b.add(Reshape(), [normal, b.constant([1, 4, 4, 4])])
            let scaled = try b.add(Binary(.multiply), [back, b.constant(dice.tensor([4]))])
            return [try b.add(Binary(.add), [scaled, b.constant(dice.tensor([4, 1, 1]))])]
        } pass: {
            $0.normalizeImages()
        } leaves: {
            $0.contains("InstanceNormalization")
        }
    }

    @Test func softmaxOverChannels() throws {
        try check([1, 9, 5, 6]) { b, x, dice in
            let image = try b.convolution(x, to: 7, kernel: (1, 1), padding: .explicit([]), &dice)
            let shares = try b.add(Softmax(axis: 3), [b.add(Transpose(permutation: [0, 2, 3, 1]), [image])])
            return [try b.add(Transpose(permutation: [0, 3, 1, 2]), [shares])]
        } pass: {
            $0.computeRowsAsImages()
            $0.removeIdentities()
            $0.removeDeadCode()
        } leaves: {
            $0 == ["Convolution", "Softmax"]
        }
    }
}
