import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why bytes are not the message they should be. Keeps SwiftProtobuf's own errors out of the importer.
public struct ONNXParseError: Error, Sendable {
    /// A field reaches past the end of the data.
    public let isTruncated: Bool
    public let message: String
}

/// A message that can be a file of its own.
public protocol ONNXFileMessage: SwiftProtobuf.Message {}
extension ONNX_ModelProto: ONNXFileMessage {}
extension ONNX_TensorProto: ONNXFileMessage {}

extension ONNXFileMessage {
    /// Parses a whole file. Fields outside our schema are dropped, not kept; weights are copied once.
    public init(parsing data: Data) throws(ONNXParseError) {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            self = try Self(serializedBytes: data, extensions: nil, partial: true, options: options)
        } catch BinaryDecodingError.truncated {
            throw ONNXParseError(
                isTruncated: true,
                message: "the file ends in the middle of a field after \(data.count) bytes: not ONNX, or cut short in a download or copy")
        } catch {
            let detail = (error as? SwiftProtobufError)?.description ?? "\(error)"
            throw ONNXParseError(
                isTruncated: false,
                message: data.count >= 0x7fff_ffff
                    ? "the file is larger than 2 GiB, which ONNX allows only with the weights in external files"
                    : "not an ONNX model: \(detail)")
        }
    }

    /// The bytes of the file, for tests and tools that make models.
    public func serialized() throws -> Data { try serializedData(partial: true) }
}
