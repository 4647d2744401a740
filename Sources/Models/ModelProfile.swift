import Vision

/// What records and checks need to know of a model, or of a bundle of them, before anything is loaded.
public struct ModelProfile: Sendable {
    /// As the records name it.
    public let name: String
    /// Of the model file; of a bundle, of its manifest, which has those of all files.
    public let sha256: String
    /// With what the command line says on top.
    package let card: ModelCard
    package let labels: Labels
    /// Of the input, in pixels.
    package let width, height: Int
    package let filter: ResultFilter

    package init(name: String, sha256: String, card: ModelCard, labels: Labels, width: Int, height: Int, filter: ResultFilter) {
        (self.name, self.sha256, self.card, self.labels) = (name, sha256, card, labels)
        (self.width, self.height, self.filter) = (width, height, filter)
    }

    /// Least score of a reported object.
    package var score: Float { Float(card.score ?? card.head.defaults.score) }
}

extension LoadedModel {
    public var profile: ModelProfile {
        ModelProfile(name: name, sha256: sha256, card: card, labels: labels, width: input.width, height: input.height, filter: filter)
    }
}

/// What `--classes` and `--top-k` leave of a result.
package struct ResultFilter: Sendable {
    /// Nil is all.
    package let classes: Set<String>?
    package let topK: Int?

    package func callAsFunction(_ result: HeadResult) -> HeadResult {
        guard let classes else { return result }
        return switch result {
        case .detections(let all): .detections(all.filter { classes.contains($0.label) })
        case .classes(let all): .classes(Array(all.filter { classes.contains($0.label) }.prefix(topK ?? 5)))
        case .embedding: result
        }
    }

    /// The same for a result that comes from elsewhere, where none of this was known.
    package func callAsFunction(remote result: HeadResult, score: Float) -> HeadResult {
        switch result {
        case .detections(let all): return self(.detections(all.filter { $0.score >= score }))
        case .classes(let all):
            let likely = all.filter { $0.score >= score }
            return classes == nil ? .classes(Array(likely.prefix(topK ?? 5))) : self(.classes(likely))
        case .embedding: return result
        }
    }

    /// - Throws: when the model has no such class.
    package init(_ options: ModelOptions, topK: Int?, _ labels: Labels) throws(DeepVidError) {
        self.topK = topK
        classes = options.classes.map(Set.init)
        for name in options.classes ?? [] where !labels.names.isEmpty && !labels.names.contains(name) {
            let shown = labels.names.prefix(12).joined(separator: ", ") + (labels.names.count > 12 ? ", …" : "")
            throw DeepVidError(.invalidOptions, "--classes: the model has no class '\(name)'; it has \(shown)")
        }
    }
}
