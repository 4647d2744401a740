import Vision

extension BundleManifest: Codable {
    enum CodingKeys: String, CardKey {
        case version, name, card, submodels, threshold, overlap, files

        static var file: String { "the bundle" }

        var expected: String {
            switch self {
            case .version: "\(BundleManifest.currentVersion)"
            case .name: "a name of up to 100 characters"
            case .card: "a model card, with the labels in it and with input.width and input.height"
            case .submodels: "how many submodels there are, from 1 to \(BundleManifest.mostSubmodels)"
            case .threshold: "the entropy in nats, above 0, below which a submodel's answer counts, such as 0.75"
            case .overlap: "the share by which neighbouring partitions overlap, from 0 to 1, such as 0.3"
            case .files:
                "a list of {\"name\": …, \"sha256\": …, \"size\": …} with full.onnx, selector.onnx and every submodel-<k>.onnx once"
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        // First, and by itself: another version may have other keys.
        let version = try? decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Int.self, forKey: .version)
        if let version, version != Self.currentVersion {
            throw VisionError(
                .invalidCard,
                "is of version \(version), and this deepvid reads version \(Self.currentVersion): "
                    + "write the bundle anew, or take the deepvid that belongs to it")
        }
        let file = try CardReader<CodingKeys>(decoder)
        self.version = try file.required(.version, where: { $0 == Self.currentVersion })
        name = try file.required(.name, where: { !$0.isEmpty && $0.count <= 100 })
        card = try file.required(.card, where: Self.isComplete)
        submodels = try file.required(.submodels, where: { (1...Self.mostSubmodels).contains($0) })
        threshold = try file.required(.threshold, where: { $0.isFinite && $0 > 0 })
        overlap = try file.required(.overlap, where: { (0...1).contains($0) })
        files = try file.required(.files, where: { $0.count <= Self.mostSubmodels + 2 })
        try checkFiles()
    }

    public func encode(to encoder: any Encoder) throws {
        var file = encoder.container(keyedBy: CodingKeys.self)
        try file.encode(version, forKey: .version)
        try file.encode(name, forKey: .name)
        try file.encode(card, forKey: .card)
        try file.encode(submodels, forKey: .submodels)
        try file.encode(threshold, forKey: .threshold)
        try file.encode(overlap, forKey: .overlap)
        try file.encode(files, forKey: .files)
    }

    /// What a device must know before it has any model of the bundle; and nothing that names a file of the device's.
    private static func isComplete(_ card: ModelCard) -> Bool {
        if case .file = card.labels { return false }
        return card.input.width != nil && card.input.height != nil && card.head != .embedding
    }

    /// Each file of a bundle with this many submodels, once, and no other.
    private func checkFiles() throws(VisionError) {
        let expected = Self.names(submodels: submodels)
        for name in expected where !files.contains(where: { $0.name == name }) {
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
