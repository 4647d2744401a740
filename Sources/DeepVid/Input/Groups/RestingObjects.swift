import Vision

/// Objects that have been in the same place for a while, such as parked cars, and what a model takes for one in an empty scene: they are no
/// reason to decode anything.
struct RestingObjects: Codable, Sendable, Equatable {
    private struct Entry: Codable, Equatable {
        var classID: Int
        /// Where it was first seen: who moves slowly leaves it in the end.
        var box: Box
        var since: Double
        /// Running mean of whether it is seen: others who come by the same place are not there all the time.
        var presence = 0.0
    }

    private var entries: [Entry] = []

    /// Takes the objects of a frame.
    /// - Returns: for each whether it has rested for long enough.
    mutating func see(_ objects: [SeenFrame.SeenObject], at time: Double) -> [Bool] {
        typealias Constants = GroupConstants.Rest
        let places = objects.map(find), seen = Set(places.compactMap(\.self))
        for index in entries.indices {
            entries[index].presence += Constants.weight * ((seen.contains(index) ? 1 : 0) - entries[index].presence)
        }
        let rests = places.map { place in
            place.map { time - entries[$0].since >= Constants.seconds && entries[$0].presence >= Constants.presence } ?? false
        }
        entries.removeAll { $0.presence < Constants.leastPresence }
        for (object, place) in zip(objects, places) where place == nil && entries.count < Constants.most {
            entries.append(Entry(classID: object.classID, box: object.box, since: time, presence: Constants.weight))
        }
        return rests
    }

    private func find(_ object: SeenFrame.SeenObject) -> Int? {
        entries.firstIndex {
            $0.classID == object.classID && $0.box.intersectionOverUnion(object.box) >= GroupConstants.Rest.overlap
        }
    }
}
