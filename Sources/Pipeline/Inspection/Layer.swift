import Inference
import Tensors

/// One node of a model as `inspect` shows it.
public struct Layer: Sendable {
    public let name: String
    /// The operator, as ONNX calls it.
    public let kind: String
    /// Nil where the shape depends on data.
    public let outputShape: Shape?
    /// Multiply-accumulates for one frame; 0 for what only moves or maps elements.
    public let macs: Int

    init(_ node: Node, in typed: TypedGraph) {
        func shape(_ values: [ValueID?], _ index: Int) -> Shape? {
            index < values.count ? values[index].flatMap { typed[$0]?.shape } : nil
        }
        (name, kind) = (node.name, node.kind)
        outputShape = shape(node.outputs, 0)
        macs = Self.macs(node.kind, output: outputShape, operands: shape(node.inputs, 0), shape(node.inputs, 1))
    }

    private static func macs(_ kind: String, output: Shape?, operands a: Shape?, _ b: Shape?) -> Int {
        guard let output, let a, let b, a.rank > 0, b.rank > 0, b[0] > 0 else { return 0 }
        switch kind {
        // Every output element is a sum over one filter.
        case "Conv": return output.elementCount * (b.elementCount / b[0])
        // Every input element is spread by one filter.
        case "ConvTranspose": return a.elementCount * (b.elementCount / b[0])
        // Every output element is a sum over the extent that both operands share.
        case "MatMul": return output.elementCount * a[a.rank - 1]
        case "Gemm": return output.rank == 2 && output[0] > 0 ? output.elementCount * (a.elementCount / output[0]) : 0
        default: return 0
        }
    }
}
