import Inference
import Tensors
import Testing

/// The same computation written for several opsets gives the same result.
struct OpsetVariantTests {
    private func model(opset: Int, dims: [Int?], _ build: (inout TestModel) -> Void) -> TestModel {
        var model = TestModel(opset: opset)
        model.input("x", dims)
        build(&model)
        model.output("y")
        return model
    }

    @Test(arguments: [7, 11, 13]) func clip(opset: Int) throws {
        let model = model(opset: opset, dims: [5]) { model in
            if opset < 11 {
                model.node("Clip", ["x"], ["y"], ["min": 1.0, "max": 3.0])
            } else {
                model.weight("low", [], [1])
                model.weight("high", [], [3])
                model.node("Clip", ["x", "low", "high"], ["y"])
            }
        }
        #expect(try model.run(.counting(5))[0].floats == [1, 1, 2, 3, 3])
    }

    @Test(arguments: [9, 10, 13]) func slice(opset: Int) throws {
        let model = model(opset: opset, dims: [2, 4]) { model in
            if opset < 10 {
                model.node("Slice", ["x"], ["y"], ["starts": .ints([1]), "ends": .ints([Int.max]), "axes": .ints([1])])
            } else {
                model.weight("starts", [1], ints: [1])
                model.weight("ends", [1], ints: [Int.max])
                model.weight("axes", [1], ints: [1])
                model.node("Slice", ["x", "starts", "ends", "axes"], ["y"])
            }
        }
        let result = try model.run(.counting(2, 4))[0]
        #expect(result.shape == [2, 3])
        #expect(result.floats == [1, 2, 3, 5, 6, 7])
    }

    @Test(arguments: [7, 11, 18]) func pad(opset: Int) throws {
        let model = model(opset: opset, dims: [1, 2]) { model in
            if opset < 11 {
                model.node("Pad", ["x"], ["y"], ["pads": .ints([0, 1, 0, 2]), "value": 9.0])
            } else {
                model.weight("pads", [4], ints: [0, 1, 0, 2])
                model.weight("value", [], [9])
                model.node("Pad", ["x", "pads", "value"], ["y"])
            }
        }
        #expect(try model.run(.counting(1, 2))[0].floats == [9, 0, 1, 9, 9])
    }

    @Test(arguments: [11, 13]) func squeezeAndUnsqueeze(opset: Int) throws {
        let model = model(opset: opset, dims: [1, 3, 1]) { model in
            if opset < 13 {
                model.node("Squeeze", ["x"], ["s"], ["axes": .ints([0])])
                model.node("Unsqueeze", ["s"], ["y"], ["axes": .ints([1, 3])])
            } else {
                model.weight("first", [1], ints: [0])
                model.weight("around", [2], ints: [1, 3])
                model.node("Squeeze", ["x", "first"], ["s"])
                model.node("Unsqueeze", ["s", "around"], ["y"])
            }
        }
        #expect(try model.run(.counting(1, 3, 1))[0].shape == [3, 1, 1, 1])
    }

    @Test(arguments: [7, 11, 13, 18]) func split(opset: Int) throws {
        var model = TestModel(opset: opset)
        model.input("x", [5])
        if opset < 13 {
            model.node("Split", ["x"], ["a", "b"], ["axis": 0, "split": .ints([2, 3])])
        } else {
            model.weight("sizes", [2], ints: [2, 3])
            model.node("Split", ["x", "sizes"], ["a", "b"], ["axis": 0])
        }
        model.output("a", "b")
        let results = try model.run(.counting(5))
        #expect(results.map(\.floats) == [[0, 1], [2, 3, 4]])
    }

    @Test(arguments: [9, 10, 11]) func topK(opset: Int) throws {
        let model = model(opset: opset, dims: [5]) { model in
            if opset < 10 {
                model.node("TopK", ["x"], ["y", ""], ["k": 2])
            } else {
                model.weight("k", [1], ints: [2])
                model.node("TopK", ["x", "k"], ["y", "indices"])
            }
        }
        #expect(try model.run(.counting(5))[0].floats == [4, 3])
    }

    @Test(arguments: ["ReduceMean", "ReduceSum", "ReduceMax"], [11, 13, 18]) func reductions(kind: String, opset: Int) throws {
        let model = model(opset: opset, dims: [2, 3]) { model in
            if opset < (kind == "ReduceSum" ? 13 : 18) {
                model.node(kind, ["x"], ["y"], ["axes": .ints([1]), "keepdims": 0])
            } else {
                model.weight("axes", [1], ints: [1])
                model.node(kind, ["x", "axes"], ["y"], ["keepdims": 0])
            }
        }
        let expected: [String: [Float]] = ["ReduceMean": [1, 4], "ReduceSum": [3, 12], "ReduceMax": [2, 5]]
        #expect(try model.run(.counting(2, 3))[0].floats == expected[kind])
    }

    @Test(arguments: [7, 9, 10, 13]) func enlarging(opset: Int) throws {
        let model = model(opset: opset, dims: [1, 1, 1, 2]) { model in
            if opset >= 9 { model.weight("scales", [4], [1, 1, 2, 2]) }
            switch opset {
            case 7: model.node("Upsample", ["x"], ["y"], ["scales": .floats([1, 1, 2, 2]), "mode": "nearest"])
            case 9: model.node("Upsample", ["x", "scales"], ["y"])
            case 10: model.node("Resize", ["x", "scales"], ["y"])
            default:
                // Resize-11 and up write an omitted input as an empty weight.
                model.weight("none", [0], [])
                model.node(
                    "Resize", ["x", "none", "scales"], ["y"],
                    ["coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor", "mode": "nearest"])
            }
        }
        let result = try model.run(.counting(1, 1, 1, 2))[0]
        #expect(result.shape == [1, 1, 2, 4])
        #expect(result.floats == [0, 0, 1, 1, 0, 0, 1, 1])
    }

    @Test(arguments: [7, 10, 12]) func dropoutDoesNothing(opset: Int) throws {
        let model = model(opset: opset, dims: [3]) { model in
            if opset < 12 {
                model.node("Dropout", ["x"], ["y", "unused_mask"], ["ratio": 0.5])
            } else {
                model.weight("ratio", [], [0.5])
                model.node("Dropout", ["x", "ratio"], ["y"])
            }
        }
        #expect(try model.run(.counting(3))[0].floats == [0, 1, 2])
    }

    @Test func softmaxFlattensBeforeOpset13() throws {
        for (opset, expected) in [(11, Float(0.25)), (13, Float(0.5))] {
            let model = model(opset: opset, dims: [1, 2, 2]) { $0.node("Softmax", ["x"], ["y"], ["axis": 1]) }
            #expect(try model.run(Tensor([1, 2, 2], [Float](repeating: 1, count: 4)))[0].floats.allSatisfy { $0 == expected })
        }
    }

    @Test func constantsInEveryForm() throws {
        var model = TestModel(opset: 13)
        model.input("x", [1])
        model.node("Constant", [], ["tensor"], ["value": .tensor(TestModel.tensor("", [2], [1, 2]))])
        model.node("Constant", [], ["float"], ["value_float": 3.0])
        model.node("Constant", [], ["floats"], ["value_floats": .floats([4, 5])])
        model.node("Constant", [], ["int"], ["value_int": 6])
        model.node("Constant", [], ["ints"], ["value_ints": .ints([7, 8])])
        model.output("tensor", "float", "floats", "int", "ints")
        let results = try model.run(.counting(1))
        #expect(results[0].floats == [1, 2])
        #expect(results[1].floats == [3])
        #expect(results[2].floats == [4, 5])
        #expect(results[1].shape == [])
        #expect(results[3].shape == [])
        #expect(results[3].elements(of: Int64.self) == [6])
        #expect(results[4].elements(of: Int64.self) == [7, 8])
        #expect(try model.load().graph.nodes.isEmpty)
    }

    @Test func castLikeTakesTheTypeThatIsPlainToSee() throws {
        var model = TestModel(opset: 15)
        model.input("x", [3])
        model.weight("like", [1], ints: [0])
        model.node("CastLike", ["x", "like"], ["y"])
        model.output("y")
        #expect(try model.run(.counting(3))[0].elements(of: Int64.self) == [0, 1, 2])
    }

    @Test func autoPadAndDefaults() throws {
        var model = TestModel(opset: 11)
        model.input("x", [1, 1, 4, 4])
        model.weight("w", [1, 1, 3, 3], [Float](repeating: 1, count: 9))
        model.node("Conv", ["x", "w"], ["y"], ["auto_pad": "SAME_UPPER", "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2])])
        model.output("y")
        let op = try #require(try model.load().graph.nodes[0].op as? Convolution)
        #expect(op.padding == .sameUpper)
        #expect(op.strides == [2, 2])
        #expect(op.dilations.isEmpty)
        #expect(op.groups == 1)
        #expect(try model.run(.counting(1, 1, 4, 4))[0].shape == [1, 1, 2, 2])
    }

    @Test(arguments: [10, 13]) func modulo(opset: Int) throws {
        let model = model(opset: opset, dims: [4]) { model in
            model.weight("divisor", [], [3])
            model.node("Mod", ["x", "divisor"], ["y"], ["fmod": 1])
        }
        #expect(try model.run(Tensor([4], [Float(-4), 4.5, 6, -0.5]))[0].floats == [-1, 1.5, 0, -0.5])
        let integers = self.model(opset: opset, dims: [4]) { model in
            model.weight("divisor", [], ints: [3])
            model.weight("values", [4], ints: [-4, 4, 6, -1])
            model.node("Mod", ["values", "divisor"], ["y"])
        }
        #expect(try integers.run(.counting(4))[0].elements() == [2, 1, 0, 2] as [Int64])
    }
}
