import Results

/// What zones and lines came to, up to a frame.
struct ShapeCounts {
    private var counts = PlaceCounts()
    /// How many are in each zone of the results, and the lines of the results.
    private var inside: [String: Int]
    private let lines: Set<String>

    /// - Parameter begin: of the results; those without zones and lines of their own give no numbers.
    init?(_ begin: BeginRecord?) {
        guard let options = begin?.options, options.zones != nil || options.lines != nil else { return nil }
        inside = Dictionary((options.zones ?? []).map { ($0.name, 0) }, uniquingKeysWith: { first, _ in first })
        lines = Set((options.lines ?? []).map(\.name))
    }

    /// Takes the next record.
    mutating func add(_ record: FrameRecord) {
        for name in inside.keys { inside[name] = 0 }
        for name in (record.objects ?? []).flatMap({ $0.zones ?? [] }) { inside[name]? += 1 }
        for event in record.events ?? [] { counts.add(event) }
    }

    /// `2 in, 14 came`: how many are there, and how often somebody came. Nil for zones of another file.
    func text(ofZone name: String) -> String? { inside[name].map { "\($0) in, \(counts.zones[name]?.entered ?? 0) came" } }

    /// `>5 <2`: left to right and right to left, as seen looking from the first point to the second.
    func text(ofLine name: String) -> String? {
        guard lines.contains(name) else { return nil }
        let line = counts.lines[name] ?? PlaceCounts.Line()
        return ">\(line.leftToRight) <\(line.rightToLeft)"
    }
}
