import Inference
import ONNXImport
import ONNXProto
import Tensors
import Testing

/// Operators of onnxruntime's own domain, domains' versions, and nodes that nothing depends on.
struct DomainTests {
    private static let microsoft = "com.microsoft"

    private func model(opset: Int = 17, _ dims: [Int?], _ build: (inout TestModel) -> Void) -> TestModel {
        var model = TestModel(opset: opset)
        var entry = ONNX_OperatorSetIdProto()
        (entry.domain, entry.version) = (Self.microsoft, 1)
        model.proto.opsetImport.append(entry)
        model.input("x", dims)
        build(&model)
        model.output("y")
        return model
    }

    @Test func fusedConvolution() throws {
        let model = model([1, 1, 2, 2]) { model in
            model.weight("w", [1, 1, 1, 1], [2])
            model.weight("b", [1], [-3])
            model.weight("z", [1, 1, 2, 2], [0, 0, 0, -10])
            model.node("FusedConv", ["x", "w", "b", "z"], ["y"], domain: Self.microsoft, ["activation": "Relu"])
        }
        #expect(try model.run(.counting(1, 1, 2, 2))[0].floats == [0, 0, 1, 0])
        let clipped = self.model([1, 1, 2, 2]) { model in
            model.weight("w", [1, 1, 1, 1], [2])
            let attributes: KeyValuePairs<String, AttributeValue> = ["activation": "Clip", "activation_params": .floats([1, 5])]
            model.node("FusedConv", ["x", "w"], ["y"], domain: Self.microsoft, attributes)
        }
        #expect(try clipped.run(.counting(1, 1, 2, 2))[0].floats == [1, 2, 4, 5])
    }

    @Test func fusedGemm() throws {
        let model = model([1, 2]) { model in
            model.weight("b", [2, 2], [1, -1, 2, -2])
            let attributes: KeyValuePairs<String, AttributeValue> = ["activation": "LeakyRelu", "activation_alpha": 0.5, "alpha": 2.0]
            model.node("FusedGemm", ["x", "b"], ["y"], domain: Self.microsoft, attributes)
        }
        #expect(try model.run(.counting(1, 2))[0].floats == [4, -2])
    }

    /// Results of onnxruntime.
    @Test func normalizationAfterASum() throws {
        func pattern(_ count: Int, _ seed: Int) -> [Float] { (0..<count).map { Float(($0 * 7 + seed * 3) % 11 - 5) / 4 } }
        let model = model([1, 3, 4]) { model in
            model.weight("skip", [1, 3, 4], pattern(12, 1))
            for (name, seed) in [("gamma", 2), ("beta", 3), ("bias", 4)] { model.weight(name, [4], pattern(4, seed)) }
            model.node("SkipLayerNormalization", ["x", "skip", "gamma", "beta", "bias"], ["y", "", "", "s"], domain: Self.microsoft)
            model.output("s")
        }
        let results = try model.run(Tensor([1, 3, 4], pattern(12, 0)))
        let expected: [Float] = [
            0.6833333, -1.15, -1.066667, 0.75, 1.33541, -0.3354102, -1.447214, 0.75, 0.8218259, -0.8017837, -0.1091292, 0.75,
        ]
        #expect(results[1].floats.allSatisfy { (-5...5).contains($0) })
        let worst = zip(results[1].floats, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(worst < 1e-5)
    }

    @Test func gelus() throws {
        for (kind, expected) in [("Gelu", Float(0.8413447)), ("QuickGelu", 0.8457958), ("FastGelu", 0.841192)] {
            let model = model([2]) { $0.node(kind, ["x"], ["y"], domain: Self.microsoft) }
            #expect(abs(try model.run(.counting(2))[0].floats[1] - expected) < 1e-6)
        }
        let biased = model([2]) { model in
            model.weight("one", [2], [1, 0])
            model.node("BiasGelu", ["x", "one"], ["y"], domain: Self.microsoft)
        }
        #expect(try biased.run(.counting(2))[0].floats.allSatisfy { abs($0 - 0.8413447) < 1e-6 })
    }

    @Test func fusedMatMul() throws {
        let model = model([2, 1]) { model in
            model.weight("b", [2, 1], [3, 4])
            model.node("FusedMatMul", ["x", "b"], ["y"], domain: Self.microsoft, ["transA": 1, "alpha": 0.5])
        }
        #expect(try model.run(.counting(2, 1))[0].floats == [2])
    }

    @Test func deadNodesNeedNotBeSupported() throws {
        let model = model([2]) { model in
            model.node("Frobnicate", ["x"], ["unused"], domain: "com.acme")
            model.node("Frobnicate", ["unused"], ["unused2"], domain: "com.acme")
            model.node("Relu", ["x"], ["y"])
        }
        #expect(try model.load().graph.nodes.map(\.kind) == ["Relu"])
        let live = self.model([2]) { model in
            model.node("Frobnicate", ["x"], ["used"], domain: "com.acme")
            model.node("Relu", ["used"], ["y"])
        }
        #expect(try #require(throws: ImportError.self) { try live.load() }.domain == "com.acme")
    }

    /// ONNX's newest operator sets: the operators that came with them, and the old ones under them.
    @Test(arguments: [23, 24]) func newOperatorSets(opset: Int) throws {
        let model = model(opset: opset, [1, 4]) { model in
            model.weight("scale", [4], [1, 1, 1, 1])
            model.node("RMSNormalization", ["x", "scale"], ["n"], ["epsilon": 0.0])
            model.node("Relu", ["n"], ["y"])
        }
        let expected = (0..<4).map { Float($0) / Float(3.5).squareRoot() }
        #expect(zip(try model.run(.counting(1, 4))[0].floats, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    /// The scale and bias of GroupNormalization were one per group before opset 21.
    @Test(arguments: [18, 21]) func groupNormalization(opset: Int) throws {
        let model = model(opset: opset, [1, 4, 1]) { model in
            let count = opset < 21 ? 2 : 4
            model.weight("scale", [count], [Float](repeating: 1, count: count))
            model.weight("bias", [count], opset < 21 ? [0, 10] : [0, 0, 10, 10])
            model.node("GroupNormalization", ["x", "scale", "bias"], ["y"], ["num_groups": 2])
        }
        let result = try model.run(.counting(1, 4, 1))[0].floats
        #expect(zip(result, [-1, 1, 9, 11]).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test(arguments: [16, 20]) func gridSampleModes(opset: Int) throws {
        let model = model(opset: opset, [1, 1, 1, 2]) { model in
            model.weight("grid", [1, 1, 1, 2], [0, 0])
            model.node("GridSample", ["x", "grid"], ["y"], ["mode": opset < 20 ? "bilinear" : "linear"])
        }
        #expect(try model.run(.counting(1, 1, 1, 2))[0].floats == [0.5])
    }

    @Test(arguments: [9, 11, 16]) func scattering(opset: Int) throws {
        let model = model(opset: opset, [3]) { model in
            model.weight("places", [2], ints: [2, 2])
            model.weight("updates", [2], [5, 6])
            let kind = opset < 11 ? "Scatter" : "ScatterElements"
            model.node(kind, ["x", "places", "updates"], ["y"], opset < 16 ? [:] : ["reduction": "add"])
        }
        #expect(try model.run(.counting(3))[0].floats == (opset < 16 ? [0, 1, 6] : [0, 1, 13]))
    }

    @Test(arguments: [13, 18]) func sumsOfMagnitudes(opset: Int) throws {
        let model = model(opset: opset, [2, 2]) { model in
            if opset < 18 {
                model.node("ReduceL1", ["x"], ["y"], ["axes": .ints([1]), "keepdims": 0])
            } else {
                model.weight("axes", [1], ints: [1])
                model.node("ReduceL1", ["x", "axes"], ["y"], ["keepdims": 0])
            }
        }
        #expect(try model.run(.counting(2, 2))[0].floats == [1, 5])
    }

    @Test func castLikeWhatANodeMakes() throws {
        let model = model([3]) { model in
            model.weight("half", [], [0.5])
            model.node("Greater", ["x", "half"], ["truths"])
            model.node("Not", ["truths"], ["target"])
            model.node("CastLike", ["x", "target"], ["y"])
        }
        #expect(try model.run(.counting(3))[0].elements() == [false, true, true])
    }

    @Test func recurrentActivations() throws {
        let model = model(opset: 14, [1, 1, 1]) { model in
            model.weight("w", [1, 1, 1], [2])
            model.weight("r", [1, 1, 1], [0])
            let attributes: KeyValuePairs<String, AttributeValue> = [
                "hidden_size": 1, "activations": .strings(["Affine"]), "activation_alpha": .floats([3]), "activation_beta": .floats([1]),
            ]
            model.node("RNN", ["x", "w", "r"], ["y"], attributes)
        }
        #expect(try model.run(Tensor([1, 1, 1], [2 as Float]))[0].floats == [13])
    }
}
