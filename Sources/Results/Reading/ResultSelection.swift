import Clocks

/// What of results is asked for; what is nil does not matter. Names are those of the results in upper or lower case.
public struct ResultSelection: Sendable {
    /// As `--classes`, `--zone` and `--camera` name them.
    public let classes, zones, cameras: [String]?
    /// When an object was there.
    public let time: TimeWindow?
    /// The least best score of an object, 0…1.
    public let score: Double?
    private let classKeys, zoneKeys, cameraKeys: Set<String>?

    public init(
        classes: [String]? = nil, zones: [String]? = nil, cameras: [String]? = nil, time: TimeWindow? = nil, score: Double? = nil
    ) {
        (self.classes, self.zones, self.cameras, self.time, self.score) = (classes, zones, cameras, time, score)
        func keys(_ names: [String]?) -> Set<String>? { names.map { Set($0.map { $0.lowercased() }) } }
        (classKeys, zoneKeys, cameraKeys) = (keys(classes), keys(zones), keys(cameras))
    }

    package var isEverything: Bool { classes == nil && zones == nil && cameras == nil && time == nil && score == nil }

    /// The same at any time.
    package var withoutTime: ResultSelection { ResultSelection(classes: classes, zones: zones, cameras: cameras, score: score) }

    package func includes(label: String) -> Bool { classKeys?.contains(label.lowercased()) ?? true }
    /// - Parameter score: an object's best one.
    package func includes(score: Double) -> Bool { self.score.map { score >= $0 } ?? true }
    package func includes(zone: String) -> Bool { zoneKeys?.contains(zone.lowercased()) ?? true }

    /// Whether somebody who was in these zones is asked for.
    package func includes(zones names: some Sequence<String>) -> Bool { zoneKeys == nil || names.contains { includes(zone: $0) } }

    /// - Parameters: seconds since 1970. What is at no known time is not in a stretch of time.
    package func includes(from start: Double?, to end: Double?) -> Bool {
        guard let time else { return true }
        guard let start = start ?? end else { return false }
        return time.overlaps(start...max(start, end ?? start))
    }

    package func includes(_ span: StaySpan) -> Bool { includes(from: span.startTime, to: span.endTime) }

    package func includes(_ stay: ObjectStay) -> Bool {
        includes(label: stay.label) && includes(score: stay.score) && includes(zones: stay.zones.lazy.map(\.name)) && includes(stay.span)
    }

    /// - Parameter names: what the camera is called.
    package func includes(camera names: [String]) -> Bool {
        cameraKeys.map { keys in names.contains { keys.contains($0.lowercased()) } } ?? true
    }

    /// `person, car · in zone yard · camera front · 22:00 to 06:00 · score 0.5 or more`; nil for everything.
    package var text: String? {
        let parts = [
            classes?.joined(separator: ", "), zones.map { "in zone \($0.joined(separator: ", "))" },
            cameras.map { "camera \($0.joined(separator: ", "))" }, time?.description,
            score.map { "score \(numberText($0, decimals: 4)) or more" },
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }
}
