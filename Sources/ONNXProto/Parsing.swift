import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why bytes are not the message they should be. Keeps SwiftProtobuf's own errors out of the importer.
public enum ONNXParseError: Error, Sendable, Equatable {
    /// A field reaches past the end of the data.
    case truncated
    /// Protobuf messages end at 2 GiB; larger models keep their weights in external files.
    case tooLarge
    /// Not protobuf, or not these messages.
    case malformed(String)
}

/// A message that can be a file of its own.
public protocol ONNXFileMessage: SwiftProtobuf.Message {}
extension ONNX_ModelProto: ONNXFileMessage {}
extension ONNX_TensorProto: ONNXFileMessage {}
/// Lies as bytes in an attribute.
extension ONNX_GraphProto: ONNXFileMessage {}

extension ONNXFileMessage {
    /// Parses a whole file. Fields outside our schema are dropped, not kept; weights are copied once.
    public init(parsing data: Data) throws(ONNXParseError) {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            self = try Self(serializedBytes: data, extensions: nil, partial: true, options: options)
        } catch BinaryDecodingError.truncated {
            throw .truncated
        } catch let error as SwiftProtobufError {
            throw data.count >= 0x7fff_ffff ? .tooLarge : .malformed(error.description)
        } catch {
            throw data.count >= 0x7fff_ffff ? .tooLarge : .malformed("\(error)")
        }
    }

    /// The bytes of the file, for tests and tools that make models.
    public func serialized() throws -> Data { try serializedData(partial: true) }
}
