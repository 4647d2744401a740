import FoundationEssentials
import Glibc

/// What a file says of the capacities that it holds (NestDNN, MobiCom 2018): the graph is the largest one, a smaller one takes the first
/// channels of its weights and has a few small ones of its own. The property `deepvid.capacities` has it as JSON:
///
/// ```json
/// {"version": 1, "capacities": [
///   {"name": "full", "accuracy": 0.87},
///   {"name": "small", "accuracy": 0.79,
///    "shapes": {"stem.weight": [16, 3, 3, 3], "neck.weight": [16, [[0, 16], [64, 80]], 1, 1]},
///    "own": {"stem.bias": "small/stem.bias"}}]}
/// ```
public struct Capacities: Sendable {
    /// A network that is a slice of the file's.
    public struct Capacity: Sendable {
        /// Of letters, digits, `.`, `_` and `-`; no two of a file have the same.
        public let name: String
        /// As promised, 0…1.
        public let accuracy: Double
        /// By initializer, what it takes of every axis.
        let shapes: [String: [Axis]]
        /// By initializer, the one that it has instead.
        let own: [String: String]
    }

    /// What a capacity takes of an axis: so much from its beginning, `16`; or ranges of it, `[[0, 16], [64, 80]]`, where tensors that are
    /// themselves cut are put side by side.
    struct Axis: Decodable, CustomStringConvertible {
        /// Beginnings and ends.
        private let parts: [[Int]]
        let description: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let extent = try? value.decode(Int.self) {
                (parts, description) = ([[0, extent]], "\(extent)")
            } else {
                parts = try value.decode([[Int]].self)
                description = "\(parts)"
            }
        }

        /// - Returns: nil where these are not one or more ranges of an axis of that extent, in order and apart.
        func ranges(of extent: Int) -> [Range<Int>]? {
            var place = 0, found: [Range<Int>] = []
            for part in parts {
                guard part.count == 2, part[0] >= place, part[1] > part[0], part[1] <= extent else { return nil }
                found.append(part[0]..<part[1])
                place = part[1]
            }
            return found.isEmpty ? nil : found
        }
    }

    /// One or more, the largest first.
    public let all: [Capacity]

    /// The name of the file's property.
    public static let property = "deepvid.capacities"
    /// The version of the format that this program reads.
    private static let version = 1
    /// More than anybody would train: a schedule tries all of them.
    private static let most = 16

    public subscript(name: String) -> Capacity? { all.first { $0.name == name } }

    /// Whether bytes may be those of a file with capacities: what is looked for before the file is read as ONNX. O(bytes).
    public static func mayBe(in bytes: Data) -> Bool {
        let wanted = Array(property.utf8)
        return bytes.withUnsafeBytes { file in
            guard let start = file.baseAddress else { return false }
            var place = 0
            while file.count - place >= wanted.count,
                let found = memchr(start + place, Int32(wanted[0]), file.count - place - wanted.count + 1)
            {
                if memcmp(found, wanted, wanted.count) == 0 { return true }
                place = start.distance(to: UnsafeRawPointer(found)) + 1
            }
            return false
        }
    }

    /// - Returns: nil of a file without capacities.
    /// - Throws: `ImportError` with code `invalidCapacities` that says what is wrong with them.
    init?(_ metadata: [String: String]) throws(ImportError) {
        guard let text = metadata[Self.property] else { return nil }
        let bytes = Data(text.utf8)
        // The version comes first: what another one has besides is not this one's mistake.
        guard let versioned = try? JSONDecoder().decode(Versioned.self, from: bytes) else {
            throw Self.error("is no JSON object with a version: was the file changed by another program?")
        }
        guard versioned.version == Self.version else {
            throw Self.error("is of version \(versioned.version), and this deepvid reads version \(Self.version): take a newer one")
        }
        let written: Written
        do { written = try JSONDecoder().decode(Written.self, from: bytes) } catch {
            throw Self.error("is damaged: \(Self.reason(error))")
        }
        all = written.capacities.map { Capacity(name: $0.name, accuracy: $0.accuracy, shapes: $0.shapes ?? [:], own: $0.own ?? [:]) }
        guard (1...Self.most).contains(all.count) else {
            throw Self.error("has \(all.count) capacities, and 1 to \(Self.most) are possible")
        }
        for (index, capacity) in all.enumerated() {
            guard Self.isName(capacity.name) else {
                throw Self.error("has a capacity '\(capacity.name)': a name is of letters, digits, '.', '_' and '-'")
            }
            guard all[..<index].allSatisfy({ $0.name != capacity.name }) else { throw Self.error("has two capacities '\(capacity.name)'") }
            guard (0...1).contains(capacity.accuracy) else {
                throw Self.error("capacity '\(capacity.name)' promises accuracy \(capacity.accuracy), and that is 0 to 1")
            }
        }
        guard all[0].shapes.isEmpty, all[0].own.isEmpty else {
            throw Self.error("its first capacity, '\(all[0].name)', is not the whole graph")
        }
    }

    static func error(_ message: String) -> ImportError { ImportError(.invalidCapacities, "property '\(property)': \(message)") }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    private static func reason(_ error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined().trimmingPrefix(".").description
        }
        return switch error as? DecodingError {
        case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(place(context.codingPath)) is of another kind"
        case .dataCorrupted(let context): "\(place(context.codingPath)) cannot be read"
        default: "it cannot be read"
        }
    }

    private struct Versioned: Decodable {
        let version: Int
    }

    private struct Written: Decodable {
        struct Capacity: Decodable {
            let name: String
            let accuracy: Double
            let shapes: [String: [Axis]]?
            let own: [String: String]?
        }
        let capacities: [Capacity]
    }
}
