import Tracking
import Vision

/// How well objects are followed: CLEAR MOT (Bernardin and Stiefelhagen, 2008) and IDF1 (Ristani et al., 2016), with an overlap of 0.5.
///
/// Memory grows with the numbers of tracks and of pairs that met, not with frames.
package struct TrackingScore {
    private static let overlap: Float = 0.5

    private var truths = 0
    private var found = 0
    private var missed = 0
    private var wrong = 0
    package private(set) var switches = 0
    /// The track that an object was matched with last.
    private var last: [Int: Int] = [:]
    /// Frames in which an object and a track overlapped.
    private var meetings: [Pair: Int] = [:]

    private struct Pair: Hashable { var truth, track: Int }

    package init() {}

    /// A frame.
    /// - Parameter tracks: detections with the id that they are followed by.
    package mutating func add(_ tracks: [(id: Int, object: Detection)], _ truth: [Truth.Object]) {
        let objects = truth.filter { !$0.isIgnored && $0.id != nil }
        func overlap(_ object: Truth.Object, _ track: Detection) -> Float {
            object.label ?? track.label == track.label ? object.box.intersectionOverUnion(track.box) : 0
        }
        var partner = [Int?](repeating: nil, count: objects.count), isTaken = [Bool](repeating: false, count: tracks.count)
        // Who was matched before stays so as long as both overlap.
        for (index, object) in objects.enumerated() {
            guard let id = last[object.id!], let place = tracks.firstIndex(where: { $0.id == id }), !isTaken[place],
                overlap(object, tracks[place].object) >= Self.overlap
            else { continue }
            (partner[index], isTaken[place]) = (place, true)
        }
        let free = (objects.indices.filter { partner[$0] == nil }, tracks.indices.filter { !isTaken[$0] })
        let costs = CostMatrix(rows: free.0.count, columns: free.1.count) {
            1 - Double(overlap(objects[free.0[$0]], tracks[free.1[$1]].object))
        }
        for (row, column) in costs.assignment(limit: 1 - Double(Self.overlap) + 1e-6).enumerated() {
            guard let column else { continue }
            (partner[free.0[row]], isTaken[free.1[column]]) = (free.1[column], true)
        }
        for (index, object) in objects.enumerated() {
            guard let place = partner[index] else {
                missed += 1
                continue
            }
            if let before = last[object.id!], before != tracks[place].id { switches += 1 }
            last[object.id!] = tracks[place].id
        }
        let judged = tracks.indices.filter { place in
            isTaken[place] || !truth.contains { $0.excuses(tracks[place].object.box) }
        }
        truths += objects.count
        found += judged.count
        wrong += judged.count { !isTaken[$0] }
        for object in objects {
            for place in judged where overlap(object, tracks[place].object) >= Self.overlap {
                meetings[Pair(truth: object.id!, track: tracks[place].id), default: 0] += 1
            }
        }
    }

    /// 1 − (missed + wrong + switches) / objects; nil without objects. Below 0 where more is wrong than there is to find.
    package var mota: Double? { truths == 0 ? nil : 1 - Double(missed + wrong + switches) / Double(truths) }

    /// F1 of boxes whose object and track are assigned to each other over the whole video, 0…1; nil without objects.
    package var idf1: Double? {
        guard truths > 0 else { return nil }
        let objects = Set(meetings.keys.map(\.truth)).sorted(), tracks = Set(meetings.keys.map(\.track)).sorted()
        let costs = CostMatrix(rows: objects.count, columns: tracks.count) {
            -Double(meetings[Pair(truth: objects[$0], track: tracks[$1])] ?? 0)
        }
        let right = zip(objects, costs.assignment(limit: 0)).reduce(0) { sum, pair in
            sum + (pair.1.map { meetings[Pair(truth: pair.0, track: tracks[$0])] ?? 0 } ?? 0)
        }
        return 2 * Double(right) / Double(truths + found)
    }
}
