import Glibc

extension HeadKind {
    /// One [1, C] (or [1, C, 1, 1]).
    public static let classification = HeadKind(
        "classification", "any classifier: one output [1, C], logits or probabilities", isDetector: false,
        keys: [.labels, .score, .numClasses, .activation, .topK], input: .imageNet,
        template: { ($0.labels, $0.topK) = (.file("labels.txt"), 5) },
        known: KnownModel.classifiers, resembles: { $0.count == 1 && $0[0].dims.dropFirst(2).allSatisfy { $0 == 1 } },
        makeHead: { card, settings in ClassificationHead(settings: settings, topK: card.topK ?? 5, activation: card.activation) })
}

/// One score per class for the whole frame: [1, C], [1, C, 1, 1] or any shape with one axis that is not 1.
struct ClassificationHead: Head {
    let settings: HeadSettings
    let topK: Int
    /// Nil: softmax, unless the values already are probabilities (none negative, sum 1).
    let activation: Activation?

    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult {
        guard let probabilities = probabilities(outputs), !probabilities.isEmpty,
            outputs[0].tensor.shape.dims.filter({ $0 != 1 }).count <= 1
        else { throw settings.unexpected(reads: "one output 1×classes", outputs) }
        try settings.check(classes: probabilities.count)
        return .classes(
            best(probabilities, minimumScore).map {
                Classification(classID: $0, label: settings.labels[$0], score: min(probabilities[$0], 1))
            })
    }

    /// By falling probability; of equal ones the first first. - Complexity: O(classes · top-k), nearly always O(classes).
    private func best(_ probabilities: [Float], _ minimumScore: Float) -> ArraySlice<Int> {
        func isBefore(_ a: Int, _ b: Int) -> Bool { probabilities[a] != probabilities[b] ? probabilities[a] > probabilities[b] : a < b }
        guard topK > 0, topK < probabilities.count / 4 else {
            return probabilities.indices.filter { probabilities[$0] >= minimumScore }.sorted(by: isBefore).prefix(max(0, topK))
        }
        var best: [Int] = []
        for index in probabilities.indices where probabilities[index] >= minimumScore {
            if best.count == topK {
                guard isBefore(index, best[topK - 1]) else { continue }
                best.removeLast()
            }
            best.insert(index, at: best.firstIndex { isBefore(index, $0) } ?? best.endIndex)
        }
        return best[...]
    }

    func decisionRegions(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> DecisionRegions {
        try margin(of: nil, outputs).map { .margin($0.margin) } ?? .everywhere
    }

    /// - Complexity: O(classes).
    func margin(of classID: Int?, _ outputs: [NamedTensor]) throws(VisionError) -> ClassMargin? {
        guard let all = probabilities(outputs), all.count > 1 else { return nil }
        let known = all.indices.filter { all[$0].isFinite }
        // The first of equals.
        guard let first = known.max(by: { all[$0] < all[$1] || all[$0] == all[$1] && $0 > $1 }),
            let second = known.lazy.filter({ $0 != first }).map({ all[$0] }).max(), second > 0
        else { return nil }
        guard let classID, classID != first else { return ClassMargin(classID: first, margin: log(all[first] / second)) }
        guard all.indices.contains(classID), all[classID] > 0 else { return ClassMargin(classID: classID, margin: -.infinity) }
        return ClassMargin(classID: classID, margin: log(all[classID] / all[first]))
    }

    /// Over all classes, whatever is reported. Classes that do not exclude each other have the sum of their entropies.
    func uncertainty(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> Double? {
        guard let probabilities = probabilities(outputs) else { throw settings.unexpected(reads: "one output 1×classes", outputs) }
        guard activation == .sigmoid else { return Entropy.categorical(probabilities) }
        return probabilities.reduce(0.0) { $0 + Entropy.binary($1) }
    }

    /// Undefined and infinite values stay undefined, so that no threshold lets them pass. Nil where there are no floats.
    private func probabilities(_ outputs: [NamedTensor]) -> [Float]? {
        guard let tensor = outputs.first?.tensor, tensor.elementType == .float32 else { return nil }
        let finite = tensor.elements(of: Float.self).map { $0.isFinite ? $0 : .nan }
        let known = finite.filter { !$0.isNaN }
        switch activation ?? (Self.areProbabilities(known) ? .none : .softmax) {
        case .none: return finite
        case .sigmoid: return finite.map(sigmoid)
        case .softmax:
            guard let largest = known.max() else { return finite }
            let sum = known.reduce(Float(0)) { $0 + exp($1 - largest) }
            return finite.map { exp($0 - largest) / sum }
        }
    }

    /// The tolerance leaves room for half precision.
    private static func areProbabilities(_ values: [Float]) -> Bool {
        values.allSatisfy { $0 >= 0 && $0 <= 1.001 } && abs(values.reduce(0, +) - 1) < 0.01
    }
}

/// Shannon's entropy in nats: 0 for what is certain.
enum Entropy {
    /// Of classes of which one is true (paper of CacheNet, equation 14); log(count) for what is undefined, as nothing is known then.
    ///
    /// - Parameter weights: 0 or more, up to a common factor.
    static func categorical(_ weights: [Float]) -> Double {
        let sum = weights.reduce(0.0) { $0 + Double($1) }
        guard weights.count > 1 else { return 0 }
        guard sum > 0, sum.isFinite, weights.allSatisfy({ $0 >= 0 }) else { return log(Double(weights.count)) }
        return weights.reduce(0.0) { entropy, weight in
            let p = Double(weight) / sum
            return p > 0 ? entropy - p * log(p) : entropy
        }
    }

    /// Of something that is so with probability `p`, clipped to 0…1; log(2) for what is undefined.
    static func binary(_ p: Float) -> Double {
        guard !p.isNaN else { return log(2) }
        let p = min(max(Double(p), 0), 1)
        return [p, 1 - p].reduce(0.0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
    }
}
