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

    /// - Parameters:
    ///   - model: its name, for messages.
    ///   - count: how many classes the model has; nil where that is not known.
    /// - Throws: when the model has no such class.
    package init(
        _ options: ModelOptions, topK: Int?, _ labels: Labels, of model: String = "the model", count: Int? = nil
    ) throws(DeepVidError) {
        self.topK = topK
        let numbers = (options.classes ?? []).compactMap { name in Int(name).flatMap { labels.names.contains(name) || $0 < 0 ? nil : $0 } }
        if !numbers.isEmpty, !options.mayLackClasses {
            let named = numbers.filter { labels.names.isEmpty || $0 < labels.names.count }.map { "\($0) is \(labels[$0])" }
            throw DeepVidError(
                .invalidOptions,
                "`classes`: classes are given by name, not by number"
                    + (named.isEmpty ? "; the model has \(labels.names.count)" : ": \(named.joined(separator: ", "))"))
        }
        guard let asked = options.classes else {
            classes = nil
            return
        }
        var found: [String] = []
        for name in asked {
            let called = labels.called(name, count: count)
            found += called
            guard called.isEmpty, !options.mayLackClasses else { continue }
            throw DeepVidError(
                .invalidOptions, "`classes`: \(labels.lack(of: name, in: model, subject: "the model", count: count))")
        }
        classes = found
    }
}
