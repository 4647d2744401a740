import Vision

/// What `ModelOptions.classes` and `topK` leave of a result.
package struct ResultFilter: Sendable {
    /// Labels, as the model spells them; nil is all.
    package let classes: [String]?
    package let topK: Int?

    /// - Parameter least: score that is kept, of a result that comes from elsewhere, where none of this was known.
    package func callAsFunction(_ result: HeadResult, score least: Float? = nil) -> HeadResult {
        if classes == nil, least == nil { return result }
        func keeps(_ label: String, _ score: Float) -> Bool {
            classes?.contains(label) ?? true && least.map { score >= $0 } ?? true
        }
        return switch result {
        case .detections(let all): .detections(all.filter { keeps($0.label, $0.score) })
        case .classes(let all): .classes(Array(all.filter { keeps($0.label, $0.score) }.prefix(topK ?? 5)))
        case .semantic(var map):
            {
                map.segments.removeAll { !keeps($0.label, 1) }
                return .semantic(map)
            }()
        case .embedding, .depth: result
        }
    }

    /// - Throws: when the model has no such class.
    package init(_ options: ModelOptions, topK: Int?, _ labels: Labels) throws(DeepVidError) {
        self.topK = topK
        let numbers = (options.classes ?? []).compactMap { name in Int(name).flatMap { labels.names.contains(name) || $0 < 0 ? nil : $0 } }
        if !numbers.isEmpty, !options.mayLackClasses {
            let named = numbers.filter { labels.names.isEmpty || $0 < labels.names.count }.map { "\($0) is \(labels[$0])" }
            throw DeepVidError(
                .invalidOptions,
                "`classes`: classes are given by name, not by number"
                    + (named.isEmpty ? "; the model has \(labels.names.count)" : ": \(named.joined(separator: ", "))"))
        }
        guard let asked = options.classes, !labels.names.isEmpty else {
            classes = options.classes
            return
        }
        var found: [String] = []
        for name in asked {
            if labels.names.contains(name) {
                found.append(name)
                continue
            }
            let alike = labels.names.filter { $0.lowercased() == name.lowercased() }
            found += alike
            guard alike.isEmpty, !options.mayLackClasses else { continue }
            let shown = labels.names.prefix(12).joined(separator: ", ") + (labels.names.count > 12 ? ", …" : "")
            let advice = closest(to: name, among: labels.names).map { "did you mean '\($0)'?" } ?? "it has \(shown)"
            throw DeepVidError(.invalidOptions, "`classes`: the model has no class '\(name)'; \(advice)")
        }
        classes = found
    }
}
