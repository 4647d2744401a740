import Results

/// What zones and lines came to, up to a frame.
struct ShapeCounts {
    private struct Zone {
        var inside = 0
        var entered = 0
    }

    private struct Line {
        var right = 0
        var left = 0
    }

    private var zones: [String: Zone] = [:]
    private var lines: [String: Line] = [:]

    /// - Parameter begin: of the results; those without zones and lines of their own give no numbers.
    init?(_ begin: BeginRecord?) {
        guard let options = begin?.options, options.zones != nil || options.lines != nil else { return nil }
        for zone in options.zones ?? [] { zones[zone.name] = Zone() }
        for line in options.lines ?? [] { lines[line.name] = Line() }
    }

    /// Takes the next record.
    mutating func add(_ record: FrameRecord) {
        for name in zones.keys { zones[name]!.inside = 0 }
        for name in (record.objects ?? []).flatMap({ $0.zones ?? [] }) { zones[name]?.inside += 1 }
        for event in record.events ?? [] {
            if event.kind == .enter, let zone = event.zone { zones[zone]?.entered += 1 }
            guard event.kind == .cross, let line = event.line else { continue }
            if event.direction == .leftToRight { lines[line]?.right += 1 } else { lines[line]?.left += 1 }
        }
    }

    /// `2 in, 14 came`: how many are there, and how often somebody came. Nil for zones of another file.
    func text(ofZone name: String) -> String? { zones[name].map { "\($0.inside) in, \($0.entered) came" } }

    /// `>5 <2`: left to right and right to left, as seen looking from the first point to the second.
    func text(ofLine name: String) -> String? { lines[name].map { ">\($0.right) <\($0.left)" } }
}
