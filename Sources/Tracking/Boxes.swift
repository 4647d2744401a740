import Vision

/// What a frame shows, and whose each box is.
struct Boxes {
    let scores: [Double]
    let bounds: [Bounds]
    let classes: [Int]
    /// For each box its track, by index.
    var owners: [Int?]

    init(_ detections: [Detection]) {
        (scores, bounds) = (detections.map { Double($0.score) }, detections.map(\.box.bounds))
        (classes, owners) = (detections.map(\.classID), Array(repeating: nil, count: detections.count))
    }

    func indices(where isMeant: (Double) -> Bool) -> [Int] { scores.indices.filter { isMeant(scores[$0]) } }
}
