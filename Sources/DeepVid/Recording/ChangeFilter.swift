import Results
import Tracking

/// Lets frames pass in which something is other than in the frame before (`--only-changes`).
struct ChangeFilter: Codable, Sendable, Equatable {
    /// What was there: with ids, for each object the id and its zones; else the classes, or the best one.
    private var last: [[Int]]?

    mutating func passes(_ record: FrameRecord, _ tracker: Tracker?, _ zones: ZoneWatch?) -> Bool {
        let now: [[Int]]
        if let tracker {
            // An object out of sight is there until it is given up.
            now = tracker.tracks.map(\.id).filter { $0 > 0 }.sorted().map { [$0] + (zones?.zones(of: $0) ?? []) }
        } else if let objects = record.objects {
            now = [objects.map(\.classID).sorted()]
        } else {
            now = [record.classes?.prefix(1).map(\.classID) ?? []]
        }
        defer { last = now }
        return last != now || record.events?.isEmpty == false
    }
}
