import FileNames
import Glibc
import Models
import Settings

/// A catalog: variants of one model, with the accuracy that each promises.
///
/// ```toml
/// version = 1
/// [[variant]]
/// model = "people-640.onnx"     # beside this file
/// accuracy = 0.71
/// [[variant]]
/// name = "cars"
/// model = "cars-320.onnx"
/// accuracy = 0.66
/// classes = ["car", "truck"]    # knows no others
/// ```
package struct Catalog: Sendable {
    package struct Variant: Sendable {
        /// Its own, else the model file's without the ending.
        package let name: String
        /// Path of the model, which the catalog names relative to itself.
        package let model: String
        /// 0…1.
        package let accuracy: Double
        /// Of a specialised variant; nil knows all.
        package let classes: [String]?
        /// Of a model that leaves its size open.
        package let inputSize: (width: Int, height: Int)?
        package let card: String?
    }

    package let path: String
    /// In the order of the file; one or more, of which at least one is not specialised.
    package let variants: [Variant]

    /// The version of the format that this program reads.
    private static let version = 1

    /// Whether a file's name is that of a catalog.
    package static func isNamed(_ path: String) -> Bool { path.hasSuffix(".toml") }

    /// - Throws: `DeepVidError` with the line and column of what is wrong.
    package init(path: String) throws(DeepVidError) {
        guard let bytes = readFile(path) else {
            let isMissing = errno == ENOENT, reason = isMissing ? "no such catalog; check the path" : String(cString: strerror(errno))
            throw DeepVidError(isMissing ? .notFound : .unreadable, "\(path): \(reason)")
        }
        func wrong(_ position: Position, _ message: String) -> DeepVidError {
            DeepVidError(.unusableModel, "\(Mistake(file: path, position: position, message: message))")
        }
        let nodes: [TOMLNode]
        switch TOMLNode.parse(bytes) {
        case .failure(let error): throw wrong(error.position, "is not TOML: \(error.reason)")
        case .success(let all): nodes = all
        }
        let start = Position(line: 1, column: 1)
        guard let version = nodes.first(where: { $0.key == "version" }) else {
            throw wrong(start, "says no version of its format: write version = \(Self.version)")
        }
        guard case .number(let text) = version.value, text == "\(Self.version)" else {
            throw wrong(version.position, "is not of version \(Self.version), which is the one that this deepvid reads")
        }
        var variants: [Variant] = []
        for node in nodes where node.key != "version" {
            guard node.key == "variant", case .array(let tables) = node.value else {
                throw wrong(
                    node.position, "'\(node.key)' is not known here: a catalog has a version, and a table [[variant]] for each variant")
            }
            for table in tables { variants.append(try Variant(table, beside: path, wrong)) }
        }
        guard variants.contains(where: { $0.classes == nil }) else {
            let reason = variants.isEmpty ? "has no variants" : "has specialised variants only, and nothing for what they do not know"
            throw wrong(start, "\(reason): give it a table [[variant]] with model and accuracy, and without classes")
        }
        for (index, variant) in variants.enumerated() where variants[..<index].contains(where: { $0.name == variant.name }) {
            throw wrong(start, "has two variants '\(variant.name)': give one of them another name")
        }
        (self.path, self.variants) = (path, variants)
    }
}

extension Catalog.Variant {
    fileprivate init(
        _ table: TOMLNode, beside path: String, _ wrong: (Position, String) -> DeepVidError
    ) throws(DeepVidError) {
        guard case .table(let keys) = table.value else { throw wrong(table.position, "'variant' is \(table.kind); write [[variant]]") }
        var texts: [String: String] = [:], accuracy: Double?, classes: [String]?, size: (width: Int, height: Int)?
        for key in keys {
            switch (key.key, key.value) {
            case ("name", .string(let text)), ("model", .string(let text)), ("card", .string(let text)):
                guard !text.isEmpty, !text.utf8.contains(0) else { throw wrong(key.position, "'\(key.key)' names nothing") }
                texts[key.key] = text
            case ("accuracy", .number(let text)):
                guard let value = Double(text), (0...1).contains(value) else {
                    throw wrong(key.position, "'accuracy' is \(text), and has to be 0 to 1")
                }
                accuracy = value
            case ("classes", .array(let nodes)):
                classes = try nodes.map { (node) throws(DeepVidError) in
                    guard case .string(let name) = node.value else { throw wrong(node.position, "'classes' is a list of names") }
                    return name
                }
                if nodes.isEmpty { throw wrong(key.position, "'classes' is empty: name the classes, or leave it out where all are known") }
            case ("input_size", .string(let text)), ("input_size", .number(let text)):
                let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
                guard (1...2).contains(sides.count), sides.allSatisfy({ (1...16384).contains($0) }) else {
                    throw wrong(key.position, "'input_size' is \(text), and has to be pixels, such as \"640x384\" or 640")
                }
                size = (sides[0], sides[sides.count - 1])
            case ("name", _), ("model", _), ("card", _): throw wrong(key.position, "'\(key.key)' is \(key.kind), and has to be a string")
            case ("accuracy", _): throw wrong(key.position, "'accuracy' is \(key.kind), and has to be a number, 0 to 1")
            case ("classes", _): throw wrong(key.position, "'classes' is \(key.kind), and has to be a list of names")
            case ("input_size", _): throw wrong(key.position, "'input_size' is \(key.kind), and has to be pixels, such as \"640x384\"")
            default:
                throw wrong(
                    key.position, "'\(key.key)' is not known: a variant has model, accuracy, and perhaps name, classes, input_size and card"
                )
            }
        }
        guard let file = texts["model"] else { throw wrong(table.position, "this variant has no model: name its file") }
        guard let accuracy else { throw wrong(table.position, "this variant promises no accuracy: write what you have measured, 0 to 1") }
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) + "/" } ?? ""
        func beside(_ name: String) -> String { name.hasPrefix("/") ? name : folder + name }
        let last = file.split(separator: "/").last.map(String.init) ?? file
        self.init(
            name: texts["name"] ?? (last.hasSuffix(".onnx") ? String(last.dropLast(".onnx".count)) : last), model: beside(file),
            accuracy: accuracy, classes: classes, inputSize: size, card: texts["card"].map(beside))
    }
}
