import Vision

/// The number that each class of a model has in another model, which knows all of them.
package struct ClassNumbers: Sendable {
    private let ids: [Int]

    /// - Returns: nil where the numbers are the same, or a class is none of the other model's.
    package init?(of own: [String], in all: [String]) {
        let ids = own.compactMap { all.firstIndex(of: $0) }
        guard own != all, ids.count == own.count else { return nil }
        self.ids = ids
    }

    /// The answer with the other model's numbers.
    package func callAsFunction(_ answer: HeadResult) -> HeadResult {
        func id(_ own: Int) -> Int { ids.indices.contains(own) ? ids[own] : own }
        return switch answer {
        case .detections(let all):
            .detections(all.map { Detection(classID: id($0.classID), label: $0.label, score: $0.score, box: $0.box, shape: $0.shape) })
        case .classes(let all):
            .classes(all.map { Classification(classID: id($0.classID), label: $0.label, score: $0.score) })
        case .embedding, .semantic, .depth: answer
        }
    }
}
