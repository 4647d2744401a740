import DeepVid

/// What was seen, in a line for people.
enum SeenText {
    /// More would be a list and no summary.
    private static let mostClasses = 6

    /// `12 persons, 3 cars (and 2 that never moved)` where objects were followed; else `at most 2 persons, 1 car at a time`, for a
    /// frame's boxes say no more; of classifiers `mostly red (40 of 60 frames)`.
    /// - Parameter frames: that were looked at.
    static func line(_ seen: [SeenClass], frames: Int) -> String {
        if seen.isEmpty { return "nothing seen" }
        if seen.contains(where: { $0.tracks != nil }) {
            // What was seen in so few frames that it was not followed counts for nothing.
            let followed = seen.filter { $0.tracks ?? 0 > 0 }
            if followed.isEmpty { return "nothing seen for long enough to be followed" }
            return joined(followed.sorted { ($1.tracks!, $0.label) < ($0.tracks!, $1.label) }) {
                let fixed = $0.staticTracks ?? 0, moved = $0.tracks! - fixed
                if fixed == 0 { return count(moved, $0.label) }
                if moved == 0 { return count(fixed, $0.label) + " that never moved" }
                return "\(count(moved, $0.label)) (and \(fixed) that never moved)"
            }
        }
        if seen.contains(where: { $0.most != nil }) {
            return "at most " + joined(seen.filter { $0.most != nil }) { count($0.most!, $0.label) } + " at a time"
        }
        let best = seen.max { $0.frames < $1.frames }!
        return "mostly \(best.label) (\(best.frames) of \(Formatting.count(frames, "frame")))"
    }

    /// `33 objects that never moved are not counted: 17 cars, 16 bottles; …`; nil without any.
    ///
    /// - Parameters:
    ///   - neverMoved: their number, by label.
    ///   - done: `counted`; `doing`: `count`.
    static func leftOut(_ neverMoved: [String: Int], done: String, doing: String) -> String? {
        let all = neverMoved.values.reduce(0, +)
        guard all > 0 else { return nil }
        let named = neverMoved.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let more = named.count - mostClasses
        let list = named.prefix(mostClasses).map { count($0.value, $0.key) }.joined(separator: ", ")
        return "\(Formatting.count(all, "object")) that never moved \(all == 1 ? "is" : "are") not \(done): \(list)"
            + (more > 0 ? " and \(Formatting.count(more, "class", "classes")) more" : "")
            + "; run infer with --static keep to \(doing) \(all == 1 ? "it" : "them")"
    }

    /// What several inputs have shown.
    static func sum(_ all: [[SeenClass]]) -> [SeenClass] {
        var sums: [String: SeenClass] = [:]
        for seen in all.joined() {
            guard var sum = sums[seen.label] else {
                sums[seen.label] = seen
                continue
            }
            sum.frames += seen.frames
            sum.most = [sum.most, seen.most].compactMap(\.self).max()
            sum.tracks = sum.tracks.map { $0 + (seen.tracks ?? 0) } ?? seen.tracks
            sum.staticTracks = sum.staticTracks.map { $0 + (seen.staticTracks ?? 0) } ?? seen.staticTracks
            sums[seen.label] = sum
        }
        return sums.values.sorted { ($1.frames, $0.label) < ($0.frames, $1.label) }
    }

    private static func joined(_ seen: [SeenClass], _ text: (SeenClass) -> String) -> String {
        let more = seen.count - mostClasses
        return seen.prefix(mostClasses).map(text).joined(separator: ", ") + (more > 0 ? " and \(more) classes more" : "")
    }

    /// `2 persons`, `1 bus`; names that are no English words stand as they are, `2 × class_3`.
    static func count(_ number: Int, _ label: String) -> String {
        guard label.unicodeScalars.allSatisfy({ ("a"..."z").contains($0) || ("A"..."Z").contains($0) || $0 == " " }) else {
            return "\(number) × \(label)"
        }
        let hisses = ["s", "x", "ch", "sh"].contains { label.lowercased().hasSuffix($0) }
        return Formatting.count(number, label, label + (hisses ? "es" : "s"))
    }
}
