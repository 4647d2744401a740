import FoundationEssentials
import Models
import Vision

/// `bundle.json`: what a folder with a full model, its submodels and their selector holds.
public struct BundleManifest: Sendable, Hashable {
    /// Of the format: 1, or 2 for a bundle with `submodelCard`.
    public var version = 1
    public var name: String
    /// How the models of the bundle take pictures, and how the outputs of all but the selector are read; with `submodelCard`, of the full
    /// model and the selector only.
    public var card: ModelCard
    /// The same of submodels that take other pictures, or tell fewer classes apart, than the full model; nil: `card` is theirs too.
    public var submodelCard: ModelCard?
    /// K: how many submodels there are.
    public var submodels: Int
    /// T: a submodel's answer counts when its entropy, in nats, is below (paper §6.3).
    public var threshold: Double
    /// γ: share by which neighboring partitions overlap (equation 13).
    public var overlap: Double
    public var files: [BundleFile]

    /// Those that this program reads.
    public static let versions = 1...2
    /// Partitions of fewer than 1.4° would tell nothing apart.
    public static let mostSubmodels = 256
    /// Bytes: larger than any bundle's, with long labels.
    public static let largestFile = 4_000_000

    /// The file of that name, such as `BundleFile.submodel(2)`; nil if the bundle has none.
    public subscript(name: String) -> BundleFile? { files.first { $0.name == name } }

    /// What its models take.
    public var input: (width: Int, height: Int, channels: Int) {
        (card.input.width ?? 0, card.input.height ?? 0, card.input.color.channels)
    }

    /// How the full model, or the submodel of that name, is run.
    func card(of name: String) -> ModelCard { name == BundleFile.full ? card : submodelCard ?? card }

    /// How the submodel for a picture is found.
    public var partitions: Partitions { Partitions(count: submodels, overlap: overlap) }
}

extension BundleManifest {
    /// Reads a manifest, from wherever it came: a file, or an edge.
    ///
    /// - Parameter name: what errors call it.
    /// - Throws: code `invalidBundle`, with a sentence that says what to write.
    public init(json: Data, name: String = "bundle.json") throws(DeepVidError) {
        guard json.count <= Self.largestFile else {
            throw DeepVidError(
                .invalidBundle, "\(name) has more than \(Self.largestFile / 1_000_000) MB, which no bundle needs; is it the right file?")
        }
        do {
            self = try JSONDecoder().decode(BundleManifest.self, from: json)
        } catch let error as VisionError {
            throw DeepVidError(.invalidBundle, "\(name): \(error.message)", cause: error.cause)
        } catch {
            throw DeepVidError(.invalidBundle, VisionError.notJSON(name, error, in: json).message)
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

extension BundleManifest: Codable {
    enum CodingKeys: String, CardKey {
        case version, name, card, submodels, threshold, overlap, files
        case submodelCard = "submodel_card"

        static var file: String { "the bundle" }

        var expected: String {
            switch self {
            case .version: "1, or 2 for a bundle with submodel_card"
            case .name: "a name of up to 100 characters"
            case .card: "a model card, with the labels in it and with input.width and input.height"
            case .submodelCard:
                "a model card as under 'card', for submodels that take other pictures or know fewer classes; its labels are a list of some "
                    + "of those of 'card'"
            case .submodels: "how many submodels there are, from 1 to \(BundleManifest.mostSubmodels)"
            case .threshold: "the entropy in nats, above 0, below which a submodel's answer counts, such as 0.75"
            case .overlap: "the share by which neighboring partitions overlap, from 0 to 1, such as 0.3"
            case .files:
                "a list of {\"name\": …, \"sha256\": …, \"size\": …} with full.onnx, selector.onnx and every submodel-<k>.onnx once"
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        // First, and by itself: another version may have other keys.
        let version = try? decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Int.self, forKey: .version)
        if let version, !Self.versions.contains(version) {
            throw VisionError(
                .invalidCard,
                "is of version \(version), and this deepvid reads versions \(Self.versions.lowerBound) and \(Self.versions.upperBound): "
                    + "write the bundle anew, or take the deepvid that belongs to it")
        }
        let file = try CardReader<CodingKeys>(decoder)
        self.version = try file.required(.version, where: Self.versions.contains)
        name = try file.required(.name, where: { !$0.isEmpty && $0.count <= 100 })
        card = try file.required(.card, where: Self.isComplete)
        submodelCard = try file.optional(.submodelCard, where: Self.isComplete)
        if let submodelCard, self.version < 2 || !submodelCard.answers(as: card) {
            throw file.error(.submodelCard, "does not fit the bundle")
        }
        submodels = try file.required(.submodels, where: { (1...Self.mostSubmodels).contains($0) })
        threshold = try file.required(.threshold, where: { $0.isFinite && $0 > 0 })
        overlap = try file.required(.overlap, where: { (0...1).contains($0) })
        files = try file.required(.files, where: { $0.count <= Self.mostSubmodels + 2 })
        try checkFiles()
    }

    /// What a device must know before it has any model of the bundle; and nothing that names a file of the device's.
    private static func isComplete(_ card: ModelCard) -> Bool {
        if case .file = card.labels { return false }
        return card.input.width != nil && card.input.height != nil && (card.head.isDetector || card.head == .classification)
    }

    /// Each file of a bundle with this many submodels, once, and no other.
    private func checkFiles() throws(VisionError) {
        let expected = [BundleFile.full, BundleFile.selector] + (1...submodels).map(BundleFile.submodel)
        for name in expected where self[name] == nil {
            throw VisionError(
                .invalidCard, "'files' has no \(name), which a bundle of \(submodels) submodels needs: add it, or correct 'submodels'")
        }
        for file in files where !expected.contains(file.name) {
            throw VisionError(
                .invalidCard,
                "'files' has '\(file.name)', which is no file of a bundle of \(submodels) submodels: remove it, or correct 'submodels'")
        }
        if files.count != expected.count { throw VisionError(.invalidCard, "'files' has a name twice: leave one of them") }
    }
}

extension ModelCard {
    /// Whether answers by this card can stand for answers by the other: of the same kind, and of no class that the other does not have.
    fileprivate func answers(as other: ModelCard) -> Bool {
        guard head.isDetector ? other.head.isDetector : head == other.head else { return false }
        guard let own = try? Labels(labels).names, let all = try? Labels(other.labels).names else { return false }
        return !own.isEmpty && Set(own).isSubset(of: all)
    }
}

/// A file of a bundle, by name and content.
public struct BundleFile: Codable, Sendable, Hashable {
    /// `full.onnx`, `selector.onnx` or `submodel-<k>.onnx`.
    public var name: String
    /// Lower-case hexadecimal.
    public var sha256: String
    /// Bytes.
    public var size: Int

    public static let full = "full.onnx"
    public static let selector = "selector.onnx"

    /// - Parameter k: from 1.
    public static func submodel(_ k: Int) -> String { "submodel-\(k).onnx" }

    /// Bytes: more would not be a model for a device; a bound on what an edge can make one store.
    public static let largestSize = 2_000_000_000

    enum CodingKeys: String, CardKey {
        case name, sha256, size

        static var file: String { "the bundle" }

        var expected: String {
            switch self {
            case .name: "full.onnx, selector.onnx or submodel-<k>.onnx"
            case .sha256: "the file's SHA-256, 64 digits of lower-case hexadecimal, as sha256sum prints it"
            case .size: "the file's size in bytes, from 1 to \(BundleFile.largestSize)"
            }
        }
    }
}

extension BundleFile {
    public init(from decoder: any Decoder) throws {
        let file = try CardReader<CodingKeys>(decoder)
        // Which names there may be depends on the number of submodels; here, only that none leads out of the folder.
        name = try file.required(.name, where: { $0.wholeMatch(of: /[a-z0-9-][a-z0-9.-]{0,63}/) != nil })
        sha256 = try file.required(.sha256, where: { $0.wholeMatch(of: /[0-9a-f]{64}/) != nil })
        size = try file.required(.size, where: { (1...Self.largestSize).contains($0) })
    }
}
