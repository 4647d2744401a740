import Clocks
import Keeping
import Reports

/// `deepvid cut`, for people.
enum CutTable {
    static func text(_ outcome: CutRun.Outcome) -> String {
        guard !outcome.clips.isEmpty else { return "There was nothing to cut." }
        let rows = outcome.clips.map { clip in
            [
                clip.file,
                clip.time.map { String(UTCTime.text($0).prefix(19)) + "Z" }
                    ?? Format.time(max(0, clip.start), within: clip.end - clip.start),
                "\(Format.decimal(clip.end - clip.start, 1)) s",
                clip.objects.map { SeenText.count($0.count, $0.label) }.joined(separator: ", ")
                    + (clip.zones.isEmpty ? "" : " in \(clip.zones.joined(separator: ", "))"),
            ]
        }
        return Formatting.table(["file", "from", "length", "what"], left: [0, 1, 3], rows).joined(separator: "\n")
    }
}
