import FoundationEssentials
import Vision

extension BundleManifest {
    /// Larger than any bundle's, with long labels.
    public static let largestFile = 4_000_000

    /// Reads a manifest, from wherever it came: a file, or an edge. Every complaint says what to write.
    ///
    /// - Parameter name: what errors call it.
    public init(json: Data, name: String = "bundle.json") throws(BundleError) {
        guard json.count <= Self.largestFile else {
            throw BundleError(
                .invalid, "\(name) has more than \(Self.largestFile / 1_000_000) MB, which no bundle needs; is it the right file?")
        }
        do {
            self = try JSONDecoder().decode(BundleManifest.self, from: json)
        } catch let error as VisionError {
            throw BundleError(.invalid, "\(name): \(error.message)", cause: error.cause)
        } catch {
            throw BundleError(.invalid, VisionError.notJSON(name, error).message)
        }
    }

    /// As it stands in a file: keys sorted, the same text for the same bundle.
    public func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Encoding plain values cannot fail: no number in a manifest is infinite or undefined.
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }
}
