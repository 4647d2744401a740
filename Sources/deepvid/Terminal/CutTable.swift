import Clocks
import Keeping
import Reports

/// `deepvid cut`, for people.
enum CutTable {
    /// - Parameter zone: the clock that times of day are told by.
    static func text(_ outcome: CutRun.Outcome, _ zone: Zone) -> String {
        guard !outcome.clips.isEmpty else {
            if !outcome.problems.isEmpty { return "Nothing was cut, for what is said above." }
            return outcome.emptyZones.isEmpty ? "There was nothing to cut." : EventTable.nothing(emptyZones: outcome.emptyZones)
        }
        let days = Set(outcome.clips.compactMap { $0.time.map { Format.timeOfDay($0, zone, hasDate: true).prefix(10) } })
        let rows = outcome.clips.map { clip in
            [
                clip.file,
                clip.time.map { Format.timeOfDay($0, zone, hasDate: days.count > 1) }
                    ?? Format.time(max(0, clip.start), within: clip.end - clip.start),
                "\(Format.decimal(clip.end - clip.start, 1)) s",
                clip.objects.map { SeenText.count($0.count, $0.label) }.joined(separator: ", ")
                    + (clip.zones.isEmpty ? "" : " in \(clip.zones.joined(separator: ", "))"),
            ]
        }
        let title = days.isEmpty ? [] : ["\(days.count == 1 ? "\(days.first!), on" : "On") the clock of \(zone.name)\n"]
        let shared = outcome.clips.count { $0.objects.reduce(0) { $0 + $1.count } > 1 }
        let advice = outcome.partingPad.map { pad in
            [
                "",
                "\(Formatting.count(shared, "clip has", "clips have")) several visits; "
                    + "--pad \(Format.decimal(pad, 0)) parts those with more time between them",
            ]
        }
        return (title + Formatting.table(["file", "from", "length", "what"], left: [0, 1, 3], rows) + (advice ?? [])).joined(
            separator: "\n")
    }
}
