import DeepVid
import Results

/// How often somebody came into and left each zone of an input, and crossed each line, by name.
///
/// Counted from the records as they come, since a run that was killed has no `end`; where there is one, it stands.
struct PlaceCounts: Sendable {
    struct Zone: Sendable {
        var entered = 0
        var left = 0
        /// Of those that left, together.
        var seconds = 0.0
    }

    struct Line: Sendable {
        var leftToRight = 0
        var rightToLeft = 0
    }

    private(set) var zones: [String: Zone] = [:]
    private(set) var lines: [String: Line] = [:]
    /// More names are not counted: results may hold any number of them.
    private static let mostNames = 500

    mutating func add(_ event: ZoneEvent) {
        if let name = event.zone, zones[name] != nil || zones.count < Self.mostNames {
            switch event.kind {
            case .enter: zones[name, default: Zone()].entered += 1
            case .leave:
                zones[name, default: Zone()].left += 1
                zones[name]!.seconds += event.dwellSeconds ?? 0
            case .dwell, .cross: break
            }
        }
        if event.kind == .cross, let name = event.line, lines[name] != nil || lines.count < Self.mostNames {
            switch event.direction {
            case .leftToRight: lines[name, default: Line()].leftToRight += 1
            case .rightToLeft: lines[name, default: Line()].rightToLeft += 1
            case nil: break
            }
        }
    }

    mutating func add(_ end: EndRecord) {
        for zone in (end.zones ?? []).prefix(Self.mostNames) {
            zones[zone.zone] = Zone(
                entered: Self.bounded(zone.entered), left: Self.bounded(zone.left),
                seconds: (zone.meanDwellS ?? 0) * Double(Self.bounded(zone.left)))
        }
        for line in (end.lines ?? []).prefix(Self.mostNames) {
            lines[line.line] = Line(leftToRight: Self.bounded(line.leftToRight), rightToLeft: Self.bounded(line.rightToLeft))
        }
    }

    /// A file may contain any number, and sums must not overflow.
    private static func bounded(_ count: Int) -> Int { min(max(0, count), 1 << 50) }
}
