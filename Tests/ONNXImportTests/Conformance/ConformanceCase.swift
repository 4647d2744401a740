import Foundation
import Inference
@testable import ONNXImport
import ONNXProto
import Tensors
import TestSupport

/// One of ONNX's node tests: a model of one node (or its expanded function) with inputs and expected outputs.
struct ConformanceCase {
    let name: String
    let folder: URL
    /// Keeps the unpacked files while any case is in use.
    let unpacked: TemporaryFolder

    /// Whether the test is about something the engine claims to do; else why not.
    enum Scope: Equatable {
        case applicable
        case otherOperators([String])
        case otherTypes
        case otherOpset(Int)
    }

    var modelPath: String { folder.appendingPathComponent("model.onnx").path }

    func scope() throws -> Scope {
        let model = try ONNX_ModelProto(parsing: Data(contentsOf: URL(fileURLWithPath: modelPath)))
        let foreign = Set(model.graph.node.filter { !$0.domain.isEmpty || !Self.operators.contains($0.opType) }.map(\.opType))
        guard foreign.isEmpty else { return .otherOperators(foreign.sorted()) }
        let opset = Int(model.opsetImport.first { $0.domain.isEmpty }?.version ?? 0)
        guard ONNXModel.supportedOpsets.contains(opset) else { return .otherOpset(opset) }
        for value in model.graph.input + model.graph.output {
            guard case .tensorType(let tensor) = value.type.value,
                let type = ONNX_TensorProto.DataType(rawValue: Int(tensor.elemType)), Self.types.contains(type)
            else { return .otherTypes }
        }
        return .applicable
    }

    /// What a table counts the test under.
    func subject() throws -> String {
        let nodes = try ONNX_ModelProto(parsing: Data(contentsOf: URL(fileURLWithPath: modelPath))).graph.node
        return nodes.count == 1 && !name.hasSuffix("_expanded") ? nodes[0].opType : "functions, expanded"
    }

    /// Runs every data set; nil when all outputs match, else what did not.
    func failure(_ engine: ConformanceEngine) throws -> String? {
        let model = try ONNXModel.load(path: modelPath)
        for set in try dataSets() {
            let inputs = try tensors(in: set, "input")
            let expected = try tensors(in: set, "output")
            guard inputs.count == model.graph.inputs.count else { return "\(inputs.count) inputs for \(model.graph.inputs.count)" }
            let named = Dictionary(uniqueKeysWithValues: zip(model.graph.inputs.map(\.name), inputs))
            let outputs = try engine.run(model.graph, named)
            guard outputs.count == expected.count else { return "\(outputs.count) outputs instead of \(expected.count)" }
            for (index, (output, reference)) in zip(outputs, expected).enumerated() {
                if let mismatch = Self.tolerance.mismatch(output, reference: reference) { return "output \(index): \(mismatch)" }
            }
        }
        return nil
    }

    /// ONNX's own runner compares with these.
    static let tolerance = Approximation.close(relative: 1e-3, absolute: 1e-7)

    static let types: Set<ONNX_TensorProto.DataType> = [
        .float, .float16, .double, .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .bool,
    ]

    /// Not taken from the importer's registry: an operator that gets lost there must fail, not vanish from the count.
    static let operators: Set<String> = [
        "Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "LRN", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu",
        "Sigmoid", "HardSigmoid", "HardSwish", "Mish", "Softplus", "Gelu", "Erf", "Tanh", "Clip", "Exp", "Log", "Sqrt", "Pow", "Abs",
        "Neg", "Floor", "Ceil", "Round", "Reciprocal", "Add", "Sub", "Mul", "Div", "Mod", "Min", "Max", "Sum", "Mean", "MaxPool",
        "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Concat", "Split", "Slice", "Pad", "Reshape", "Flatten", "Transpose",
        "Squeeze", "Unsqueeze", "Expand", "Tile", "Gather", "GatherElements", "Where", "Equal", "Greater", "Less", "GreaterOrEqual",
        "LessOrEqual", "Not", "And", "Or", "Shape", "Size", "Range", "Constant", "ConstantOfShape", "Cast", "CastLike", "Identity",
        "Dropout", "Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "Gemm", "MatMul", "Softmax", "LogSoftmax", "ReduceMean",
        "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2", "ArgMax", "TopK", "NonMaxSuppression",
        "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Sign", "Softsign", "Celu",
        "ThresholdedRelu", "Shrink", "Swish", "IsNaN", "IsInf", "Xor", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot",
        "LayerNormalization", "RMSNormalization", "GroupNormalization", "MeanVarianceNormalization", "LpNormalization", "Scatter",
        "ScatterElements", "ScatterND", "GatherND", "CumSum", "Trilu", "EyeLike", "OneHot", "ReverseSequence", "NonZero", "Compress",
        "ArgMin", "Hardmax", "ReduceL1", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp", "Einsum", "GridSample", "RoiAlign",
        "Col2Im", "LpPool", "GlobalLpPool", "Attention", "RNN", "GRU", "LSTM", "If", "Loop", "BitShift", "QuantizeLinear",
        "DequantizeLinear", "DynamicQuantizeLinear", "ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul",
    ]

    private func dataSets() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("test_data_set_") }.sorted()
            .map { folder.appendingPathComponent($0) }
    }

    private func tensors(in set: URL, _ prefix: String) throws -> [Tensor] {
        var tensors: [Tensor] = []
        while true {
            let file = set.appendingPathComponent("\(prefix)_\(tensors.count).pb")
            guard FileManager.default.fileExists(atPath: file.path) else { return tensors }
            let proto = try ONNX_TensorProto(parsing: Data(contentsOf: file))
            tensors.append(try WeightReader(external: ExternalData(directory: nil)).tensor(proto))
        }
    }
}
