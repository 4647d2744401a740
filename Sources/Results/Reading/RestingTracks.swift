import DeepVid

/// Of an input's followed objects, those that have not moved so far (`static`): since when each is there, for that is when one that moves
/// later came; and what those are that never do, for nobody counts them.
///
/// Keeps an entry for each of them, however many frames show it.
package struct RestingTracks: Sendable {
    /// When an object that moves now was first seen, as its records have it, its best score until then, and the zones that it was in.
    package struct Beginning: Sendable, Equatable {
        package var pts: Double?
        package var time: String?
        package var score: Double
        package var zones: [String] = []
    }

    private struct Entry: Sendable {
        var label: String
        var beginning: Beginning
        /// The record that showed it last, and its time stamp.
        var lastRecord: Int
        var lastPTS: Double?
    }

    private var entries: [Int: Entry] = [:]
    private var records = 0
    /// For how long an object may be out of sight and still be in the same stay, in seconds; nil where records do not tell who is in sight.
    private let buffer: Double?
    /// What `end` says.
    private var stated: [String: Int]?

    package init(_ begin: BeginRecord?) {
        buffer = begin?.options.records == "changes" ? nil : begin?.options.trackBufferS
    }

    /// Notes who has not moved in this frame.
    package mutating func see(_ frame: FrameRecord) {
        records += 1
        for object in frame.objects ?? [] where object.isStatic == true {
            guard let id = object.trackID else { continue }
            let score = object.score.isFinite ? object.score : 0
            if entries[id] == nil || isSeenAgain(entries[id]!, at: frame.ptsS) {
                entries[id] = Entry(
                    label: object.label, beginning: Beginning(pts: frame.ptsS, time: frame.time, score: score), lastRecord: records)
            }
            entries[id]!.beginning.score = max(entries[id]!.beginning.score, score)
            entries[id]!.beginning.zones = object.zones ?? []
            (entries[id]!.lastRecord, entries[id]!.lastPTS) = (records, frame.ptsS)
        }
    }

    /// As the tracker has it: what was out of sight for longer than the buffer and had not moved is seen as if for the first time.
    private func isSeenAgain(_ entry: Entry, at pts: Double?) -> Bool {
        guard let buffer, let pts, let last = entry.lastPTS, entry.lastRecord < records - 1 else { return false }
        return pts - last > buffer
    }

    /// The object has moved.
    /// - Returns: its beginning; nil where it was not at rest before.
    package mutating func leave(_ id: Int) -> Beginning? { entries.removeValue(forKey: id)?.beginning }

    package mutating func see(_ end: EndRecord) {
        stated = end.seen?.reduce(into: [:]) { all, seen in if let count = seen.staticTracks, count > 0 { all[seen.label] = count } }
    }

    /// How many objects of each label never moved: as `end` says, and without one as far as frames show.
    package var neverMoved: [String: Int] { stated ?? entries.values.reduce(into: [:]) { $0[$1.label, default: 0] += 1 } }
}
