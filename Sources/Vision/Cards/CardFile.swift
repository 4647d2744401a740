import Foundation

extension ModelCard {
    /// Reads a card; errors name the file, the key, and what to write there.
    public init(file path: String) throws(VisionError) {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw VisionError(.invalidCard, "cannot read the model card \(path)", cause: error)
        }
        try self.init(json: data, name: path)
    }

    /// - Parameter name: what errors call the card.
    public init(json: Data, name: String = "card") throws(VisionError) {
        do { self = try JSONDecoder().decode(ModelCard.self, from: json) } catch let error as VisionError {
            throw VisionError(error.code, "\(name): \(error.message)", cause: error.cause)
        } catch {
            throw VisionError.notJSON(name, error)
        }
    }

    /// As it would stand in a file: keys sorted, floats short.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Encoding plain values cannot fail: no number in a card is infinite or undefined.
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }
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
