/// What happened to an object at a zone or line.
public struct ZoneEvent: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, Equatable { case enter, leave, dwell, cross }

    public var event: Kind
    /// For `enter`, `leave` and `dwell`.
    public var zone: String?
    /// For `cross`.
    public var line: String?
    public var trackID: Int
    public var label: String
    public var classID: Int
    /// For `leave` and `dwell`: how long the object has been in the zone.
    public var dwellS: Double?
    /// For `cross`: `left_to_right` or `right_to_left`, as seen looking from the line's first point to its second.
    public var direction: String?

    public init(
        _ event: Kind, zone: String? = nil, line: String? = nil, trackID: Int, label: String, classID: Int, dwellS: Double? = nil,
        direction: String? = nil
    ) {
        (self.event, self.zone, self.line, self.trackID) = (event, zone, line, trackID)
        (self.label, self.classID, self.dwellS, self.direction) = (label, classID, dwellS, direction)
    }

    enum CodingKeys: String, CodingKey {
        case event, zone, line, label, direction
        case trackID = "track_id"
        case classID = "class_id"
        case dwellS = "dwell_s"
    }

    func write(to json: inout JSONText) {
        json.object { json in
            json.member("event", event.rawValue)
            if let zone { json.member("zone", zone) }
            if let line { json.member("line", line) }
            json.member("track_id", trackID)
            json.member("label", label)
            json.member("class_id", classID)
            if let dwellS { json.member("dwell_s", dwellS, decimals: 3) }
            if let direction { json.member("direction", direction) }
        }
    }
}
