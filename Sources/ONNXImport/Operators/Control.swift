import Inference

extension OperatorRegistry {
    static var control: [String: OperatorEntry] {
        ["If": OperatorEntry(1...1, outputs: 1...Int.max) { node throws(ImportError) in try node.conditional() }]
    }
}

extension NodeImport {
    /// A branch that cannot be run is no obstacle as long as the condition does not lead there.
    fileprivate mutating func conditional() throws(ImportError) -> Conditional {
        guard let then = try attributes.graph("then_branch"), let otherwise = try attributes.graph("else_branch") else {
            throw error(.invalidGraph, "then_branch or else_branch is missing")
        }
        guard then.output.count == outputs.count, otherwise.output.count == outputs.count else {
            throw error(
                .invalidGraph, "its branches have \(then.output.count) and \(otherwise.output.count) outputs instead of \(outputs.count)")
        }
        var failures: [ImportError] = []
        var captured: [[ValueID]] = []
        var branches: [Conditional.Branch] = []
        let known = constant(0).flatMap { $0.elementType == .bool ? $0.elements(of: Bool.self).first : nil }
        for (proto, choice) in [(then, true), (otherwise, false)] {
            if let known, known != choice {
                branches.append(.unusable("the condition never leads there"))
                captured.append([])
                continue
            }
            do throws(ImportError) {
                let (graph, captures) = try GraphImport.subgraph(
                    proto, sets: context.sets, weights: attributes.weights, inside: self.graph)
                branches.append(.graph(graph))
                captured.append(captures)
            } catch {
                guard [.unsupportedOperator, .unsupportedType, .unsupportedAttribute].contains(error.code) else { throw error }
                failures.append(error)
                branches.append(.unusable(error.description))
                captured.append([])
            }
        }
        if let failure = failures.first, failures.count == (known == nil ? 2 : 1) { throw failure }
        inputs += (captured[0] + captured[1]).map { $0 }
        return Conditional(then: branches[0], otherwise: branches[1], thenInputCount: captured[0].count, outputCount: outputs.count)
    }
}
