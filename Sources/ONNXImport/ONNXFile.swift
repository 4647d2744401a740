import FoundationEssentials
import ONNXProto
import SwiftProtobuf

/// An ONNX file to be rewritten: its message, with every weight inside.
///
/// What our schema does not have is dropped: documentation, intermediate shapes, and what training needs.
package struct ONNXFile: Sendable {
    package var model: ONNX_ModelProto

    /// - Parameter baseDirectory: where weights in other files are; nil refuses them.
    /// - Throws: `ImportError` for what is no ONNX model.
    package init(bytes: Data, baseDirectory: String?) throws(ImportError) {
        model = try ONNX_ModelProto(parsing: bytes)
        guard model.hasGraph else { throw ImportError(.notONNX, "not an ONNX model: it holds no graph") }
        let external = ExternalData(directory: baseDirectory)
        for index in model.graph.initializer.indices where model.graph.initializer[index].dataLocation == .external {
            let weight = model.graph.initializer[index], type = DataType(weight.dataType)
            guard let width = type.byteCount, let count = Self.elementCount(weight.dims) else {
                throw ImportError(.unsupportedType, "weight '\(weight.name)' has elements of type \(type.name)")
            }
            model.graph.initializer[index].rawData = try external.bytes(of: weight, named: weight.name, byteCount: count * width)
            model.graph.initializer[index].externalData = []
            model.graph.initializer[index].clearDataLocation()
        }
    }

    /// The file's bytes.
    /// - Throws: `ImportError` where it would be larger than the 2 GiB that a message may have.
    package func bytes() throws(ImportError) -> Data {
        do { return try model.serializedBytes(partial: true) } catch {
            throw ImportError(.invalidGraph, "the changed model cannot be written as one file: it may have 2 GiB at most", cause: error)
        }
    }

    private static func elementCount(_ dims: [Int64]) -> Int? {
        dims.reduce(Int?.some(1)) { product, dim in
            guard let product, dim >= 0 else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: Int(dim))
            return overflow || next > 1 << 31 ? nil : next
        }
    }
}
