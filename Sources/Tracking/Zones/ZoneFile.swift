import Foundation
import Hashing
import Models
import Vision

extension ZonePlan {
    /// Reads a zones file, as deepvid-zones(5) describes it. Strict: every complaint says where, and what to write there.
    public init(file path: String) throws(DeepVidError) {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: Self.largestFile + 1) ?? Data()
        } catch {
            throw DeepVidError(.invalidOptions, "--zones: \(path) cannot be read; check its name and mode")
        }
        try self.init(json: data, name: path)
    }

    /// - Parameter name: what messages call the file.
    package init(json: Data, name: String) throws(DeepVidError) {
        guard json.count <= Self.largestFile else {
            throw DeepVidError(
                .invalidOptions, "--zones: \(name) has more than \(Self.largestFile / 1_000_000) MB; is it the right file?")
        }
        do {
            self = try JSONDecoder().decode(ZonePlan.self, from: json)
            self.name = name
            sha256 = json.withUnsafeBytes { SHA256.hex(of: $0) }
        } catch let error as VisionError {
            throw DeepVidError(.invalidOptions, "--zones: \(name): \(error.message)")
        } catch {
            throw DeepVidError(.invalidOptions, "--zones: \(VisionError.notJSON(name, error).message)")
        }
    }

    static let largestFile = 1_000_000
    static let mostPlaces = 256
    static let mostPoints = 1000
}

extension ZonePlan: Decodable {
    enum Key: String, CardKey {
        case unit, anchor, zones, lines

        static var file: String { "the file" }

        var expected: String {
            switch self {
            case .unit: "\"pixel\" or \"fraction\""
            case .anchor: "\"bottom_center\" or \"center\""
            case .zones: "a list of up to \(ZonePlan.mostPlaces) zones {\"name\": …, \"points\": [[x, y], …]}"
            case .lines: "a list of up to \(ZonePlan.mostPlaces) lines {\"name\": …, \"points\": [[x, y], [x, y]]}"
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        let file = try CardReader<Key>(decoder)
        let unit: Unit = try file.optional(.unit) ?? .pixel
        let anchor: Anchor = try file.optional(.anchor) ?? .bottomCenter
        let zones: [Place] = try file.optional(.zones, where: { $0.count <= Self.mostPlaces }) ?? []
        let lines: [Place] = try file.optional(.lines, where: { $0.count <= Self.mostPlaces }) ?? []
        guard !(zones.isEmpty && lines.isEmpty) else { throw file.error(.zones, "is missing, and so is 'lines'") }
        var names: Set<String> = []
        var layout = ZoneLayout()
        for (key, places) in [(Key.zones, zones), (.lines, lines)] {
            for (index, place) in places.enumerated() {
                let path = "\(key.rawValue)[\(index)]"
                guard names.insert(place.name).inserted else {
                    throw VisionError(
                        .invalidCard, "'\(path).name' is '\(place.name)' a second time: give every zone and line its own name")
                }
                try place.check(unit, isLine: key == .lines, path)
                if key == .zones { layout.zones.append(place.zone(anchor)) } else { layout.lines.append(place.line(anchor)) }
            }
        }
        (self.name, self.unit, self.layout) = ("", unit, layout)
    }
}

/// One zone or line of the file.
private struct Place: Decodable {
    let name: String
    let points: [Point]
    let classes: Set<String>?
    let anchor: Anchor?
    let dwellSeconds: [Double]?

    enum Key: String, CardKey {
        case name, points, classes, anchor
        case dwellS = "dwell_s"

        var expected: String {
            switch self {
            case .name: "a text of up to 200 characters"
            case .points: "a list of up to \(ZonePlan.mostPoints) pairs of numbers [[x, y], …]"
            case .classes: "a list of labels, such as [\"person\"]"
            case .anchor: "\"bottom_center\" or \"center\""
            case .dwellS: "a number of seconds above 0, or a rising list of up to 100 of them"
            }
        }
    }

    init(from decoder: any Decoder) throws {
        let place = try CardReader<Key>(decoder)
        name = try place.required(.name, where: { !$0.isEmpty && $0.count <= 200 })
        let pairs: [[Double]] = try place.required(
            .points, where: { $0.count <= ZonePlan.mostPoints && $0.allSatisfy { $0.count == 2 && $0.allSatisfy(\.isFinite) } })
        points = pairs.map { Point($0[0], $0[1]) }
        let labels: [String]? = try place.optional(.classes, where: { !$0.isEmpty && $0.count <= 10_000 })
        classes = labels.map(Set.init)
        anchor = try place.optional(.anchor)
        let dwell: OneOrMany? = try place.optional(
            .dwellS,
            where: { all in
                !all.values.isEmpty && all.values.count <= 100 && all.values.allSatisfy { $0 > 0 && $0.isFinite }
                    && zip(all.values, all.values.dropFirst()).allSatisfy { $0 < $1 }
            })
        dwellSeconds = dwell?.values
    }

    func check(_ unit: ZonePlan.Unit, isLine: Bool, _ path: String) throws {
        func fault(_ message: String) -> VisionError { VisionError(.invalidCard, "'\(path).points' of '\(name)': \(message)") }
        let limit = unit == .fraction ? 1 : Double.infinity
        for (index, point) in points.enumerated() where !(0...limit).contains(point.x) || !(0...limit).contains(point.y) {
            let range = unit == .fraction ? "fractions are from 0 to 1" : "pixels count from 0"
            throw fault("point \(index + 1), [\(point.x), \(point.y)], is outside the picture; \(range)")
        }
        if isLine {
            if points.count != 2 { throw fault("a line has 2 points, not \(points.count)") }
            if points[0] == points[1] { throw fault("its two points are the same") }
            if dwellSeconds != nil {
                throw VisionError(.invalidCard, "'\(path).dwell_s': nobody dwells on a line: remove it, or make it a zone")
            }
            return
        }
        if points.count < 3 { throw fault("a zone has 3 points or more, not \(points.count)") }
        switch Polygon.flaw(of: points) {
        case nil: break
        case .repeated(let index):
            throw fault("point \(index) is the same as the next one; give each once, also the first, to which the last is joined")
        case .crossing(let a, let b):
            throw fault("the edges that begin at points \(a) and \(b) meet; list the points in order around the zone")
        }
    }

    func zone(_ usual: Anchor) -> Zone {
        Zone(name: name, polygon: Polygon(points), classes: classes, anchor: anchor ?? usual, dwellSeconds: dwellSeconds ?? [])
    }

    func line(_ usual: Anchor) -> Line {
        Line(name: name, segment: Segment(from: points[0], to: points[1]), classes: classes, anchor: anchor ?? usual)
    }
}
