import Inference
import ONNXProto

/// What a model declares of an input.
enum InputImport {
    static func declaration(of input: ONNX_ValueInfoProto, value: ValueID) throws(ImportError) -> InputDeclaration {
        guard case .tensorType(let tensor) = input.type.value else {
            throw ImportError(.unsupportedType, "graph input '\(input.name)' is not a tensor")
        }
        let type = DataType(tensor.elemType)
        guard let elementType = type.elementType else {
            throw ImportError(
                .unsupportedType, "graph input '\(input.name)' has elements of type \(type.name), which the engine does not compute in")
        }
        guard tensor.hasShape else {
            throw ImportError(
                .invalidGraph, "graph input '\(input.name)' declares no shape: export it with one (unknown extents may be symbolic)")
        }
        var product = 1
        var dims: [Dimension] = []
        for (axis, dim) in tensor.shape.dim.enumerated() {
            switch dim.value {
            case .dimValue(let extent) where extent >= 0:
                let (next, overflow) = product.multipliedReportingOverflow(by: max(1, Int(extent)))
                guard !overflow, next <= WeightReader.largestElementCount else {
                    throw ImportError(.invalidGraph, "graph input '\(input.name)' is impossibly large")
                }
                product = next
                dims.append(.fixed(Int(extent)))
            case .dimParam(let name) where !name.isEmpty:
                dims.append(.symbolic(name))
            default:
                // −1 or nothing: unknown, and not tied to any other extent.
                dims.append(.symbolic("\(input.name).\(axis)"))
            }
        }
        return InputDeclaration(value: value, name: input.name, elementType: elementType, dims: dims)
    }
}
