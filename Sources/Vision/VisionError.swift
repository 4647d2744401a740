import Foundation

/// Why a model could not be prepared for, or its outputs not be read.
public struct VisionError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A model card that cannot be read or contradicts itself.
        case invalidCard
        /// The model is none of the known ones and has no card.
        case cardNeeded
        /// A label file that cannot be read, or that has another number of labels than the model has classes.
        case invalidLabels
        /// The model's outputs are not what its head reads.
        case unexpectedOutput
        /// A frame, size or buffer that does not fit the model's input.
        case invalidInput
    }

    public let code: Code
    /// What failed, and what to do about it.
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        (self.code, self.message, self.cause) = (code, message, cause)
    }

    public var description: String { message + (cause.map { ": \($0)" } ?? "") }
}

extension VisionError {
    /// For the error of a `JSONDecoder` that could not make JSON of the file `name`.
    public static func notJSON(_ name: String, _ error: any Error) -> VisionError {
        guard case DecodingError.dataCorrupted(let context) = error else {
            return VisionError(.invalidCard, "\(name) is not JSON: \(error)")
        }
        let underlying = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
        return VisionError(.invalidCard, "\(name) is not JSON: \(underlying ?? context.debugDescription)")
    }
}
