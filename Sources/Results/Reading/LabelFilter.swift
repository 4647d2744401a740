/// `--classes` of commands that read results: which labels are wanted, and of which of those there was nothing.
package struct LabelFilter {
    /// Labels that are named in the message: a file may contain any number of them.
    private static let mostRemembered = 1000

    /// Nil for all.
    private let wanted: Set<String>?
    private var missing: Set<String>
    private var seen: Set<String> = []

    package init(_ labels: [String]?) {
        wanted = labels.map(Set.init)
        missing = wanted ?? []
    }

    package mutating func isWanted(_ label: String) -> Bool {
        guard let wanted else { return true }
        if seen.count < Self.mostRemembered { seen.insert(label) }
        missing.remove(label)
        return wanted.contains(label)
    }

    /// Nil where there was something of each.
    package var warning: String? { warning(of: "class") }

    /// - Parameter kind: what the names are of.
    package func warning(of kind: String) -> String? {
        guard !missing.isEmpty else { return nil }
        let known = seen.isEmpty ? "" : "; there are \(seen.sorted().prefix(20).joined(separator: ", "))"
        return "nothing is of \(kind) \(missing.sorted().joined(separator: ", "))\(known)"
    }
}
