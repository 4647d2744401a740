/// `--zone` of commands that read results: which zones are wanted, which of those there are not, and in which of them nobody was.
package struct ZoneFilter {
    /// Zones that are remembered for messages: results may name any number of them.
    private static let mostRemembered = 1000

    /// Nil for all.
    private let wanted: Set<String>?
    private var known: Set<String> = []
    private var visited: Set<String> = []

    package init(_ names: [String]?) { wanted = names.map(Set.init) }

    /// Takes the zones that an input has, whether somebody was in them or not.
    package mutating func know(_ input: ResultInput, _ stays: ObjectStays) {
        guard wanted != nil else { return }
        for zone in input.begin?.options.zones ?? [] { know(zone.name) }
        for stay in stays.all { for zone in stay.zones { know(zone.name) } }
    }

    private mutating func know(_ name: String) { if known.count < Self.mostRemembered { known.insert(name) } }

    package mutating func isWanted(_ zone: String) -> Bool {
        guard let wanted else { return true }
        guard wanted.contains(zone) else { return false }
        visited.insert(zone)
        return true
    }

    /// Names of which there is no zone; nil without.
    package var warning: String? {
        let missing = (wanted ?? []).subtracting(known).subtracting(visited).sorted()
        guard !missing.isEmpty else { return nil }
        let names = missing.map { "'\($0)'" }.joined(separator: ", ")
        let there = known.sorted().prefix(20).joined(separator: ", ")
        return "there is no zone \(names) in these results; "
            + (known.isEmpty ? "they have none: run infer with --zones" : "there \(known.count == 1 ? "is" : "are") \(there)")
    }

    /// Wanted zones that there are and that nobody of those asked for was in.
    package var empty: [String] { (wanted ?? []).intersection(known).subtracting(visited).sorted() }
}
