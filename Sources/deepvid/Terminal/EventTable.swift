import Clocks
import Counting
import Reports
import Results

/// `deepvid events`, for people.
enum EventTable {
    /// - Parameter zone: the clock that times of day are told by.
    static func text(_ list: EventList, _ zone: Zone) -> String {
        guard !list.entries.isEmpty else { return nothing(emptyZones: list.emptyZones) }
        let hasZones = list.entries.contains { !$0.zones.isEmpty }, days = Set(list.entries.compactMap { $0.day(zone) })
        // Of short clips without a time of day, seconds say little.
        let longest = list.entries.lazy.filter { $0.span.startTime == nil }.compactMap(\.span.end).max() ?? .infinity
        let rows = list.entries.map { entry in
            let span = entry.span
            func moment(_ time: Double?, _ pts: Double?) -> String {
                if let time { return Format.timeOfDay(time, zone, hasDate: days.count > 1) }
                return pts.map { Format.time($0, within: longest) } ?? "–"
            }
            return [
                moment(span.startTime, span.start), moment(span.endTime, span.end), length(of: span, within: longest) ?? "–",
                entry.camera, "\(entry.label) #\(entry.trackID)", Format.decimal(entry.score, 2),
            ] + (hasZones ? [entry.zones.joined(separator: ", ")] : [])
        }
        var lines: [String] = []
        if !days.isEmpty { lines.append("\(days.count == 1 ? "\(days.first!), on" : "On") the clock of \(zone.name)\n") }
        lines += Formatting.table(
            ["from", "to", "for", "camera", "what", "score"] + (hasZones ? ["zones"] : []), left: [0, 1, 3, 4, 6], rows)
        return (lines + ["", summary(list)]).joined(separator: "\n")
    }

    /// How long that is, by what the table shows: the times are rounded, and a length that is rounded by itself contradicts them.
    /// - Parameter longest: of the times without a time of day.
    private static func length(of span: StaySpan, within longest: Double) -> String? {
        if let start = span.startTime, let end = span.endTime { return Format.time(max(0, end.rounded() - start.rounded())) }
        guard let start = span.start, let end = span.end else { return span.length.map { Format.time($0) } }
        let unit = span.startTime == nil && longest < 100 ? 0.1 : 1
        return Format.time(max(0, (end / unit).rounded() - (start / unit).rounded()) * unit, within: unit < 1 ? longest : .infinity)
    }

    /// What is said instead of an empty table.
    static func nothing(emptyZones: [String]) -> String {
        guard !emptyZones.isEmpty else { return "There was nothing of that." }
        return "Nobody was in zone \(emptyZones.joined(separator: ", "))."
    }

    /// How much of what there was.
    private static func summary(_ list: EventList) -> String {
        var counts: [String: Int] = [:]
        for entry in list.entries { counts[entry.label, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { Formatting.count($0.value, $0.key) }.joined(separator: ", ")
    }
}

extension EventList.Entry {
    /// The date of its beginning; nil where that is not known.
    fileprivate func day(_ zone: Zone) -> String? {
        span.startTime.map { String(Format.timeOfDay($0, zone, hasDate: true).prefix(10)) }
    }
}
