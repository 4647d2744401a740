// Zones and lines in the `begin` and `end` records.

/// A zone or line as it was given, for drawing.
public struct ZoneShape: Codable, Sendable, Equatable {
    public var name: String
    /// [x, y] in source pixels.
    public var points: [[Double]]

    public init(name: String, points: [[Double]]) { (self.name, self.points) = (name, points) }

    func write(to json: inout JSONText) {
        json.object { json in
            json.member("name", name)
            json.array("points") { json in
                for point in points { json.array { json in point.forEach { json.number($0, decimals: 2) } } }
            }
        }
    }
}

/// What a zone came to.
public struct ZoneCount: Codable, Sendable, Equatable {
    public var zone: String
    /// Objects that came in and went out, as often as they did.
    public var entered: Int
    public var left: Int
    /// Those that are in it when the input ends.
    public var inside: Int
    /// Mean of how long those that left were in it; nil when none left.
    public var meanDwellS: Double?

    public init(zone: String, entered: Int, left: Int, inside: Int, meanDwellS: Double?) {
        (self.zone, self.entered, self.left, self.inside, self.meanDwellS) = (zone, entered, left, inside, meanDwellS)
    }

    enum CodingKeys: String, CodingKey {
        case zone, entered, left, inside
        case meanDwellS = "mean_dwell_s"
    }

    func write(to json: inout JSONText) {
        json.object { json in
            json.member("zone", zone)
            json.member("entered", entered)
            json.member("left", left)
            json.member("inside", inside)
            if let meanDwellS { json.member("mean_dwell_s", meanDwellS, decimals: 3) }
        }
    }
}

/// How often a line was crossed, seen looking from its first point to its second.
public struct LineCount: Codable, Sendable, Equatable {
    public var line: String
    public var leftToRight: Int
    public var rightToLeft: Int

    public init(line: String, leftToRight: Int, rightToLeft: Int) {
        (self.line, self.leftToRight, self.rightToLeft) = (line, leftToRight, rightToLeft)
    }

    enum CodingKeys: String, CodingKey {
        case line
        case leftToRight = "left_to_right"
        case rightToLeft = "right_to_left"
    }

    func write(to json: inout JSONText) {
        json.object { json in
            json.member("line", line)
            json.member("left_to_right", leftToRight)
            json.member("right_to_left", rightToLeft)
        }
    }
}
