import Vision

/// `--classes` of commands that read results: which labels are wanted, whatever their case, and of which of those there was nothing.
package struct LabelFilter {
    /// Labels that are named in the message: a file may contain any number of them.
    private static let mostRemembered = 1000

    /// As they were asked for, by their lower case; nil for all.
    private let wanted: [String: String]?
    private var missing: Set<String>
    /// The labels that there were, and whether each is wanted.
    private var seen: [String: Bool] = [:]
    /// Labels that there could have been.
    private var known: Set<String> = []

    package init(_ labels: [String]?) {
        wanted = labels.map { Dictionary($0.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first }) }
        missing = Set((wanted ?? [:]).values)
    }

    package mutating func isWanted(_ label: String) -> Bool {
        guard let wanted else { return true }
        if let known = seen[label] { return known }
        let match = wanted[label.lowercased()]
        if let match { missing.remove(match) }
        if seen.count < Self.mostRemembered { seen[label] = match != nil }
        return match != nil
    }

    /// A model has these classes: that there was nothing of one of them is an answer, and no mistake.
    package mutating func know(_ labels: [String]) {
        guard let wanted else { return }
        for label in labels where known.count < Self.mostRemembered && known.insert(label).inserted {
            if let match = wanted[label.lowercased()] { missing.remove(match) }
        }
    }

    /// Nil where there was something of each.
    package var warning: String? { warning(of: "class") }

    /// - Parameter kind: what the names are of.
    package func warning(of kind: String) -> String? {
        guard !missing.isEmpty else { return nil }
        let there = seen.isEmpty ? "" : "; there are \(seen.keys.sorted().prefix(20).joined(separator: ", "))"
        let names = missing.sorted().map { name in
            closest(to: name, among: known.union(seen.keys).sorted()).map { "\(name) (did you mean '\($0)'?)" } ?? name
        }
        return "nothing is of \(kind) \(names.joined(separator: ", "))\(there)"
    }
}
