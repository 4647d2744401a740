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

    public var description: String { message }
}

extension VisionError {
    /// For the error of a `JSONDecoder` that could not read a file.
    ///
    /// - Parameters:
    ///   - name: what messages call the file.
    ///   - data: what is in it.
    public static func notJSON(_ name: String, _ error: any Error, in data: Data) -> VisionError {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context):
            VisionError(.invalidCard, "\(name): '\(path(context.codingPath + [key]))' is missing", cause: error)
        case .typeMismatch(_, let context) where !context.codingPath.isEmpty, .valueNotFound(_, let context),
            .dataCorrupted(let context) where !context.codingPath.isEmpty:
            VisionError(.invalidCard, "\(name): '\(path(context.codingPath))' is not what it should be", cause: error)
        case .typeMismatch: VisionError(.invalidCard, "\(name): is JSON, but not an object {…}", cause: error)
        default: VisionError(.invalidCard, "\(name) is not JSON: \(fault(of: data))", cause: error)
        }
    }

    /// `objects[2].score`
    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue { path += "[\(index)]" } else { path += (path.isEmpty ? "" : ".") + key.stringValue }
        }
    }

    /// For a file that `JSONDecoder` reads and other programs do not: it lets a comma pass that is followed by a closing bracket.
    ///
    /// - Parameter name: what messages call the file.
    /// - Returns: nil without such a comma. O(bytes).
    public static func trailingComma(_ name: String, in data: Data) -> VisionError? {
        var line = 1, comma: Int?
        var isText = false, isEscaped = false
        for byte in data {
            if byte == 0x0A { line += 1 }
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: ","): comma = line
            case 0x20, 0x09, 0x0A, 0x0D: continue
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if let comma {
                    return VisionError(
                        .invalidCard, "\(name) is not JSON: there is a comma too many before a bracket in line \(comma); take it out")
                }
            default:
                comma = nil
                isText = byte == UInt8(ascii: "\"")
            }
        }
        return nil
    }

    /// Where the text stops being JSON. `JSONDecoder` does not say it, the older parser does, by a number in its message.
    private static func fault(of data: Data) -> String {
        if data.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return "it is empty" }
        do { _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) } catch {
            let said = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
            if said.contains("end of file") { return "it ends before it is complete" }
            if let offset = said.firstMatch(of: /around character ([0-9]+)/).flatMap({ Int($0.1) }), offset <= data.count {
                let before = data.prefix(offset), line = before.count { $0 == 0x0A } + 1
                let column = offset - (before.lastIndex(of: 0x0A).map { $0 - before.startIndex + 1 } ?? 0) + 1
                return "it has a mistake around line \(line), column \(column)"
            }
        }
        return "it has a mistake, or is no text in UTF-8"
    }
}
