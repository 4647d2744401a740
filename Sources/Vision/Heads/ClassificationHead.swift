#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif

/// One score per class for the whole frame: [1, C], [1, C, 1, 1] or any shape with one axis that is not 1.
struct ClassificationHead: Head {
    let labels: Labels
    let classCount: Int?
    let threshold: Float
    let topK: Int
    /// Nil: softmax, unless the values already are probabilities (none negative, sum 1).
    let activation: Activation?

    func decode(_ outputs: [NamedTensor], placement: Placement) throws(VisionError) -> HeadResult {
        guard let tensor = outputs.first?.tensor, tensor.elementType == .float32, tensor.shape.elementCount > 0,
            tensor.shape.dims.filter({ $0 != 1 }).count <= 1
        else {
            throw .unexpected(.classification, reads: "one output 1×classes", outputs)
        }
        let count = tensor.shape.elementCount
        if let classCount, classCount != count {
            throw VisionError(
                .unexpectedOutput, "the card says num_classes \(classCount), but the output has \(count): correct or remove it")
        }
        try labels.check(classes: count)
        let probabilities = probabilities(tensor.elements())
        return .classes(best(probabilities).map { Classification(classID: $0, label: labels[$0], score: min(probabilities[$0], 1)) })
    }

    /// By falling probability; of equal ones the first first. - Complexity: O(classes · top-k), nearly always O(classes).
    private func best(_ probabilities: [Float]) -> ArraySlice<Int> {
        func isBefore(_ a: Int, _ b: Int) -> Bool { probabilities[a] != probabilities[b] ? probabilities[a] > probabilities[b] : a < b }
        guard topK > 0, topK < probabilities.count / 4 else {
            return probabilities.indices.filter { probabilities[$0] >= threshold }.sorted(by: isBefore).prefix(max(0, topK))
        }
        var best: [Int] = []
        for index in probabilities.indices where probabilities[index] >= threshold {
            if best.count == topK {
                guard isBefore(index, best[topK - 1]) else { continue }
                best.removeLast()
            }
            best.insert(index, at: best.firstIndex { isBefore(index, $0) } ?? best.endIndex)
        }
        return best[...]
    }

    func watch(_ outputs: [NamedTensor]) throws(VisionError) -> Watch {
        try lead(of: nil, outputs).map { .margin($0.margin) } ?? .everything
    }

    /// - Complexity: O(classes).
    func lead(of classID: Int?, _ outputs: [NamedTensor]) throws(VisionError) -> Lead? {
        guard let tensor = outputs.first?.tensor, tensor.elementType == .float32, tensor.shape.elementCount > 1 else { return nil }
        let all = probabilities(tensor.elements())
        var first = -1, second: Float = 0
        for (index, value) in all.enumerated() where value.isFinite {
            if first < 0 || value > all[first] {
                if first >= 0 { second = max(second, all[first]) }
                first = index
            } else {
                second = max(second, value)
            }
        }
        guard first >= 0, second > 0 else { return nil }
        guard let classID, classID != first else { return Lead(classID: first, margin: log(all[first] / second)) }
        guard all.indices.contains(classID), all[classID] > 0 else { return Lead(classID: classID, margin: -.infinity) }
        return Lead(classID: classID, margin: log(all[classID] / all[first]))
    }

    /// Over all classes, whatever is reported. Classes that do not exclude each other have the sum of their entropies.
    func uncertainty(_ outputs: [NamedTensor]) throws(VisionError) -> Double? {
        guard let tensor = outputs.first?.tensor, tensor.elementType == .float32 else {
            throw .unexpected(.classification, reads: "one output 1×classes", outputs)
        }
        let probabilities = probabilities(tensor.elements())
        guard activation == .sigmoid else { return Entropy.categorical(probabilities) }
        return probabilities.reduce(0.0) { $0 + Entropy.binary($1) }
    }

    /// Undefined and infinite values stay undefined, so that no threshold lets them pass.
    private func probabilities(_ values: [Float]) -> [Float] {
        let finite = values.map { $0.isFinite ? $0 : .nan }
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
