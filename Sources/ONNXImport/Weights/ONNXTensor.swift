import ONNXProto
import Tensors

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A tensor in a file of its own (`.pb`), as ONNX's test data is.
public enum ONNXTensor {
    public static func decode(bytes: Data) throws(ImportError) -> (name: String, tensor: Tensor) {
        do {
            let proto = try ONNX_TensorProto(parsing: bytes)
            return (proto.name, try WeightReader(external: ExternalData(directory: nil)).tensor(proto))
        } catch let error as ONNXParseError {
            throw ImportError(parsing: error, byteCount: bytes.count)
        } catch let error as ImportError {
            throw error
        } catch {
            throw ImportError(.notONNX, "not an ONNX tensor", cause: error)
        }
    }
}
