import Foundation
import Inference
import ONNXImport
import Tensors
import TestSupport
import Testing

/// Quantised operators as onnxruntime's tool writes them, against values of onnxruntime 1.32.
struct QuantizedTests {
    /// A: 2×2 of uint8, with scale 0.1 and zero point 12. B: 2×2 of int8, without.
    private func model(_ build: (inout TestModel) -> Void) -> TestModel {
        var model = TestModel(opset: 17)
        model.input("a", [2, 2], .uint8)
        model.weight("b", [2, 2], .int8, [Int8(-5), 100, 127, -128])
        model.weight("a_scale", [], [0.1])
        model.weight("a_zero", [], .uint8, [UInt8(12)])
        build(&model)
        model.output("y")
        return model
    }

    private let a = Tensor([2, 2], [UInt8(11), 250, 3, 77])

    private func check<T: TensorElement & Equatable>(
        _ model: TestModel, _ input: Tensor, _ values: [T], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let graph = try model.load().graph
        #expect(try model.run(input)[0].elements() == values, sourceLocation: sourceLocation)
        #expect(try Session(Plan(graph)).run([input])[0].elements() == values, sourceLocation: sourceLocation)
    }

    @Test func productsOfIntegers() throws {
        let model = model { model in
            model.weight("b_zero", [2], .int8, [Int8(3), -4])
            model.node("MatMulInteger", ["a", "b", "a_zero", "b_zero"], ["y"])
        }
        try check(model, a, [29520, -29616, 8132, -8996] as [Int32])
    }

    @Test func sumsOfQuantizedTensors() throws {
        let model = model { model in
            model.weight("c", [2, 2], .uint8, [UInt8(200), 1, 9, 33])
            model.weight("c_scale", [], [0.2])
            model.weight("c_zero", [], .uint8, [UInt8(7)])
            model.weight("y_scale", [], [0.3])
            model.weight("y_zero", [], .uint8, [UInt8(40)])
            model.node(
                "QLinearAdd", ["a", "a_scale", "a_zero", "c", "c_scale", "c_zero", "y_scale", "y_zero"], ["y"], domain: "com.microsoft")
        }
        try check(model, a, [168, 115, 38, 79] as [UInt8])
    }

    @Test func functionsOfQuantizedTensors() throws {
        var model = TestModel(opset: 17)
        model.input("x", [4], .int8)
        model.weight("x_scale", [], [0.05])
        model.weight("x_zero", [], .int8, [Int8(1)])
        model.weight("y_scale", [], [1 / 256])
        model.weight("y_zero", [], .int8, [Int8(-128)])
        model.node("QLinearSigmoid", ["x", "x_scale", "x_zero", "y_scale", "y_zero"], ["y"], domain: "com.microsoft")
        model.output("y")
        try check(model, Tensor([4], [Int8(-5), 100, 127, -128]), [-19, 126, 127, -128] as [Int8])
        // Without a zero point the result has the input's type all the same.
        model.proto.graph.node[0].input.removeLast()
        #expect(try model.run(Tensor([4], [Int8(-5), 100, 127, -128]))[0].elementType == .int8)
    }

    @Test func gemmWithBiasAndFactor() throws {
        let model = model { model in
            model.weight("b_scale", [], [0.02])
            model.weight("b_zero", [], .int8, [Int8(1)])
            model.weight("c", [2], .int32, [Int32(50), -60])
            model.weight("y_scale", [], [0.4])
            model.weight("y_zero", [], .uint8, [UInt8(100)])
            model.node(
                "QGemm", ["a", "a_scale", "a_zero", "b", "b_scale", "b_zero", "c", "y_scale", "y_zero"], ["y"], domain: "com.microsoft",
                ["alpha": 0.5, "transB": 1])
        }
        try check(model, a, [159, 23, 116, 76] as [UInt8])
    }

    @Test func productsOfWhatIsQuantizedOnTheWay() throws {
        var model = TestModel(opset: 17)
        model.input("a", [2, 2])
        model.weight("b", [2, 2], .int8, [Int8(-5), 100, 127, -128])
        model.weight("scale", [2], [0.1, 0.02])
        model.weight("zero", [2], .int8, [Int8(1), 2])
        model.weight("bias", [2], [1, -1])
        model.node("DynamicQuantizeMatMul", ["a", "b", "scale", "zero", "bias"], ["y"], domain: "com.microsoft")
        model.output("y")
        let y = try model.run(Tensor([2, 2], [0.3, -1.2, 2.5, 0.9] as [Float]))[0].floats
        for (value, wanted) in zip(y, [-14.357177, 2.7284396, 10.837647, 1.5525649] as [Float]) { #expect(abs(value - wanted) < 1e-4) }
    }

    /// Weights for each channel, a bias of integers: all of it becomes a convolution of floats with constant weights.
    @Test func convolutionsAreFoldedIntoFloats() throws {
        var model = TestModel(opset: 17)
        model.input("x", [1, 2, 4, 4], .uint8)
        model.weight("x_scale", [], [0.5])
        model.weight("x_zero", [], .uint8, [UInt8(3)])
        model.weight("w", [2, 2, 1, 1], .int8, [Int8(1), 2, -3, 4])
        model.weight("w_scale", [2], [0.5, 0.25])
        model.weight("w_zero", [2], .int8, [Int8(0), 0])
        model.weight("y_scale", [], [1])
        model.weight("y_zero", [], .uint8, [UInt8(10)])
        model.weight("bias", [2], .int32, [Int32(4), 8])
        model.node("QLinearConv", ["x", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero", "bias"], ["y"])
        model.output("y")
        let plan = try Plan(model.load().graph)
        #expect(plan.layers.filter(\.isSpatial).map(\.kind).contains("Conv"))
        let x = Tensor([1, 2, 4, 4], (0..<32).map { UInt8($0) })
        var wanted: [UInt8] = []
        for (weights, scale, bias) in [((1, 2), Float(0.25), 4), ((-3, 4), 0.125, 8)] {
            for pixel in 0..<16 {
                let sum = weights.0 * (pixel - 3) + weights.1 * (pixel + 16 - 3) + bias
                wanted.append(UInt8(clamping: Int((Float(sum) * scale).rounded(.toNearestOrEven)) + 10))
            }
        }
        try check(model, x, wanted)
    }

    @Test func levelsThatTheEngineHasNotAreRefused() {
        for (attribute, value) in [("output_dtype", 17), ("output_dtype", 21)] {
            var model = TestModel(opset: 21)
            model.input("x", [2])
            model.weight("scale", [], [1])
            model.node("QuantizeLinear", ["x", "scale"], ["y"])
            model.proto.graph.node[0].attribute = [AttributeValue.int(value).proto(named: attribute)]
            model.output("y")
            #expect { try model.load() } throws: { ($0 as? ImportError)?.code == .unsupportedType }
        }
    }
}
