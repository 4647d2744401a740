/// Class names in a model file's properties.
package enum MetadataLabels {
    /// What exporters call them, in the order in which they are looked for.
    static let keys = ["names", "id2label", "labels", "classes", "class_names", "character"]

    /// Those of a file's properties, whatever they are called; nil where there are none.
    package static func names(in metadata: [String: String]) -> [String]? { keys.lazy.compactMap { metadata[$0].flatMap(names) }.first }

    /// By class id. Reads a dict from id to name in any order, a list, or lines; written in Python or as JSON. Nil for anything else.
    static func names(_ text: String) -> [String]? {
        switch PythonLiteral(text) {
        case .list(let items):
            let names = items.compactMap(\.string)
            return names.count == items.count && !names.isEmpty ? names : nil
        case .dict(let entries):
            var names = [Int: String]()
            for entry in entries {
                // JSON's keys are strings.
                guard let id = entry.key.integer ?? entry.key.string.flatMap({ Int($0) }), (0..<65536).contains(id),
                    let name = entry.value.string
                else { return nil }
                names[id] = name
            }
            guard let last = names.keys.max() else { return nil }
            return (0...last).map { names[$0] ?? "class_\($0)" }
        case nil:
            let lines = text.split(whereSeparator: \.isNewline).map(String.init)
            return lines.count > 1 ? lines : nil
        default: return nil
        }
    }
}
