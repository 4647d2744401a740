import DeepVid

/// Who is in a camera's picture, as its events tell.
struct Presence {
    private var objects: [Int: (label: String, zones: [String])] = [:]
    /// Every class and zone that was ever seen or announced, in that order.
    private(set) var classes: [String]
    private(set) var zones: [String]

    init(classes: [String], zones: [String]) { (self.classes, self.zones) = (classes, zones) }

    mutating func take(_ event: ObjectEvent) {
        if !classes.contains(event.label) { classes.append(event.label) }
        for zone in event.zones ?? [] where !zones.contains(zone) { zones.append(zone) }
        objects[event.trackID] = event.kind == .end ? nil : (event.label, event.zones ?? [])
    }

    /// Nobody is followed any more.
    mutating func clear() { objects = [:] }

    func count(class label: String) -> Int { objects.values.count { $0.label == label } }
    func count(zone: String) -> Int { objects.values.count { $0.zones.contains(zone) } }
}
